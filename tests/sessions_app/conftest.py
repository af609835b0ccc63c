"""Users and sessions whose provider is the simulator on a loopback port.

Tests run inside a transaction, which is fast, unless they make a token call: that has a thread and a
connection of its own, so `oauth_session` brings a real database with it.
"""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from pytest_django import Settings

from providers.credentials import Secret
from sessions_app.models import ProviderSession
from sessions_app.services import login, sessions
from tests.support.simulator import API_KEY, RunningSimulator


@pytest.fixture
def upstream(simulator: RunningSimulator, settings: Settings) -> RunningSimulator:
    """The simulator, offered as the only provider."""
    settings.MAESTRO_PROVIDERS = {"simulator": {"base_url": simulator.url}}
    cache.clear()
    return simulator


@pytest.fixture
def user(db: None) -> User:
    return User.objects.create_user("olga", password="a-long-password")


@pytest.fixture
def other_user(db: None) -> User:
    return User.objects.create_user("peter", password="a-long-password")


@pytest.fixture
def staff(db: None) -> User:
    return User.objects.create_superuser("root", password="a-long-password")


@pytest.fixture
def api_session(user: User, upstream: RunningSimulator) -> ProviderSession:
    return sessions.create_session(
        owner=user, provider="simulator", auth_type="api_key", name="work_claude", api_key=Secret(API_KEY)
    )


@pytest.fixture
def pending_session(user: User, upstream: RunningSimulator) -> ProviderSession:
    return sessions.create_session(
        owner=user, provider="simulator", auth_type="oauth", name="personal_claude"
    )


@pytest.fixture
def oauth_session(
    transactional_db: None, pending_session: ProviderSession, upstream: RunningSimulator
) -> ProviderSession:
    """Logged in as a person does it: link, Allow, paste."""
    start = login.begin_login(pending_session, user=pending_session.owner)
    pasted = upstream.approve(start.url)
    return login.finish_login(pending_session, user=pending_session.owner, pasted=pasted)
