"""Who measures times has the machine for itself, also beside other runs of pytest: it holds the lock on one file.

The runs agree on the file by its name in `RELIABILITY_MACHINE`. Without it there is nobody to agree with.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager

VARIABLE = "RELIABILITY_MACHINE"


class Machine:
    """The machine of one test, until it gives it back. `lock` is an open file."""

    def __init__(self, lock: int | None) -> None:
        self._lock = lock

    def give_back(self) -> None:
        """What the test still does measures nothing that others could disturb, and disturbs nobody."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


@contextmanager
def machine() -> Iterator[Machine]:
    """Wait for the machine, and have it."""
    held = Machine(_locked(os.environ.get(VARIABLE)))
    try:
        yield held
    finally:
        held.give_back()


def _locked(path: str | None) -> int | None:
    """The file, open and locked; children do not inherit it, or a server would keep the lock."""
    if not path:
        return None
    lock = os.open(path, os.O_RDWR | os.O_CREAT)
    fcntl.flock(lock, fcntl.LOCK_EX)
    return lock
