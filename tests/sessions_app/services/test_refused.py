"""A refresh token that was refused is never sent again, however it comes back."""

from __future__ import annotations

from django.utils import timezone
from pytest_django import Settings

from providers.credentials import OAuthTokens, Secret
from sessions_app.models import ProviderSession, RefusedToken
from sessions_app.services import refused, sessions, store
from tests.sessions_app.services.test_refresh import log_in_again, run, tokens_of
from tests.support.simulator import RunningSimulator


def refuse(session: ProviderSession, upstream: RunningSimulator) -> OAuthTokens:
    """Have the provider refuse the session's token for good; the token."""
    tokens = tokens_of(session)
    upstream.set(token_fault="invalid_grant")
    assert run(session).state == "needs_login"
    upstream.reset()
    return tokens


def test_a_refused_token_that_comes_back_is_not_sent(
    oauth_session: ProviderSession, upstream: RunningSimulator
) -> None:
    tokens = refuse(oauth_session, upstream)
    calls = upstream.state.token_calls
    store.save_login(oauth_session.id, credentials=tokens, now=timezone.now())  # restored, or pasted again
    oauth_session.refresh_from_db()
    assert oauth_session.status == "active"
    assert run(oauth_session).state == "needs_login"
    oauth_session.refresh_from_db()
    assert (oauth_session.status, oauth_session.status_reason) == ("needs_login", "refused_before")
    assert "refused this refresh token before" in oauth_session.state_sentence
    assert upstream.state.token_calls == calls
    assert tokens_of(oauth_session) == tokens  # nothing was deleted


def test_a_new_login_works_as_ever(oauth_session: ProviderSession, upstream: RunningSimulator) -> None:
    refuse(oauth_session, upstream)
    log_in_again(oauth_session, upstream)
    oauth_session.refresh_from_db()
    assert run(oauth_session).state == "refreshed"


def test_a_refusal_that_is_not_confirmed_is_not_remembered(
    oauth_session: ProviderSession, upstream: RunningSimulator
) -> None:
    upstream.set(token_fault="invalid_grant", first=1)
    assert run(oauth_session).state == "refreshed"
    assert not RefusedToken.objects.exists()


def test_it_is_known_by_its_fingerprint_only(db: None, settings: Settings) -> None:
    tokens = OAuthTokens(
        access_token=Secret("a-canary"), refresh_token=Secret("r-canary"), expires_at=timezone.now()
    )
    for _ in range(2):
        refused.remember(tokens, now=timezone.now())
    row = RefusedToken.objects.get()
    assert "canary" not in repr(vars(row)) + str(row)
    assert refused.is_known(tokens)
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another-key-for-this-test"
    assert refused.is_known(tokens)


def test_without_a_refresh_token_there_is_nothing_to_remember(db: None) -> None:
    tokens = OAuthTokens(access_token=Secret("a"), refresh_token=None, expires_at=timezone.now())
    refused.remember(tokens, now=timezone.now())
    assert not refused.is_known(tokens)
    assert not RefusedToken.objects.exists()


def test_switching_off_and_on_does_not_make_a_refused_login_work(
    oauth_session: ProviderSession, upstream: RunningSimulator
) -> None:
    refuse(oauth_session, upstream)
    sessions.disable_session(oauth_session)
    sessions.enable_session(oauth_session)
    assert (oauth_session.status, oauth_session.status_reason) == ("needs_login", "refused_before")
    log_in_again(oauth_session, upstream)
    oauth_session.refresh_from_db()
    sessions.disable_session(oauth_session)
    sessions.enable_session(oauth_session)
    assert oauth_session.status == "active"
