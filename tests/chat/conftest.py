"""Fixtures of the chat's tests: a user, a session that points at the simulator, a runner with short timers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
import pytest_asyncio
from django.contrib.auth.models import User
from pytest_django import Settings

from chat import runner as runner_module
from chat.runner import Runner
from chat.timing import Timing
from providers.credentials import Secret
from sessions_app.models import ProviderSession
from sessions_app.services import login, sessions
from tests.support.simulator import RunningSimulator

FAST = Timing(
    flush=0.02, snapshot=0.05, heartbeat=0.2, watch=0.05, pick_up=0.1, sweep=0.2, index=0.05, check_logins=0.1
)


@pytest.fixture
def owner(db: None) -> User:
    return User.objects.create_user("owner", password="correct horse battery")


@pytest.fixture
def stranger(db: None) -> User:
    return User.objects.create_user("stranger", password="correct horse battery")


@pytest.fixture
def upstream(simulator: RunningSimulator, settings: Settings) -> RunningSimulator:
    """The simulator as the provider of every session of the test."""
    settings.MAESTRO_PROVIDERS = {"simulator": {"base_url": simulator.url}}
    return simulator


def session_of(owner: User, name: str, key: str) -> ProviderSession:
    """A session by API key that works."""
    return sessions.create_session(
        owner=owner,
        provider="simulator",
        auth_type="api_key",
        name=name,
        api_key=Secret(key),
        default_model="simulator-large",
    )


@pytest.fixture
def session(owner: User, upstream: RunningSimulator) -> ProviderSession:
    """The session of most tests."""
    return session_of(owner, "personal_claude", "sk-sim-test-key-0001")


@pytest.fixture
def other_session(owner: User, session: ProviderSession) -> ProviderSession:
    """Another one of the same owner."""
    return session_of(owner, "work_claude", "sk-sim-test-key-0002")


@pytest.fixture
def oauth_session(owner: User, upstream: RunningSimulator) -> ProviderSession:
    """A session that signed in."""
    new = sessions.create_session(owner=owner, provider="simulator", auth_type="oauth", name="work")
    link = login.begin_login(new, user=owner)
    return login.finish_login(new, user=owner, pasted=upstream.approve(link.url))


@pytest_asyncio.fixture
async def running() -> AsyncIterator[Runner]:
    """This event loop's runner, with short timers; shut down at the end."""
    yield runner_module.install(Runner(timing=FAST))
    await runner_module.shutdown(0)


@pytest_asyncio.fixture
async def patient() -> AsyncIterator[Runner]:
    """The same without the timers that look after logins and waiting runs."""
    yield runner_module.install(Runner(timing=replace(FAST, check_logins=3600, pick_up=3600)))
    await runner_module.shutdown(0)
