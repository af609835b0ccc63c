"""The canary: keys that fit, keys that do not, and what is refused, shown and left alone meanwhile."""

from __future__ import annotations

import logging

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from pytest_django import Settings

from providers.credentials import Secret
from sessions_app.errors import KeysDoNotFit, SessionUnavailable
from sessions_app.fields import Ciphertext
from sessions_app.models import Installation, ProviderSession
from sessions_app.services import instance, keys, login, sessions, tokens
from tests.support.keyed import make_sessions
from tests.support.simulator import API_KEY, RunningSimulator


@pytest.fixture
def rows(api_session: ProviderSession) -> list[dict[str, object]]:
    instance.watch()  # so that the installation has been seen before the keys change
    return stored()


def stored() -> list[dict[str, object]]:
    """Everything in the rows about sessions and about the installation."""
    return [*ProviderSession.objects.order_by("id").values(), *Installation.objects.values()]


def test_a_new_database_takes_the_keys_it_meets(db: None) -> None:
    assert keys.fit()
    assert Installation.current().canary
    assert keys.fit()


def test_other_keys_do_not_fit_and_the_right_ones_fit_again(db: None, settings: Settings) -> None:
    right = settings.SECRET_KEY
    assert keys.fit()
    settings.SECRET_KEY = "another-key"
    assert not keys.fit()
    settings.SECRET_KEY_FALLBACKS = [right]
    assert keys.fit()


def test_a_database_without_canary_takes_no_keys_that_open_nothing(
    api_session: ProviderSession, settings: Settings
) -> None:
    Installation.objects.all().delete()
    right, settings.SALT_KEY = settings.SALT_KEY, ["another-salt"]
    assert not keys.fit()
    assert not Installation.current().canary
    settings.SALT_KEY = right
    assert keys.fit()
    assert Installation.current().canary


def test_wrong_keys_change_no_row_and_the_right_ones_need_no_repair(
    rows: list[dict[str, object]], api_session: ProviderSession, settings: Settings
) -> None:
    right, settings.SECRET_KEY = settings.SECRET_KEY, "another-key"
    for _ in range(2):
        with pytest.raises(SessionUnavailable) as caught:
            tokens.access_for(api_session.id)
        assert caught.value.status == "key_error"
        assert not sessions.test_session(api_session).ok
        tokens.refresh_due()
    assert not api_session.is_usable
    assert stored() == rows
    settings.SECRET_KEY = right
    assert api_session.is_usable
    assert tokens.access_for(api_session.id).cred_version == 1


def test_under_wrong_keys_nothing_new_is_stored(
    rows: list[dict[str, object]], user: User, api_session: ProviderSession, settings: Settings
) -> None:
    settings.SECRET_KEY = "another-key"
    with pytest.raises(KeysDoNotFit, match="check_keys"):
        sessions.create_session(
            owner=user, provider="simulator", auth_type="api_key", name="n", api_key=Secret(API_KEY)
        )
    with pytest.raises(KeysDoNotFit):
        sessions.replace_api_key(api_session, Secret(API_KEY))
    assert stored() == rows


def test_under_wrong_keys_no_login_begins_and_no_code_is_spent(
    pending_session: ProviderSession, upstream: RunningSimulator, settings: Settings
) -> None:
    user = pending_session.owner
    pasted = upstream.approve(login.begin_login(pending_session, user=user).url)
    right, settings.SECRET_KEY = settings.SECRET_KEY, "another-key"
    with pytest.raises(KeysDoNotFit):
        login.begin_login(pending_session, user=user)
    with pytest.raises(KeysDoNotFit):
        login.finish_login(pending_session, user=user, pasted=pasted)
    assert upstream.state.token_calls == 0
    assert pending_session.pending_logins.get().used_at is None
    settings.SECRET_KEY = right


def test_a_damaged_row_is_marked_because_the_keys_are_right(api_session: ProviderSession) -> None:
    ProviderSession.objects.update(credentials=Ciphertext("damaged"))
    with pytest.raises(SessionUnavailable):
        tokens.access_for(api_session.id)
    api_session.refresh_from_db()
    assert (api_session.status, api_session.status_reason) == ("key_error", "wrong_key")


def test_rows_that_cannot_be_read_do_not_keep_the_others_from_their_turn(
    oauth_session: ProviderSession, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tokens, "MAX_PER_SWEEP", 1)
    now = timezone.now()
    unreadable = ProviderSession.objects.create(
        owner=oauth_session.owner, provider="simulator", auth_type="oauth", name="unreadable", status="active",
        credentials=Ciphertext("of other keys"), refresh_at=now, expires_at=now,
    )  # fmt: skip
    ProviderSession.objects.filter(id=oauth_session.id).update(refresh_at=now)
    Installation.objects.update(canary=Ciphertext("of other keys"))
    assert tokens.refresh_due().refreshed == 1
    unreadable.refresh_from_db()
    assert unreadable.status == "active"


def test_the_log_says_it_once_and_says_when_it_is_over(
    db: None, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="sessions_app.services.keys")
    right, watch = settings.SECRET_KEY, keys.Watch()
    for secret in (right, "another-key", "another-key", right, right):
        settings.SECRET_KEY = secret
        watch.look()
    said = [record.getMessage() for record in caplog.records]
    assert said == [keys.DO_NOT_FIT, "The server's keys fit its database again."]


def test_when_the_old_keys_are_lost_the_present_ones_are_taken(
    api_session: ProviderSession, settings: Settings
) -> None:
    settings.SECRET_KEY = "another-key"
    assert not keys.fit()
    keys.accept_present()
    assert keys.fit()
    sessions.replace_api_key(api_session, Secret(API_KEY))
    assert api_session.is_usable


def test_one_sweep_brings_back_all_that_can_be_read_again(user: User) -> None:
    made = make_sessions(user, 150)
    ProviderSession.objects.update(status="key_error", status_reason="wrong_key")
    ProviderSession.objects.filter(id=made[0].id).update(credentials=Ciphertext("damaged"))
    tokens.refresh_due()
    still = ProviderSession.objects.filter(status="key_error")
    assert [session.name for session in still] == ["keyed-0"]
