"""Who measures times has the machine for itself, also beside other runs of pytest: it holds the lock on one file.

The runs agree on the file by its name in `RELIABILITY_MACHINE`. Without it there is nobody to agree with.
"""

from __future__ import annotations

import fcntl
import os

VARIABLE = "RELIABILITY_MACHINE"

_held: list[int] = []  # the open file, while this process has the machine


def take_machine() -> None:
    """Wait for the machine, and have it. Children do not inherit the file, or a server would keep the lock."""
    path = os.environ.get(VARIABLE)
    if path and not _held:
        lock = os.open(path, os.O_RDWR)
        fcntl.flock(lock, fcntl.LOCK_EX)
        _held.append(lock)


def give_back_machine() -> None:
    """What a test still does measures nothing that others could disturb, and disturbs nobody."""
    while _held:
        os.close(_held.pop())
