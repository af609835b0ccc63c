"""Threads for the database keep their connections, and are never taken by what waits for a provider."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time

import pytest
from django.contrib.auth.models import User
from django.db import OperationalError, connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

from chat.threads import close_connections, in_thread, in_waiting_thread, in_writing_thread

MORE_THAN_THE_LOOP_HAS = 40  # its default executor has at most 32


async def test_waiting_for_providers_leaves_the_database_its_threads() -> None:
    provider_answers = threading.Event()
    waiting = [
        asyncio.create_task(in_waiting_thread(provider_answers.wait, 10))
        for _ in range(MORE_THAN_THE_LOOP_HAS)
    ]
    try:
        async with asyncio.timeout(5):
            assert await in_thread(lambda: "read") == "read"
        assert not any(task.done() for task in waiting)
    finally:
        provider_answers.set()
    assert all(await asyncio.gather(*waiting))


def _count_slowly() -> int:
    """Long enough for many threads to do it side by side."""
    time.sleep(0.01)
    return User.objects.count()


@pytest.mark.django_db(transaction=True)
async def test_many_calls_open_few_connections() -> None:
    opened: list[BaseDatabaseWrapper] = []

    def note(connection: BaseDatabaseWrapper, **arguments: object) -> None:
        opened.append(connection)

    connection_created.connect(note)
    try:
        for _ in range(20):
            await in_writing_thread(User.objects.count)
        assert len(opened) == 1
        await asyncio.gather(*(in_thread(User.objects.count) for _ in range(40)))
        assert len(opened) <= 1 + 4
        await asyncio.gather(*(in_waiting_thread(_count_slowly) for _ in range(40)))
        assert sum(one.connection is not None for one in opened) <= 1 + 4 + 4
    finally:
        connection_created.disconnect(note)


def _spoil() -> None:
    """PostgreSQL: the server ends the connection. SQLite has no server: somebody leaves a transaction open."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor, contextlib.suppress(OperationalError):
            cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
    else:
        connection.set_autocommit(False)


@pytest.mark.django_db(transaction=True)
async def test_a_spoilt_connection_is_not_used_again() -> None:
    before = await in_writing_thread(lambda: (User.objects.count(), connection.connection)[1])
    await in_writing_thread(_spoil)
    after = await in_writing_thread(lambda: (User.objects.count(), connection.connection)[1])
    assert after is not before


@pytest.mark.django_db(transaction=True)
async def test_connections_can_be_closed_at_the_end() -> None:
    wrapper = await in_writing_thread(lambda: (User.objects.count(), connection.connection)[1])
    assert wrapper is not None
    await asyncio.to_thread(close_connections)
    assert await in_writing_thread(lambda: connection.connection) is None


@pytest.mark.django_db(transaction=True)
async def test_a_connection_that_is_used_is_not_closed() -> None:
    await in_writing_thread(User.objects.count)
    has_begun, may_end = threading.Event(), threading.Event()

    def count_late() -> object:
        before = connection.connection
        has_begun.set()
        may_end.wait(10)
        return before is connection.connection and before is not None

    work = asyncio.create_task(in_writing_thread(count_late))
    assert await asyncio.to_thread(has_begun.wait, 10)
    await asyncio.to_thread(close_connections)
    may_end.set()
    assert await work
