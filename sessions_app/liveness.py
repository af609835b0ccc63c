"""Whether a process that took a lease is certainly dead: while it lived, it held a lock in the data folder.

Each process locks one byte, chosen at random, of the file `processes.lock`, and leaves its mark, which says
where, in its leases. The kernel gives the lock back when the process ends, however it ends, and not while it
is only stopped. That is proof on the machine, and since the start of the machine, on which it was taken;
of all others the answer is that they may live.

These are POSIX locks (fcntl(2)): a child does not inherit them, so it has a mark of its own, and a process
loses its own when it closes any descriptor of the file, so nothing but this module may open it.
"""

from __future__ import annotations

import fcntl
import logging
import os
import secrets
import threading
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

logger = logging.getLogger(__name__)

NAME = "processes.lock"
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")  # Linux only: random(4)
_BYTES = 1 << 62  # so many that none is drawn twice; a lock needs no byte to be there


@dataclass(frozen=True)
class _Place:
    """The file as this process has it open. `where` is the same for all processes that can judge each other."""

    path: Path
    descriptor: int
    where: str
    mark: str


_guard = threading.Lock()
_here: _Place | None = None


def own_mark() -> str:
    """What this process writes into its leases; "" where nobody could tell whether it is dead."""
    with _guard:
        here = _enter()
        return here.mark if here else ""


def is_certainly_dead(mark: str) -> bool:
    """Whether the process that wrote `mark` has ended. `False` also where that cannot be known."""
    where, _, byte = mark.rpartition(":")
    with _guard:
        here = _enter()
        # Its own lock looks free to a process, and asking would give it back.
        if here is None or where != here.where or mark == here.mark or not byte.isdecimal():
            return False
        return _is_free(here.descriptor, int(byte))


def _enter() -> _Place | None:
    """Take a byte, once for a process and a folder."""
    global _here
    path: Path = settings.MAESTRO_DATA_DIR / NAME
    if _here is not None and _here.path == path:
        return _here
    _forget()
    try:
        _here = _open(path)
    except OSError as error:
        logger.debug("whether processes live cannot be told here (%s)", error.strerror)
    return _here


def _open(path: Path) -> _Place:
    boot_id = _BOOT_ID.read_text().strip()
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        found = os.fstat(descriptor)
        byte = secrets.randbelow(_BYTES)
        fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, byte)
    except OSError:
        os.close(descriptor)
        raise
    # The file itself and not its path, because containers see one folder under different paths.
    where = f"{boot_id}:{found.st_dev:x}-{found.st_ino:x}"
    return _Place(path, descriptor, where, f"{where}:{byte}")


def _is_free(descriptor: int, byte: int) -> bool:
    """Asked with a shared lock, so that two who ask at once do not take each other for the owner."""
    try:
        fcntl.lockf(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB, 1, byte)
    except OSError:
        return False
    fcntl.lockf(descriptor, fcntl.LOCK_UN, 1, byte)
    return True


def _forget() -> None:
    global _here
    if _here is not None:
        os.close(_here.descriptor)
    _here = None


def _after_fork() -> None:
    """The parent's lock is not the child's, and a thread of the parent may have held the guard."""
    global _guard
    _guard = threading.Lock()
    _forget()


os.register_at_fork(after_in_child=_after_fork)
