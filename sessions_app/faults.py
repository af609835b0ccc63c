"""Named places in which a test can make something happen: the process die, the database go away.

In production each is a no-op that nothing can switch on: only `plant` does, nobody but tests calls it,
and it refuses unless the variable below is set in a process whose settings are those of tests.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.conf import settings

VARIABLE = "MAESTRO_FAULTS"
POINTS = frozenset(
    {
        "refresh.after_claim",
        "refresh.after_mark",
        "refresh.before_send",
        "refresh.after_answer",
        "refresh.before_save",
        "refresh.after_save",
        "journal.before_append",
        "journal.after_append",
        "journal.before_remove",
    }
)

_planted: dict[str, Callable[[], None]] = {}


def fault(point: str) -> None:
    """Do what a test planted at `point`; nothing in production."""
    if _planted and (action := _planted.get(point)):
        action()


@contextmanager
def plant(point: str, action: Callable[[], None]) -> Iterator[None]:
    """Let `action` happen at `point` for a while. Raises `PermissionError` outside tests."""
    if not (os.environ.get(VARIABLE) and getattr(settings, "IS_TEST_PROCESS", False)):
        raise PermissionError("Faults can be planted in the processes of tests only.")
    if point not in POINTS:
        raise LookupError(f"There is no fault point {point!r}.")
    _planted[point] = action
    try:
        yield
    finally:
        _planted.pop(point, None)
