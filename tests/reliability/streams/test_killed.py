"""The server is killed at random: no transcript is damaged, each run has an end, and next to no text is lost."""

from __future__ import annotations

import asyncio
import random
import time
from dataclasses import dataclass

import pytest

from providers.simulator.state import Delivery
from tests.reliability.figures import record
from tests.reliability.streams.conftest import Install
from tests.reliability.streams.installation import Installation, Served
from tests.reliability.streams.tab import Tab, tabs
from tests.reliability.streams.talk import last_sent_at, new_mark, percentile, prompt, unbroken
from tests.support.simulator import RunningSimulator

pytestmark = pytest.mark.alone
STREAMS, PACE = 3, 200
SETTLED_S = 90.0
LOST_MS = 250
# The short form does not wait for a minute of silence; everything else is as in the product.
SHORT = {"dead_after": 4.0, "heartbeat": 0.5, "sweep": 0.5, "pick_up": 0.5}


@dataclass
class Life:
    """One life of the server: what was asked in it, when it was killed, and when the next one was ready."""

    asked: dict[str, str]  # mark → client id
    killed_at: float
    next_ready_at: float = 0.0


async def test_kills_damage_no_transcript(install: Install, upstream: RunningSimulator, fast: bool) -> None:
    kills, timing = (3, SHORT) if fast else (200, {})
    with install() as place:
        server = place.serve(**timing)
        lives: list[Life] = []
        async with tabs(place.people[0], lambda: server.url) as [tab]:
            for _ in range(kills):
                life = await _live(tab, server)
                lives.append(life)
                server = place.serve(**timing)
                life.next_ready_at = time.time()
                tab.shown.clear()
            await _until_quiet(place, SETTLED_S)
            generations = {
                mark: await tab.generation_of(client) for life in lives for mark, client in life.asked.items()
            }
        runs = dict(zip(generations, place.call("runs", ids=list(generations.values())), strict=True))
    lost: list[float] = []
    settled: list[float] = []
    for mark, run in runs.items():
        deliveries = upstream.state.deliveries_of(mark)
        assert len(deliveries) <= 1
        assert (run["flaw"], run["status"] in ("complete", "interrupted")) == ("", True)
        unbroken(run["text"])
        if deliveries and run["status"] == "interrupted":
            life = next(one for one in lives if one.killed_at >= deliveries[0].began_at)
            settled.append(run["finished_at"] - life.next_ready_at)
            lost.append(_lost_ms(run["text"], deliveries[0], life.killed_at))
    complete = sum(run["status"] == "complete" for run in runs.values())
    record(
        f"kill -9 of the server × {kills}",
        f"{len(runs)} runs: {complete} complete, {len(runs) - complete} interrupted within {max(settled):.0f} s of the "
        f"restart, 0 damaged or doubled; text lost p50 {percentile(lost, 50):.0f} ms, "
        f"p99 {percentile(lost, 99):.0f} ms, at most {max(lost):.0f} ms",
        fast=fast,
    )
    assert max(settled) <= SETTLED_S
    assert fast or percentile(lost, 99) <= LOST_MS


async def _live(tab: Tab, server: Served) -> Life:
    """Some answers begin; somewhere in them the server dies."""
    await asyncio.wait_for(tab.ready.wait(), 60)
    asked = {}
    for _ in range(STREAMS):
        mark = new_mark()
        asked[mark] = tab.ask(prompt(mark, numbered=random.randrange(20, 300), pace=PACE))
    await asyncio.sleep(random.uniform(0, 0.8))
    return Life(asked, await asyncio.to_thread(server.kill))


async def _until_quiet(place: Installation, seconds: float) -> None:
    async with asyncio.timeout(seconds + 10):
        while await asyncio.to_thread(place.call, "unfinished"):
            pass  # another process decides; each look is a process of its own and takes its time


def _lost_ms(text: str, delivery: Delivery, killed_at: float) -> float:
    """How far before the kill the stored text ends, at most; the provider sends a line every 5 ms."""
    sent_until = min(killed_at, delivery.last_token_at or delivery.began_at)
    return max(sent_until - (last_sent_at(text) or delivery.began_at), 0) * 1000
