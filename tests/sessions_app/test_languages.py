"""What people read is in their language; what is stored and logged is in English, whoever caused it."""

from __future__ import annotations

import html

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils.translation import override

from providers.credentials import Secret
from sessions_app.models import AuditEntry, ProviderSession
from sessions_app.services import instance, sessions, tokens
from tests.support.simulator import API_KEY, RunningSimulator


def read_by(user: User, language: str) -> Client:
    client = Client(headers={"accept-language": language})
    client.force_login(user)
    return client


def test_what_a_form_refuses_is_said_in_the_readers_language(
    user: User, upstream: RunningSimulator, brackets: str
) -> None:
    data = {"provider": "simulator", "auth_type": "api_key", "name": "work/claude", "api_key": API_KEY}
    page = read_by(user, brackets).post(reverse("sessions:add"), data).content.decode()
    assert "⟦A name may have letters, digits, spaces, and _ - . only.⟧" in html.unescape(page)
    assert "⟦Last day of the key (optional)⟧" in page


def test_a_token_call_answers_in_the_language_of_who_asked(
    oauth_session: ProviderSession, brackets: str
) -> None:
    with override(brackets):
        result = tokens.refresh_session(oauth_session.id, force=True)
    assert result.sentence == "⟦Refreshed. The session has new tokens.⟧"


def test_the_record_is_kept_in_english_and_read_in_any_language(
    user: User, upstream: RunningSimulator, brackets: str
) -> None:
    with override(brackets):
        sessions.create_session(
            owner=user, provider="simulator", auth_type="api_key", name="work", api_key=Secret(API_KEY)
        )
        entry = AuditEntry.objects.get()
        assert (entry.action, entry.detail, entry.what) == ("Added", "API key", "⟦Added⟧")


def test_the_history_of_the_admin_is_kept_in_english(
    staff: User, api_session: ProviderSession, brackets: str
) -> None:
    done = reverse("admin:sessions_app_providersession_do", args=[api_session.pk, "disable"])
    page = read_by(staff, brackets).post(done, follow=True).content.decode()
    assert "⟦“work_claude”: ⟦Switched off. Enable it to use it.⟧⟧" in page
    assert LogEntry.objects.get().change_message == "Disable: done."


def test_logs_are_in_english(
    oauth_session: ProviderSession, brackets: str, caplog: pytest.LogCaptureFixture
) -> None:
    with override(brackets):
        instance.hold("operator")
    assert "(an operator put it on hold)" in caplog.text
    assert "⟦" not in caplog.text
