"""Waiting for a condition instead of sleeping."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

STEP = 0.005


def wait_until(condition: Callable[[], object], *, seconds: float = 5.0) -> None:
    """Return as soon as `condition()` is true; fail the test after `seconds`."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "the condition did not come true in time"
        time.sleep(STEP)


async def until(condition: Callable[[], object], *, seconds: float = 5.0) -> None:
    """As `wait_until`, for tests inside an event loop."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "the condition did not come true in time"
        await asyncio.sleep(STEP)
