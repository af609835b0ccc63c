"""A server that is told to stop gives its answers time, and then stores what they have, at once."""

from __future__ import annotations

import asyncio
import signal
import time
import uuid

import pytest

from providers.simulator.numbered import read_numbers
from tests.reliability.figures import record
from tests.reliability.streams.installation import Installation, Served
from tests.reliability.streams.tab import tabs

pytestmark = [pytest.mark.once, pytest.mark.alone]

KINDS = ("uvicorn", "daphne", "serve")
GRACE_S = 30
PACE = 150


async def test_a_stopped_server_keeps_what_was_said(place: Installation, fast: bool) -> None:
    """Fast: the answer ends within the time that it is given. Full: it does not."""
    count = PACE // 2 if fast else PACE * 100
    servers = [place.serve(kind) for kind in KINDS]
    runs, told_at = await _told_to_stop(place, servers, count)
    for kind, run in zip(KINDS, runs, strict=True):
        numbers = read_numbers(run["text"])
        assert run["flaw"] == ""
        assert [number for number, _ in numbers] == list(range(1, len(numbers) + 1))
        if fast:
            assert (run["status"], len(numbers)) == ("complete", count)
            continue
        lasted, lost = run["finished_at"] - told_at, run["finished_at"] - numbers[-1][1]
        assert run["status"] == "interrupted"
        assert GRACE_S - 1 < lasted < GRACE_S + 3
        assert lost < 0.5
        figure = f"interrupted after {lasted:.1f} s, all text up to then stored"
        record(f"SIGTERM of {kind} with an answer of {count // PACE} s", figure, fast=fast)


async def _told_to_stop(
    place: Installation, servers: list[Served], count: int
) -> tuple[list[dict[str, object]], float]:
    """One answer at each server, and SIGTERM to all of them: what the database says when they have ended."""
    async with tabs(place.people[0], *(server.address for server in servers)) as opened:
        prompt = f"{uuid.uuid4()}\n/simulate numbered {count}\n/simulate pace {PACE}"
        generations = [await tab.asked(prompt) for tab in opened]
        for tab, generation in zip(opened, generations, strict=True):
            await tab.begun(generation)
        told_at = time.time()
        for server in servers:
            server.signal(signal.SIGTERM)
        for server in servers:
            await asyncio.to_thread(server.wait, GRACE_S + 15)
    return place.call("runs", ids=generations), told_at
