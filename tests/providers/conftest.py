"""Fixtures for the provider tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.providers.canned import Canned
from tests.support.server import loopback


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
