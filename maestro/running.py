"""The note that a running `serve` leaves in the data folder: which process it is, and where its simulator answers.

Without it `manage.py session …` in another terminal would look for the simulator at the default port, or not
know that there is one.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_NAME = "simulator-address"


@contextmanager
def announced_simulator(folder: Path, url: str) -> Iterator[None]:
    """Leave the note for as long as the server runs."""
    note = folder / _NAME
    note.write_text(f"{os.getpid()} {url}\n")
    try:
        yield
    finally:
        note.unlink(missing_ok=True)


def simulator_address(folder: Path) -> str:
    """Where the simulator of a server on this data folder answers; "" if no such server runs."""
    try:
        process, url = (folder / _NAME).read_text().split()
        os.kill(int(process), 0)  # a server that was killed takes its note back no more
    except (OSError, ValueError, OverflowError):
        return ""
    return url
