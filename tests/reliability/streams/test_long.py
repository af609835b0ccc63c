"""No answer is cut because it is long. Silence ends one only when not even pings come."""

from __future__ import annotations

import asyncio

import pytest

from tests.reliability.figures import record
from tests.reliability.streams.installation import Installation
from tests.reliability.streams.tab import Shown, tabs
from tests.reliability.streams.talk import new_mark, prompt, unbroken

pytestmark = [pytest.mark.once, pytest.mark.early, pytest.mark.waits]

MINUTE_S, PACE = 60, 2  # tokens per second, as slow as a provider gets
QUIET_S, DEAD_S = 90, 121
AFTER = 10  # events, of which three precede the text


async def test_long_answers_and_long_silences(place: Installation, fast: bool) -> None:
    """The server's clock runs faster than ours, and so does the provider; every time limit keeps its value.

    The full form takes five minutes by the world's clock too.
    """
    quick = _ask_all(place, speed=60 if fast else 10, minutes=5 if fast else 15)
    if fast:
        await quick
        return
    real, scaled = await asyncio.gather(_ask_all(place, speed=1, minutes=5), quick)
    for speed, (lines, cut) in ((1, real), (10, scaled)):
        clock = "real time" if speed == 1 else f"clock of the server × {speed}"
        minutes = 5 if speed == 1 else 15
        record(f"{minutes} minutes of answer, {clock}", f"complete, {lines:,} lines", fast=fast)
        record(f"{QUIET_S} s of silence with pings, {clock}", "complete", fast=fast)
        record(f"{DEAD_S} s of silence without, {clock}", f"interrupted, {cut} lines kept", fast=fast)


async def _ask_all(place: Installation, *, speed: float, minutes: int) -> tuple[int, int]:
    """All three answers at once; the lines of the long one and of the one that was cut."""
    server = place.serve(speed=speed)
    limit_s = (minutes * MINUTE_S + DEAD_S) / speed + 30
    lines = {"numbered": minutes * MINUTE_S * PACE, "pace": PACE * speed}
    short = {"numbered": 60, "pace": 100, "after": AFTER}
    async with tabs(place.people[0], server.address) as [tab]:
        long = await tab.asked(prompt(new_mark(), **lines))
        pings = {"seconds": QUIET_S / speed, "ping": 20 / speed}
        quiet = await tab.asked(prompt(new_mark(), "stall", **short, **pings))
        dead = await tab.asked(prompt(new_mark(), "silence", **short, seconds=DEAD_S / speed))
        ends = [await tab.ended(one, seconds=limit_s) for one in (dead, quiet, long)]
    assert [_status(one) for one in ends] == ["interrupted", "complete", "complete"]
    assert [unbroken(one.text) for one in ends] == [AFTER - 3, 60, lines["numbered"]]
    server.kill()
    return int(lines["numbered"]), AFTER - 3


def _status(shown: Shown) -> str:
    assert shown.ended is not None
    return shown.ended.status
