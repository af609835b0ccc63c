"""Constraints that hold whoever writes the row, and what a row says of itself."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction

from sessions_app import words
from sessions_app.fields import Ciphertext
from sessions_app.models import PendingLogin, ProviderSession, RefreshAttempt

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "wrong",
    [
        {"status": "works"},
        {"auth_type": "password"},
        {"color": 0},
        {"color": 9},
        {"name": ""},
        {"status": "active"},  # without credentials
        {"status": "active", "auth_type": "oauth", "credentials": "x"},  # without a scheduled refresh
        {"lease_until": NOW},  # without an owner
    ],
)
def test_impossible_rows_are_refused(user: User, wrong: dict[str, object]) -> None:
    fields = {"owner": user, "provider": "simulator", "auth_type": "api_key", "name": "n"} | wrong
    with pytest.raises(IntegrityError), transaction.atomic():
        ProviderSession.objects.create(**fields)


def test_a_used_login_keeps_no_verifier(pending_session: ProviderSession) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        PendingLogin.objects.create(
            session=pending_session, user=pending_session.owner, state_hash="h", verifier="v",
            created_at=NOW, expires_at=NOW, used_at=NOW,
        )  # fmt: skip


def test_rows_name_themselves_without_secrets(oauth_session: ProviderSession) -> None:
    attempt = RefreshAttempt(session=oauth_session, sent_at=NOW, outcome="refreshed")
    assert str(attempt) == "2026-01-01 12:00:00 refreshed"
    assert str(oauth_session) == "personal_claude"
    assert str(PendingLogin.objects.get()) == f"login for {oauth_session.id}"


@pytest.mark.parametrize(
    ("name", "initials"),
    [
        ("personal_claude", "PC"),
        ("gemini", "GE"),
        ("a", "A"),
        ("work 2", "W2"),
        ("x.y-z", "XY"),
        ("...", "–"),
    ],
)
def test_initials(name: str, initials: str) -> None:
    assert ProviderSession(name=name).initials == initials


def state(**changes: object) -> tuple[str, str]:
    row = SimpleNamespace(
        **{
            "auth_type": "oauth",
            "status": "active",
            "status_reason": "",
            "expires_at": NOW + timedelta(hours=6, minutes=5),
            "next_attempt_at": None,
            "consecutive_failures": 0,
            "key_expires_at": None,
        }
        | changes
    )
    return words.state_sentence(row, now=NOW), words.state_level(row, now=NOW)


@pytest.mark.parametrize(
    ("changes", "sentence", "level"),
    [
        ({}, "Works, 6 h left", "good"),
        ({"expires_at": None}, "Works", "good"),
        ({"expires_at": NOW + timedelta(days=3)}, "Works, 3 d left", "good"),
        ({"expires_at": NOW + timedelta(seconds=90)}, "Works, 1 min left", "good"),
        ({"expires_at": NOW + timedelta(seconds=9)}, "Works, 9 s left", "good"),
        ({"expires_at": NOW}, "Access ended. It is refreshed on next use.", "warn"),
        ({"status": "pending"}, "Not connected yet. Log in to use it.", "warn"),
        ({"status": "disabled", "status_reason": "user"}, "Switched off. Enable it to use it.", "warn"),
        (
            {"status": "needs_login", "status_reason": "invalid_grant"},
            "Needs login: the provider refused the refresh token. Nothing else was deleted. Log in again.",
            "bad",
        ),
        (
            {"status": "needs_login", "status_reason": "key_rejected", "auth_type": "api_key"},
            "Needs a new key: the provider no longer accepts the key. Nothing else was deleted. Replace the key.",
            "bad",
        ),
        (
            {"status": "key_error", "status_reason": ""},
            "Cannot be read. Nothing was deleted. Ask the operator to check the keys.",
            "bad",
        ),
        (
            {"status": "quarantined", "status_reason": "restored_copy"},
            "On hold: this looks like a restored or copied database. "
            "The operator must confirm that this is the only copy.",
            "warn",
        ),
        (
            {"consecutive_failures": 2, "next_attempt_at": NOW + timedelta(minutes=5)},
            "Works, 6 h left. The last refresh failed; the next try is at 12:05.",
            "warn",
        ),
        (
            {"consecutive_failures": 1, "status_reason": "misconfigured"},
            "Works, 6 h left. Refresh fails: the provider does not accept the operator's settings. "
            "Tell the operator.",
            "warn",
        ),
    ],
)
def test_states_are_words(changes: dict[str, object], sentence: str, level: str) -> None:
    assert state(**changes) == (sentence, level)


def test_one_unreadable_row_does_not_break_a_list(
    oauth_session: ProviderSession, api_session: ProviderSession
) -> None:
    ProviderSession.objects.filter(id=api_session.id).update(credentials=Ciphertext("no token"))
    good, bad = ProviderSession.objects.owned_by(api_session.owner)
    assert "Works" in good.state_sentence
    assert (bad.state, bad.state_level, bad.is_usable) == ("key_error", "bad", False)
    assert bad.state_sentence == (
        "Cannot be read: the server's keys do not fit. Nothing was deleted. Ask the operator to check the keys."
    )


def test_the_next_refresh_is_the_planned_one_or_the_next_try_after_a_failure() -> None:
    later = NOW + timedelta(minutes=5)
    session = ProviderSession(auth_type="oauth", status="active", refresh_at=NOW)
    assert session.next_refresh_at == NOW
    session.next_attempt_at = later
    assert session.next_refresh_at == later
    for change in ({"status": "needs_login"}, {"auth_type": "api_key"}):
        other = ProviderSession(**{"auth_type": "oauth", "status": "active", "refresh_at": NOW} | change)
        assert other.next_refresh_at is None


def test_an_attempt_says_why_it_was_made() -> None:
    assert RefreshAttempt(cause="due").because == "it was time"
    assert RefreshAttempt(cause="odd").because == "odd"
