"""Fixtures for the provider tests."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from providers.http import aclose_clients
from tests.providers.canned import Canned
from tests.support.server import loopback


@pytest.fixture
async def closed_clients() -> AsyncIterator[None]:
    """Closes the loop's HTTP client after an async test, as production does at shutdown."""
    yield
    await aclose_clients()


@pytest.fixture(scope="session")
def canned_server() -> Iterator[Canned]:
    """One server for all tests, because starting and stopping one takes 0.2 s."""
    server = Canned()
    with loopback(server) as url:
        server.url = url
        yield server


@pytest.fixture
def canned(canned_server: Canned) -> Canned:
    """A real server that answers whatever the test tells it to."""
    canned_server.reset()
    return canned_server
