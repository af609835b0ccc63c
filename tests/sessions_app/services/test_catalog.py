"""The list of models, asked for once in five minutes."""

from __future__ import annotations

import msgspec
import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.utils import timezone
from pytest_django import Settings

from providers.credentials import Secret
from providers.model_info import ModelInfo
from sessions_app.errors import ProviderProblem, SessionUnavailable
from sessions_app.models import ListedModels, ProviderSession
from sessions_app.services import catalog, sessions
from tests.support.simulator import RunningSimulator

LIST = "GET /v1/models"


def test_the_list_is_remembered_per_session_and_version(
    oauth_session: ProviderSession, upstream: RunningSimulator
) -> None:
    first = catalog.list_models(oauth_session)
    assert catalog.list_models(oauth_session) == first
    assert upstream.state.calls[LIST] == 1
    assert catalog.list_models(oauth_session, refresh=True) == first
    assert upstream.state.calls[LIST] == 2
    oauth_session.cred_version += 1
    catalog.list_models(oauth_session)
    assert upstream.state.calls[LIST] == 3


def test_one_model(api_session: ProviderSession) -> None:
    assert catalog.get_model(api_session, "simulator-small").id == "simulator-small"
    with pytest.raises(ProviderProblem) as caught:
        catalog.get_model(api_session, "unknown-model")
    assert caught.value.kind == "not_found"


def test_the_default_model(api_session: ProviderSession) -> None:
    assert catalog.default_model_for(api_session) == "simulator-large"
    sessions.update_defaults(api_session, default_model="simulator-small")
    assert catalog.default_model_for(api_session) == "simulator-small"


def test_a_refused_token_is_refreshed_once(
    oauth_session: ProviderSession, upstream: RunningSimulator
) -> None:
    upstream.set(fault="unauthorized", first=1)
    assert catalog.list_models(oauth_session)
    assert oauth_session.refresh_attempts.count() == 1


def test_trouble_is_explained(api_session: ProviderSession, upstream: RunningSimulator) -> None:
    upstream.set(fault="html")
    with pytest.raises(ProviderProblem, match="Something else than Simulator answered"):
        catalog.list_models(api_session)
    upstream.set(fault="unauthorized")
    with pytest.raises(SessionUnavailable, match="Replace the key"):
        catalog.list_models(api_session)


def test_what_a_model_takes_is_known_without_asking_again(
    api_session: ProviderSession, upstream: RunningSimulator
) -> None:
    assert catalog.known_model(api_session, "simulator-large") is None
    listed = catalog.get_model(api_session, "simulator-large")
    cache.clear()
    calls = upstream.state.calls[LIST]
    assert catalog.known_model(api_session, "simulator-large") == listed
    assert catalog.known_model(api_session, "no-such-model") is None
    assert upstream.state.calls[LIST] == calls


def test_prices_are_those_of_todays_catalogue(
    user: User, upstream: RunningSimulator, settings: Settings
) -> None:
    settings.MAESTRO_PROVIDERS = {"anthropic": {"base_url": upstream.url}}
    session = sessions.create_session(
        owner=user, provider="anthropic", auth_type="api_key", name="c", api_key=Secret("sk-sim-x")
    )
    old = ModelInfo(id="claude-opus-5-5", label="Listed", max_output_tokens=7)
    models = msgspec.json.encode([old]).decode()
    ListedModels.objects.create(session=session, models_json=models, listed_at=timezone.now())
    known = catalog.known_model(session, "claude-opus-5-5")
    assert known is not None
    assert (known.label, known.max_output_tokens) == ("Listed", 7)
    assert known.price is not None
    assert known.price == catalog.price_of_model(session, "claude-opus-5-5")
    settings.MAESTRO_PROVIDERS = {}
    assert catalog.price_of_model(session, "claude-opus-5-5") is None
