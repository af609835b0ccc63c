"""What a test may need of the machine, and a loud word at the end where it is missing."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
import redis

from tests.support import postgres

POSTGRES_URL = os.environ.get("TEST_POSTGRES_URL", "postgres://postgres@127.0.0.1:5432/postgres")
REDIS_URL = os.environ.get("TEST_REDIS_URL", "redis://127.0.0.1:6379")


@pytest.fixture
def postgres_url() -> Iterator[str]:
    """A database of the test's own on the PostgreSQL server."""
    if not postgres.answers(POSTGRES_URL):
        pytest.skip("no PostgreSQL server at TEST_POSTGRES_URL")
    with postgres.own_database(POSTGRES_URL) as url:
        yield url


@pytest.fixture
def redis_prefix() -> Iterator[str]:
    """A prefix of the test's own for keys on the Redis server at `REDIS_URL`; they are removed at the end."""
    server = redis.Redis.from_url(REDIS_URL, socket_connect_timeout=3)
    try:
        server.ping()
    except redis.ConnectionError:
        pytest.skip("no Redis server at TEST_REDIS_URL")
    prefix = f"maestro-test-{uuid.uuid4().hex[:12]}"
    yield prefix
    for key in server.scan_iter(f"*{prefix}*"):
        server.delete(key)
    server.close()


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Nobody should take a skipped test for a passed one."""
    skipped = terminalreporter.stats.get("skipped", [])
    if skipped:
        terminalreporter.section("NOT RUN", sep="!", red=True, bold=True)
    for report in skipped:
        terminalreporter.line(f"NOT RUN: {report.nodeid}: {report.longrepr[2]}")
