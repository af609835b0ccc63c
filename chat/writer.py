"""Writes down what all runs of this process say: one transaction every 150 ms.

Measured elsewhere: a write for every delta costs twenty times the whole stream; one batch costs nothing that can be
seen. A batch that fails stays in the runs' logs and is tried again with the next one; it is never cancelled in
mid-write, which would lose it.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from django.db import InterfaceError, OperationalError
from django.utils import timezone

from chat.meters import meters
from chat.services import runs
from chat.services.runs import RunWrite
from chat.threads import in_writing_thread

logger = logging.getLogger(__name__)


class Writable(Protocol):
    """A run as the writer sees it."""

    generation_id: UUID

    def due_write(self, clock: float) -> RunWrite | None:
        """What to write now, `None` if nothing. `clock` is `time.monotonic()`."""

    def wrote(self, write: RunWrite) -> None:
        """It is in the database."""

    def lost(self) -> None:
        """Somebody else ended the run; nothing of ours can be written any more."""


class Store(Protocol):
    """`chat.services.runs.write_batch`."""

    def __call__(self, writes: Sequence[RunWrite], *, now: datetime) -> frozenset[UUID]:
        """Write all or nothing; returns the runs whose claim is lost."""


class Writer:
    """One per process. `on_stored` is told which runs have new rows in the database."""

    def __init__(
        self,
        *,
        flush_s: float,
        on_stored: Callable[[Sequence[UUID]], None],
        store: Store = runs.write_batch,
    ) -> None:
        self._flush_s, self._on_stored, self._store = flush_s, on_stored, store
        self._runs: dict[UUID, Writable] = {}
        self._wake = asyncio.Event()
        self._level_at = 0.0  # the last moment at which nothing was left to write

    def add(self, run: Writable) -> None:
        if not self._runs:
            self._level_at = time.monotonic()
        self._runs[run.generation_id] = run
        self._wake.set()

    def remove(self, run: Writable) -> None:
        self._runs.pop(run.generation_id, None)

    def hurry(self) -> None:
        """A run has ended: do not wait for the next turn."""
        self._wake.set()

    async def work(self) -> None:
        """Write until cancelled; cancel it only when no run is left."""
        while True:
            if not self._runs:
                await self._wake.wait()
            self._wake.clear()
            began = time.monotonic()
            await self._turn()
            # From the beginning of one write to that of the next: that is what a crash can lose.
            await self._pause(self._flush_s - (time.monotonic() - began))

    async def _pause(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(max(seconds, self._flush_s / 4)):
                await self._wake.wait()
        except TimeoutError:
            pass

    async def _turn(self) -> None:
        clock = time.monotonic()
        writes = self._due(clock)
        if not writes:
            self._level_at = clock
            return
        try:
            await self._write(writes)
            meters.wrote(time.monotonic() - self._level_at)
            self._level_at = clock
        except (OperationalError, InterfaceError) as problem:  # locked or restarting: it passes
            meters.failed_writes += 1
            logger.warning("answers could not be stored, trying again: %s", type(problem).__name__)
            await asyncio.sleep(self._flush_s)
        except Exception:  # noqa: BLE001  # of any kind: this task writes for everybody and must not end
            meters.failed_writes += 1
            await self._write_apart(writes)

    def _due(self, clock: float) -> list[RunWrite]:
        """What all runs have to write; a run that cannot say it must not take the others along."""
        found = []
        for run in list(self._runs.values()):
            try:
                write = run.due_write(clock)
            except Exception:
                logger.exception("answer %s cannot be stored", run.generation_id)
                run.lost()
            else:
                found += [write] if write is not None else []
        return found

    async def _write_apart(self, writes: Sequence[RunWrite]) -> None:
        """One run has something that the database refuses; it must not take the others along."""
        for write in writes:
            try:
                await self._write([write])
            except (OperationalError, InterfaceError):
                return  # it stays in the log for the next turn
            except Exception:
                logger.exception("answer %s cannot be stored", write.generation_id)
                if run := self._runs.get(write.generation_id):
                    run.lost()

    async def _write(self, writes: Sequence[RunWrite]) -> None:
        lost = await in_writing_thread(self._store, writes, now=timezone.now())
        for write in writes:
            run = self._runs.get(write.generation_id)
            if run is None:
                continue
            if write.generation_id in lost:
                run.lost()
            else:
                run.wrote(write)
        if stored := [
            write.generation_id for write in writes if write.rows and write.generation_id not in lost
        ]:
            self._on_stored(stored)
