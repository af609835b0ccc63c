"""Installations for these tests, on the database that the run is about: SQLite alone, or PostgreSQL with Redis."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager

import pytest
import redis

from tests.reliability.streams.installation import Installation, Served, installed
from tests.support import postgres
from tests.support.machine import POSTGRES_URL, REDIS_URL
from tests.support.simulator import RunningSimulator, running_simulator

ON_POSTGRES = os.environ.get("MAESTRO_TEST_DATABASE_URL", "").startswith("postgres")
Install = Callable[..., AbstractContextManager[Installation]]


def _redis_answers() -> bool:
    with redis.Redis.from_url(REDIS_URL, socket_connect_timeout=3) as client:
        try:
            return bool(client.ping())
        except redis.ConnectionError:
            return False


@pytest.fixture(scope="session")
def upstream() -> Iterator[RunningSimulator]:
    """The provider of all installations; tests set its switches in their prompts."""
    with running_simulator() as running:
        yield running


@pytest.fixture(scope="session")
def install(upstream: RunningSimulator, tmp_path_factory: pytest.TempPathFactory) -> Install:
    """Makes an installation of a test's own."""

    @contextmanager
    def install(**settings: str) -> Iterator[Installation]:
        with ExitStack() as stack:
            if ON_POSTGRES:
                url = stack.enter_context(postgres.own_database(POSTGRES_URL))
                prefix = f"maestro-test-{uuid.uuid4().hex[:12]}"
                shared = {"DATABASE_URL": url}
                if _redis_answers():
                    shared |= {"REDIS_URL": REDIS_URL, "REDIS_PREFIX": prefix}
                settings = shared | settings
            folder = tmp_path_factory.mktemp("installation")
            yield stack.enter_context(installed(folder, upstream, **settings))

    return install


@pytest.fixture(scope="session")
def place(install: Install) -> Iterator[Installation]:
    """One for all tests that leave nothing behind but their conversations."""
    with install() as installation:
        yield installation


@pytest.fixture(scope="session")
def server(place: Installation) -> Served:
    """Its first server; nobody kills it."""
    return place.serve()


@pytest.fixture(scope="session")
def second(place: Installation, server: Served) -> Served:
    """A process beside the first; nobody kills it either."""
    return place.serve()
