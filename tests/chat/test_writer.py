"""The batched writer, when the database refuses."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Sequence
from datetime import datetime
from decimal import InvalidOperation

import pytest
from django.db import DataError, OperationalError

from chat.log import Row
from chat.services.runs import RunWrite
from chat.writer import Writer
from tests.support.waiting import until


class OneRun:
    """A run with one row to write."""

    def __init__(self, text: str) -> None:
        self.generation_id = uuid.uuid4()
        self.rows = (Row(1, "text_delta", text),)
        self.is_lost = self.is_written = False

    def due_write(self, clock: float) -> RunWrite | None:
        if self.is_lost or self.is_written:
            return None
        return RunWrite(generation_id=self.generation_id, epoch=1, rows=self.rows, seq=1)

    def wrote(self, write: RunWrite) -> None:
        self.is_written = True

    def lost(self) -> None:
        self.is_lost = True


class Database:
    """Takes writes unless told otherwise; a row with the text "poison" is refused always."""

    def __init__(self, *failures: Exception) -> None:
        self.failures = list(failures)
        self.refusal: Exception = DataError("no")
        self.taken: list[str] = []
        self.lost: frozenset[uuid.UUID] = frozenset()

    def __call__(self, writes: Sequence[RunWrite], *, now: datetime) -> frozenset[uuid.UUID]:
        if self.failures:
            raise self.failures.pop(0)
        texts = [row.payload for write in writes for row in write.rows]
        if "poison" in texts:
            raise self.refusal
        self.taken += texts
        return self.lost


async def write(database: Database, *runs: OneRun) -> None:
    stored: list[uuid.UUID] = []
    writer = Writer(flush_s=0.01, store=database, on_stored=stored.extend)
    for run in runs:
        writer.add(run)
    task = asyncio.create_task(writer.work())
    try:
        await until(lambda: all(run.is_lost or run.is_written for run in runs))
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@pytest.mark.django_db(transaction=True)
async def test_a_locked_database_is_tried_again_and_nothing_is_lost() -> None:
    database, run = Database(OperationalError("locked"), OperationalError("locked")), OneRun("a")
    await write(database, run)
    assert (database.taken, run.is_written) == (["a"], True)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("refusal", [DataError("no"), InvalidOperation("a number too large for its column")])
async def test_one_run_that_is_refused_does_not_take_the_others_along(refusal: Exception) -> None:
    database, good, bad = Database(), OneRun("good"), OneRun("poison")
    database.refusal = refusal
    await write(database, bad, good)
    assert (database.taken, good.is_written, bad.is_lost) == (["good"], True, True)


@pytest.mark.django_db(transaction=True)
async def test_a_lock_while_writing_apart_is_waited_for() -> None:
    database, good, bad = (
        Database(DataError("no"), OperationalError("locked")),
        OneRun("good"),
        OneRun("poison"),
    )
    await write(database, good, bad)
    assert (database.taken, bad.is_lost) == (["good"], True)


@pytest.mark.django_db(transaction=True)
async def test_a_run_that_lost_its_claim_is_told() -> None:
    database, run = Database(), OneRun("a")
    database.lost = frozenset({run.generation_id})
    await write(database, run)
    assert (run.is_lost, run.is_written) == (True, False)


@pytest.mark.django_db(transaction=True)
async def test_a_run_that_breaks_does_not_take_the_others_along() -> None:
    class Broken(OneRun):
        def due_write(self, clock: float) -> RunWrite | None:
            if self.is_lost:
                return None
            raise ValueError("a mistake of ours")

    database = Database()
    broken, sound = Broken("broken"), OneRun("sound")
    await write(database, broken, sound)
    assert broken.is_lost
    assert database.taken == ["sound"]
