"""An event loop whose clock runs faster, so that a quarter of an hour passes in a minute.

Every time limit keeps its value; what is waited for in the loop comes `speed` times as early. Dates in the database
and `time.monotonic` stay those of the world.
"""

from __future__ import annotations

import asyncio
import selectors
import time
from collections.abc import Callable
from typing import Any


class _Hasty(selectors.DefaultSelector):
    """Waits only a part of what it is told."""

    speed = 1.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        return super().select(timeout / self.speed if timeout else timeout)


class _FastLoop(asyncio.SelectorEventLoop):
    def __init__(self, speed: float) -> None:
        selector = _Hasty()
        selector.speed = speed
        self._speed = speed
        super().__init__(selector)

    def time(self) -> float:
        return time.monotonic() * self._speed


def fast_loop(speed: float) -> Callable[[], Any]:
    """Makes event loops whose clock runs `speed` times as fast."""
    return lambda: _FastLoop(speed)
