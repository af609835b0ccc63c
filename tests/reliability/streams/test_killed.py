"""The server is killed at random: no transcript is damaged, each run has an end, and next to no text is lost."""

from __future__ import annotations

import asyncio
import random
import time
from contextlib import ExitStack
from dataclasses import dataclass, field

import pytest

from providers.simulator.state import Delivery
from tests.reliability.alone import give_back_machine
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
LANES = 3
LOOK_EVERY_S = 0.5
# The short form does not wait for a minute of silence; everything else is as in the product.
SHORT = {"dead_after": 4.0, "heartbeat": 0.5, "sweep": 0.5, "pick_up": 0.5}


@dataclass
class Life:
    """One life of the server: what was asked in it, when it was killed, and when the next one was ready."""

    asked: dict[str, str]  # mark → client id
    killed_at: float
    next_ready_at: float = 0.0


@dataclass
class Found:
    """Of answers that a kill has cut: what was lost of their text, and how long after the restart they had an end."""

    runs: int = 0
    lost_ms: list[float] = field(default_factory=list)
    settled_s: list[float] = field(default_factory=list)
    complete: int = 0


async def test_kills_damage_no_transcript(install: Install, upstream: RunningSimulator, fast: bool) -> None:
    """Several installations, each with a server that is killed again and again."""
    kills, lanes, timing = (3, 1, SHORT) if fast else (200, LANES, {})
    found = Found()
    with ExitStack() as stack:
        places = [stack.enter_context(install()) for _ in range(lanes)]
        shares = [kills // lanes + (lane < kills % lanes) for lane in range(lanes)]
        lived = [_lives(place, share, timing) for place, share in zip(places, shares, strict=True)]
        histories = await asyncio.gather(*lived)
        give_back_machine()  # what follows is a minute of waiting
        for place, (lives, generations) in zip(places, histories, strict=True):
            await _until_quiet(place, SETTLED_S)
            _look(place, upstream, lives, generations, found)
    record(
        f"kill -9 of the server × {kills}",
        f"{found.runs} runs: {found.complete} complete, {found.runs - found.complete} interrupted within "
        f"{max(found.settled_s):.0f} s of the restart, 0 damaged or doubled; text lost p50 "
        f"{percentile(found.lost_ms, 50):.0f} ms, p99 {percentile(found.lost_ms, 99):.0f} ms, at most "
        f"{max(found.lost_ms):.0f} ms",
        fast=fast,
    )
    assert max(found.settled_s) <= SETTLED_S
    assert fast or percentile(found.lost_ms, 99) <= LOST_MS


async def _lives(
    place: Installation, kills: int, timing: dict[str, float]
) -> tuple[list[Life], dict[str, str]]:
    """The lives of a server that is killed so often; and the run for each mark. Another server lives on."""
    lives: list[Life] = []
    server = await asyncio.to_thread(place.serve, **timing)
    async with tabs(place.people[0], lambda: server.url) as [tab]:
        for _ in range(kills):
            life = await _live(tab, server)
            lives.append(life)
            server = await asyncio.to_thread(place.serve, **timing)
            life.next_ready_at = time.time()
            tab.shown.clear()
        generations = {
            mark: await tab.generation_of(client) for life in lives for mark, client in life.asked.items()
        }
    return lives, generations


def _look(
    place: Installation,
    upstream: RunningSimulator,
    lives: list[Life],
    generations: dict[str, str],
    found: Found,
) -> None:
    """No transcript is damaged, every run has an end; add what was lost to `found`."""
    runs = dict(zip(generations, place.call("runs", ids=list(generations.values())), strict=True))
    for mark, run in runs.items():
        deliveries = upstream.state.deliveries_of(mark)
        assert len(deliveries) <= 1
        assert (run["flaw"], run["status"] in ("complete", "interrupted")) == ("", True)
        unbroken(run["text"])
        if deliveries and run["status"] == "interrupted":
            life = next(one for one in lives if one.killed_at >= deliveries[0].began_at)
            found.settled_s.append(run["finished_at"] - life.next_ready_at)
            found.lost_ms.append(_lost_ms(run["text"], deliveries[0], life.killed_at))
    found.runs += len(runs)
    found.complete += sum(run["status"] == "complete" for run in runs.values())


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
        # Another process decides, and each look is a process of its own.
        while await asyncio.to_thread(place.call, "unfinished"):  # noqa: ASYNC110  # nothing tells us
            await asyncio.sleep(LOOK_EVERY_S)


def _lost_ms(text: str, delivery: Delivery, killed_at: float) -> float:
    """How far before the kill the stored text ends, at most; the provider sends a line every 5 ms."""
    sent_until = min(killed_at, delivery.last_token_at or delivery.began_at)
    return max(sent_until - (last_sent_at(text) or delivery.began_at), 0) * 1000
