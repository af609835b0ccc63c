"""Connections break at random, pages are reloaded, hints get lost: every tab shows the whole text, once."""

from __future__ import annotations

import asyncio
import random

import pytest

from tests.reliability.figures import record
from tests.reliability.streams.conftest import ON_POSTGRES, Install
from tests.reliability.streams.tab import Tab, tabs
from tests.reliability.streams.talk import new_mark, prompt, unbroken
from tests.support.proxy import alternating_proxy
from tests.support.simulator import RunningSimulator

pytestmark = pytest.mark.alone
TABS, PACE = 3, 40
ENDLESS = 100_000
LOSSY = "tests.reliability.streams.lossy_settings"


async def test_every_tab_shows_the_whole_text_once(
    install: Install, upstream: RunningSimulator, fast: bool
) -> None:
    """Two processes. Half of the hints are lost on Redis; on SQLite alone there are none at all.

    Only what happens while an answer is being written counts as a cut: the answers last as long as the cutting.
    """
    streams, cuts = (3, 15) if fast else (20, 1000)
    with install(DJANGO_SETTINGS_MODULE=LOSSY) as place:
        ports = [place.serve().port for _ in range(2)]
        async with (
            alternating_proxy(*ports) as proxy,
            tabs(place.people[0], *[lambda: proxy.url] * TABS) as opened,
        ):
            marks = [new_mark() for _ in range(streams)]
            asked = [
                opened[at % TABS].ask(prompt(mark, numbered=ENDLESS, pace=PACE))
                for at, mark in enumerate(marks)
            ]
            cutting = [asyncio.create_task(_cut(tab, cuts // TABS + 1)) for tab in opened]
            generations = [
                await opened[at % TABS].generation_of(client, seconds=120) for at, client in enumerate(asked)
            ]
            for tab in opened:
                for generation in generations:
                    tab.follow(generation)
            reloads = sum(await asyncio.gather(*cutting))
            unfinished = [_unfinished(tab) for tab in opened]
            deliveries = [upstream.state.deliveries_of(mark) for mark in marks]
            assert [len(found) for found in deliveries] == [1] * streams
            for [delivery] in deliveries:
                delivery.is_long_enough = True
            for tab in opened:
                for generation in generations:
                    await tab.ended(generation, seconds=60)
        runs = place.call("runs", ids=generations)
        for run, [delivery] in zip(runs, deliveries, strict=True):
            assert (run["status"], run["flaw"], unbroken(run["text"])) == ("complete", "", delivery.tokens)
            assert [tab.shown[run["id"]].text for tab in opened] == [run["text"]] * TABS
    calls = sum(len(upstream.state.deliveries_of(mark)) for mark in marks)
    connections = sum(tab.connections for tab in opened)
    assert calls == streams
    assert connections >= cuts
    assert unfinished == [streams] * TABS, "the last cuts met no answer that was still being written"
    hints = "half of the hints lost" if ON_POSTGRES else "no hints"
    record(
        f"{cuts:,} cuts and reloads during {streams} streams, {TABS} tabs, 2 processes, {hints}",
        f"{connections:,} connections, {reloads} reloads: all texts equal, {calls} upstream calls", fast=fast,
    )  # fmt: skip


def _unfinished(tab: Tab) -> int:
    """How many of its answers the tab has not seen to their end."""
    return sum(shown.ended is None for shown in tab.shown.values())


async def _cut(tab: Tab, times: int) -> int:
    """Break the tab's connection again and again, wherever it is; returns how many of these were reloads."""
    reloads = 0
    for _ in range(times):
        connections = tab.connections
        if random.random() < 0.1:
            reloads += 1
            tab.reload()
        else:
            tab.cut()
        await tab.until(lambda before=connections: tab.connections > before)  # type: ignore[misc]
        if random.random() < 0.7:  # the others are cut again before the server has said a word
            await asyncio.wait_for(tab.ready.wait(), 60)
        await asyncio.sleep(random.expovariate(1 / 0.02))
    return reloads
