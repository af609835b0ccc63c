"""The first step of a coroutine outside of any task, for what nearly always ends in it: to wake a task for each frame
that a page is sent costs more than to send the frame. Knows nothing of what it runs."""

from __future__ import annotations

from collections.abc import Coroutine, Generator
from typing import Any


class Begun:
    """A coroutine that stopped at its first wait, or broke before it. Await it in a task, once, and it goes on where it
    stopped or raises what it broke with; or `close` it."""

    __slots__ = ("_coroutine", "_problem", "_waits_for")

    def __init__(
        self, coroutine: Coroutine[Any, Any, None], waits_for: Any, problem: Exception | None = None
    ) -> None:
        self._coroutine, self._waits_for, self._problem = coroutine, waits_for, problem

    def __await__(self) -> Generator[Any, Any, None]:
        if self._problem is not None:
            raise self._problem
        # What `yield from` would do, had it taken the first step: https://peps.python.org/pep-0380/#formal-semantics
        waits_for = self._waits_for
        while True:
            try:
                try:
                    came = yield waits_for
                except BaseException as thrown:  # noqa: BLE001  # the coroutine is who has to hear it
                    waits_for = self._coroutine.throw(thrown)
                else:
                    waits_for = self._coroutine.send(came)
            except StopIteration:
                return

    def close(self) -> None:
        """Let it end where it is."""
        self._coroutine.close()


def begin(coroutine: Coroutine[Any, Any, None]) -> Begun | None:
    """Take the first step, without a current task; `None` if nothing is left to do. Raises no `Exception`."""
    try:
        return Begun(coroutine, coroutine.send(None))
    except StopIteration:
        return None
    except Exception as problem:  # noqa: BLE001  # who awaits hears of it
        return Begun(coroutine, None, problem)
