"""A time limit for one wait after another, without a timer for each of them.

`asyncio.timeout_at` sets a timer and takes it back for every wait, which for a stream of tokens cost as much as decoding
them. This one leaves its timer in the loop and looks, when it rings, whether the limit has moved meanwhile.
"""

from __future__ import annotations

import asyncio
from types import TracebackType


class Deadline:
    """`with deadline.by(loop_time): await …` raises `TimeoutError` as `asyncio.timeout_at` does, in the task that made
    the deadline and in no other; `close` it in the end."""

    __slots__ = ("_at", "_before", "_has_rung", "_is_waiting", "_loop", "_task", "_timer")

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        task = asyncio.current_task()  # asked once: before Python 3.12 it costs as much as the rest of a wait
        assert task is not None
        self._task: asyncio.Task[object] = task
        self._is_waiting = False
        self._at = 0.0
        self._before = 0  # cancellations that the task had asked for it already
        self._has_rung = False

    def by(self, at: float) -> Deadline:
        """The wait that follows must end by this time of the loop's clock."""
        self._at = at
        return self

    def __enter__(self) -> None:
        self._is_waiting, self._has_rung = True, False
        self._before = self._task.cancelling()
        if self._timer is not None and self._timer.when() > self._at:
            self.close()
        if self._timer is None:
            self._timer = self._loop.call_at(self._at, self._look)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._is_waiting = False
        if not self._has_rung:
            return
        if self._task.uncancel() <= self._before and kind is asyncio.CancelledError:
            raise TimeoutError from error

    def _look(self) -> None:
        self._timer = None
        if not self._is_waiting:
            return  # the next wait sets it again
        if self._loop.time() < self._at:
            self._timer = self._loop.call_at(self._at, self._look)
        else:
            self._has_rung = True
            self._task.cancel()

    def close(self) -> None:
        """Take the timer back."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
