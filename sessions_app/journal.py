"""The rescue journal: answers of token endpoints that the database could not take yet, one JSON line each.

Owns a file in the data folder and how many processes share it: every step happens under a lock, a line is
on disk before `append` returns, and lines go by an atomic rewrite. Knows no model; the credentials in it are
encrypted as in the database.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Literal
from uuid import UUID

import msgspec

from sessions_app.faults import fault

LOCK_PATIENCE_S = 5.0  # a stopped process may hold the lock; the caller has the answer in memory meanwhile
_LOCK_PAUSE_S = 0.02


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One answer. `sealed`: the encrypted document; `attempt`: the id of the history row of its send."""

    v: Literal[1] = 1
    id: UUID
    provider: str
    session_id: UUID
    version_before: int
    attempt: int
    received_at: datetime
    sealed: str

    def __repr__(self) -> str:
        return f"Entry({self.id})"


_decoder = msgspec.json.Decoder(Entry)


class Journal:
    """The journal in `folder`. Every method but `is_empty` may raise `OSError`."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "rescue.jsonl"
        self.aside = folder / "rescue-unreadable.jsonl"
        self._lock = folder / "rescue.lock"

    def is_empty(self) -> bool:
        """Without a lock: cheap enough to be asked before each refresh."""
        try:
            return self.path.stat().st_size == 0
        except OSError:
            return True

    def append(self, entry: Entry) -> None:
        """Write one line; it is on disk when this returns."""
        fault("journal.before_append")
        with self._locked():
            _append(self.path, [msgspec.json.encode(entry)])
        fault("journal.after_append")

    def read(self) -> tuple[tuple[Entry, ...], int]:
        """All answers, oldest first, and how many lines that are none were moved to `aside` just now."""
        with self._locked():
            lines = self._lines()
            entries = {line: _entry(line) for line in lines}
            if broken := [line for line in lines if entries[line] is None]:
                _append(self.aside, broken)
                self._rewrite([line for line in lines if entries[line] is not None])
        return tuple(entry for entry in entries.values() if entry is not None), len(broken)

    def remove(self, settled: Collection[UUID], *, foreign: Collection[UUID] = ()) -> None:
        """Drop the `settled` answers, and move `foreign` ones aside; what came meanwhile stays."""
        fault("journal.before_remove")
        with self._locked():
            kept, moved = list[bytes](), list[bytes]()
            for line in self._lines():
                entry = _entry(line)
                if entry is not None and entry.id in foreign:
                    moved.append(line)
                elif entry is None or entry.id not in settled:
                    kept.append(line)
            if moved:
                _append(self.aside, moved)
            self._rewrite(kept)

    def _lines(self) -> list[bytes]:
        try:
            return [line for line in self.path.read_bytes().split(b"\n") if line.strip()]
        except FileNotFoundError:
            return []

    def _rewrite(self, lines: list[bytes]) -> None:
        if lines:
            draft = self.path.with_suffix(".draft")
            draft.unlink(missing_ok=True)
            _append(draft, lines)
            draft.replace(self.path)
        else:
            self.path.unlink(missing_ok=True)
        _sync_folder(self.path.parent)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """The lock is a file of its own, because the journal itself is replaced."""
        self._lock.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(self._lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            _wait_for(descriptor)
            yield
        finally:
            os.close(descriptor)  # gives the lock back


def _entry(line: bytes) -> Entry | None:
    try:
        return _decoder.decode(line)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None


def _wait_for(descriptor: int) -> None:
    give_up_at = time.monotonic() + LOCK_PATIENCE_S
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > give_up_at:
                raise
            time.sleep(_LOCK_PAUSE_S)
        else:
            return


def _append(path: Path, lines: list[bytes]) -> None:
    """Add whole lines and wait until they are on disk; a half-written one is taken back."""
    descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        size = os.fstat(descriptor).st_size
        is_torn = size > 0 and os.pread(descriptor, 1, size - 1) != b"\n"
        data = (b"\n" if is_torn else b"") + b"".join(line + b"\n" for line in lines)
        try:
            _write_all(descriptor, data)
            os.fsync(descriptor)
        except OSError:
            os.ftruncate(descriptor, size)
            raise
    finally:
        os.close(descriptor)
    if size == 0:
        _sync_folder(path.parent)


def _write_all(descriptor: int, data: bytes) -> None:
    while data:
        data = data[os.write(descriptor, data) :]


def _sync_folder(folder: Path) -> None:
    """A file's name is on disk only when its folder is."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
