"""The database goes away between the provider's answer and the commit: the answer is not lost."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager

import psycopg
import pytest
from django.db import connection, connections
from psycopg import sql

from sessions_app.models import ProviderSession
from sessions_app.services import rescue, tokens
from tests.reliability.figures import record
from tests.reliability.roles import refresh_one, sweep
from tests.reliability.world import World
from tests.support.machine import POSTGRES_URL
from tests.support.waiting import wait_until

AWAY_S = (1, 10, 60)


@contextmanager
def database_gone() -> Iterator[None]:
    """SQLite: somebody else holds the write lock. PostgreSQL: every connection is cut, and none is let in."""
    name = str(connection.settings_dict["NAME"])
    if connection.vendor == "sqlite":
        with closing(sqlite3.connect(name, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            yield
            other.execute("ROLLBACK")
        return
    connections.close_all()
    with psycopg.connect(POSTGRES_URL, autocommit=True) as server:
        closed = sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS {}")
        server.execute(closed.format(sql.Identifier(name), sql.SQL("false")))
        server.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
        try:
            yield
        finally:
            server.execute(closed.format(sql.Identifier(name), sql.SQL("true")))


@pytest.mark.waits
@pytest.mark.slow
@pytest.mark.parametrize("killed", [False, True], ids=["owner lives", "owner is killed"])
def test_an_answer_outlives_the_database_and_its_owner(world: World, fast: bool, killed: bool) -> None:
    for away_s in (0.5,) if fast else AWAY_S:
        _lose_and_find(world, away_s, killed)
    assert (world.upstream.state.replays, world.upstream.state.families_lost) == (0, 0)
    record(
        f"database gone for {', '.join(map(str, AWAY_S))} s between answer and commit"
        + (", owner killed, new process" if killed else ""),
        "0 lost tokens, 0 replays: stored from the rescue journal" if killed else "0 lost tokens, 0 replays",
        fast=fast,
    )


def _lose_and_find(world: World, away_s: float, killed: bool) -> None:
    (session,) = world.sessions(1)
    calls = world.upstream.state.token_calls
    world.upstream.set(token_delay=0.5)
    owner = world.start(refresh_one, session, {}, busy_timeout_s=0.1)
    wait_until(lambda: world.upstream.state.token_calls > calls, seconds=20)
    with database_gone():
        book = rescue.journal()
        wait_until(lambda: not book.is_empty(), seconds=20)
        back_at = time.monotonic() + away_s
        if killed:
            owner.kill()
            owner.join(10)
            successor = world.start(sweep, 1, busy_timeout_s=0.1)
            successor.join(20)
            assert successor.exitcode == 1, "it found no database, and said so"
        threading.Event().wait(back_at - time.monotonic())
        assert owner.exitcode == (-9 if killed else None)
    world.upstream.set(token_delay=0)
    if killed:
        tokens.refresh_due()
    else:
        owner.join(100)  # how the caller fares, whose own connection may have been cut, is another matter
        assert not owner.is_alive()
    assert ProviderSession.objects.get(id=session).cred_version == 2
    assert rescue.journal().is_empty()
    assert world.upstream.state.token_calls == calls + 1
    assert world.works(session)
