"""A page that reads slowly, and one that stops reading, take nothing from the others, and lose nothing."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import msgspec
import pytest

from providers.simulator.numbered import read_numbers
from tests.reliability.figures import record
from tests.reliability.streams.installation import Installation, Person, Served
from tests.reliability.streams.tab import Tab, tabs
from tests.reliability.streams.talk import new_mark, percentile, prompt, unbroken

pytestmark = [pytest.mark.once, pytest.mark.alone]

SLOW_BYTES_S = 1024
LINE = 4096
READERS_OF_EACH, PACE = 5, 40
MORE_MEMORY, MORE_LATENCY = 100e6, 1.2


class Crowd:
    """Ordinary pages. `delays`: seconds from the provider to the page, of every frame with text."""

    def __init__(self) -> None:
        self.delays: list[float] = []

    def heard(self, frame: Any) -> None:
        numbers = read_numbers(msgspec.json.decode(frame.event).get("text", ""))
        if numbers:
            self.delays.append(time.time() - numbers[-1][1])


async def _watched(server: Served, phase: Coroutine[Any, Any, list[float]]) -> tuple[list[float], int]:
    """What the phase returns, and the most memory that the server was seen to take meanwhile, in bytes."""
    seen = [_rss(server)]

    async def look() -> None:
        while True:
            seen.append(_rss(server))
            await asyncio.sleep(0.05)

    looking = asyncio.create_task(look())
    try:
        return await phase, max(seen)
    finally:
        looking.cancel()


def _rss(server: Served) -> int:
    pages = Path(f"/proc/{server.pid}/statm").read_text().split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


async def test_slow_readers_harm_nobody(place: Installation, fast: bool) -> None:
    for kind in ("uvicorn",) if fast else ("uvicorn", "serve"):
        await _prove(place, kind, fast)


async def _prove(place: Installation, kind: str, fast: bool) -> None:
    """In turns, after one that does not count: what a phase leaves to do meets the next one of either sort. Of the
    delays the least disturbed phase of each sort counts, because whatever else the machine does only adds to them."""
    megabytes, seconds, size = (1, 1, 5) if fast else (10, 10, 50)
    turns = (False, True) if fast else (False, True, True, False, False, True)
    lines = megabytes * 1024 * 1024 // LINE
    server, person = place.serve(kind), place.people[0]
    idle = _rss(server)
    if not fast:
        await _phase(server, person, lines, seconds, size, slow=False)
    delays: dict[bool, list[float]] = {False: [], True: []}
    peaks: dict[bool, list[int]] = {False: [], True: []}
    for slow in turns:
        found, peak = await _watched(server, _phase(server, person, lines, seconds, size, slow=slow))
        delays[slow].append(percentile(found, 95) * 1000)
        peaks[slow].append(peak)
    grown = max(peaks[True]) - max(peaks[False])
    p95, p95_beside = min(delays[False]), min(delays[True])
    record(
        f"{kind}: a reader at 1 KiB/s and one that stops, beside {size} others, {megabytes} MB of answer",
        f"RSS {idle / 1e6:.0f} MB idle, at most {max(peaks[False]) / 1e6:.0f} MB where all read on, "
        f"{grown / 1e6:+.0f} MB where these do not; p95 of the others {_listed(delays[False])} → "
        f"{_listed(delays[True])} ms in {len(turns)} phases; both end with all text",
        fast=fast,
    )
    assert grown <= MORE_MEMORY
    assert fast or p95_beside <= p95 * MORE_LATENCY


def _listed(delays: list[float]) -> str:
    return ", ".join(f"{one:.1f}" for one in delays)


async def _phase(
    server: Served, person: Person, lines: int, seconds: int, size: int, *, slow: bool
) -> list[float]:
    """The crowd's delays while two more pages read the big answer: slowly and not at all, or like everybody."""
    crowd = Crowd()
    pair = [Tab(person, server.address, bytes_per_s=speed if slow else None) for speed in (SLOW_BYTES_S, 0)]
    lives = [asyncio.create_task(tab.live()) for tab in pair]
    async with tabs(person, *[server.address] * size) as opened:
        big = opened[0].ask(prompt(new_mark(), numbered=lines, size=LINE, pace=lines / seconds))
        generation = await opened[0].generation_of(big)
        ordinary = prompt(new_mark(), numbered=seconds * PACE, pace=PACE)
        asked = [
            await opened[0].generation_of(opened[0].ask(ordinary)) for _ in range(size // READERS_OF_EACH)
        ]
        for tab in pair:
            tab.follow(generation)
        for at, tab in enumerate(opened):
            tab.on_frame = crowd.heard
            tab.follow(asked[at % len(asked)])
        for at, tab in enumerate(opened):
            await tab.ended(asked[at % len(asked)], seconds=seconds * 3 + 60)
        opened[0].on_frame = None
        opened[0].follow(generation)
        await opened[0].ended(generation, seconds=seconds * 3 + 60)
    for tab in pair:
        tab.hurry()
        assert unbroken((await tab.ended(generation, seconds=120)).text) == lines
    for life in lives:
        life.cancel()
    await asyncio.gather(*lives, return_exceptions=True)
    return crowd.delays
