"""Two thousand connections and two hundred streams later, the process holds what it held before."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.reliability.figures import record
from tests.reliability.streams.installation import Installation, Person, Served
from tests.reliability.streams.tab import Tab, tabs
from tests.reliability.streams.talk import new_mark, prompt
from tests.support.simulator import RunningSimulator

pytestmark = [pytest.mark.once, pytest.mark.early]

AT_ONCE = 20
SPARE = {"tasks": 0.05, "threads": 0.05, "descriptors": 0.05, "upstream": 0.05, "rss": 0.05}


async def test_nothing_is_kept(place: Installation, upstream: RunningSimulator, fast: bool) -> None:
    connects, streams = (50, 6) if fast else (2000, 200)
    server, person = place.serve(), place.people[0]
    await _use(server, person, connects=connects // 4, streams=streams // 2)  # caches fill, pools open
    before = await _at_rest(server, upstream)
    await _use(server, person, connects=connects, streams=streams)
    after = await _at_rest(server, upstream)
    kept = {name: after[name] / max(before[name], 1) - 1 for name in SPARE}
    shown = ", ".join(f"{name} {before[name]:,} → {after[name]:,}" for name in SPARE if name != "rss")
    memory = f"RSS {before['rss'] / 1e6:.1f} → {after['rss'] / 1e6:.1f} MB"
    record(f"{connects:,} connects and disconnects, {streams} streams", f"{memory}, {shown}", fast=fast)
    # Pools of threads and connections fill as they are used, which the short form's warming up does not bring to an end.
    spare = AT_ONCE if fast else 2
    grown = [name for name in SPARE if kept[name] > SPARE[name] and after[name] > before[name] + spare]
    if fast:
        grown = [name for name in grown if name != "rss"]
    assert grown == [], (before, after)


async def _use(server: Served, person: Person, *, connects: int, streams: int) -> None:
    works: list[Callable[[], object]] = [lambda: _visit(server, person)] * connects
    works += [lambda: _stream(server, person)] * streams
    random.shuffle(works)
    for at in range(0, len(works), AT_ONCE):
        await asyncio.gather(*(work() for work in works[at : at + AT_ONCE]))  # type: ignore[call-overload]


async def _visit(server: Served, person: Person) -> None:
    """A page is opened and left: politely, or without a word at any moment of its opening."""
    tab = Tab(person, server.address)
    life = asyncio.create_task(tab.live())
    if random.random() < 0.5:
        await asyncio.wait_for(tab.ready.wait(), 60)
    else:
        await asyncio.sleep(random.uniform(0, 0.05))
        tab.cut()
    life.cancel()
    await asyncio.gather(life, return_exceptions=True)


async def _stream(server: Served, person: Person) -> None:
    """An answer that is read to its end, or stopped, or left alone."""
    async with tabs(person, server.address) as [tab]:
        generation = await tab.asked(prompt(new_mark(), numbered=50, pace=200))
        if random.random() < 0.3:
            tab.stop(generation)
        if random.random() < 0.8:
            await tab.ended(generation)


async def _at_rest(server: Served, upstream: RunningSimulator) -> dict[str, int]:
    """What the process holds when it has nothing to do: the least of what is seen until it holds still."""
    seen: list[dict[str, int]] = []
    while len(seen) < 3 or seen[-1]["tasks"] < min(one["tasks"] for one in seen[:-1]):
        await asyncio.sleep(0.5)  # the server closes what its peers have left in its own time
        held = await asyncio.to_thread(server.held)
        seen.append({**held, "upstream": _connections_to(upstream)})
    return {name: min(one[name] for one in seen) for name in seen[0]}


def _connections_to(upstream: RunningSimulator) -> int:
    """Open connections to the provider on this machine (proc(5), net/tcp: column 3 is the peer, 01 means open)."""
    port = f":{int(upstream.url.rsplit(':', 1)[1]):04X}"
    lines = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return sum(line[2].endswith(port) and line[3] == "01" for line in lines)
