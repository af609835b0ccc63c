"""Every contract test runs for every wiring with each of its kinds of credential."""

from __future__ import annotations

import pytest

from tests.providers.contract.wirings import AUTH_TYPES, WIRINGS, Case, make_case
from tests.support.simulator import RunningSimulator


@pytest.fixture(params=AUTH_TYPES)
def auth_type(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=WIRINGS)
def case(request: pytest.FixtureRequest, auth_type: str, simulator: RunningSimulator) -> Case:
    """A provider at a fresh simulator, logged in."""
    return make_case(WIRINGS[request.param], auth_type, simulator)


@pytest.fixture(params=WIRINGS)
def key_case(request: pytest.FixtureRequest, simulator: RunningSimulator) -> Case:
    """A provider with an API key."""
    return make_case(WIRINGS[request.param], "api_key", simulator)


@pytest.fixture(params=WIRINGS)
def oauth_case(request: pytest.FixtureRequest, simulator: RunningSimulator) -> Case:
    """A provider that somebody has logged in to."""
    return make_case(WIRINGS[request.param], "oauth", simulator)
