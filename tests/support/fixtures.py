"""Fixtures for every test; registered in the top conftest."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from providers.http import aclose_clients
from providers.simulator.app import create_app
from providers.simulator.switches import Script
from tests.support.server import Mounts, loopback
from tests.support.simulator import RunningSimulator


@pytest.fixture(scope="session")
def mounts() -> Iterator[Mounts]:
    """One loopback server for the whole run; each app gets a path of its own on it."""
    mounts = Mounts()
    with loopback(mounts) as url:
        mounts.url = url
        yield mounts


@pytest.fixture
def simulator(mounts: Mounts) -> Iterator[RunningSimulator]:
    """A fresh simulator on a real port, at full speed, with its own counters and switches."""
    app = create_app(Script(pace=0))
    with mounts.mounted(app) as url:
        yield RunningSimulator(app, url)


@pytest_asyncio.fixture
async def closed_clients() -> AsyncIterator[None]:
    """Closes the loop's HTTP client after an async test, as production does at shutdown."""
    yield
    await aclose_clients()
