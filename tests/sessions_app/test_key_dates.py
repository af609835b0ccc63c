"""The last day of an API key: entered at every door, shown, and only a warning."""

from __future__ import annotations

import io
import json
from datetime import date, timedelta

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from sessions_app import words
from sessions_app.errors import InvalidDate
from sessions_app.models import ProviderSession
from sessions_app.services import key_dates, sessions, tokens
from tests.support.simulator import API_KEY, RunningSimulator


@pytest.fixture
def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def in_days(days: int) -> str:
    return str(timezone.localdate() + timedelta(days=days))


@pytest.mark.parametrize(
    ("days", "sentence"),
    [
        (13, "Key expires in 13 days"),
        (2, "Key expires in 2 days"),
        (1, "Key expires tomorrow"),
        (0, "Key expires today"),
        (-1, "Key expired on 2025-12-31 by its date; it is used until the provider refuses it"),
    ],
)
def test_the_date_in_words(days: int, sentence: str) -> None:
    today = date(2026, 1, 1)
    assert words.key_sentence(today + timedelta(days=days), today=today) == sentence
    beside_its_name = words.key_date_sentence(today + timedelta(days=days), today=today)
    assert beside_its_name == sentence.removeprefix("Key ").capitalize()


def test_it_is_entered_when_a_key_is_added_and_replaced(browser: Client, upstream: RunningSimulator) -> None:
    data = {"provider": "simulator", "auth_type": "api_key", "name": "work", "api_key": API_KEY}
    page = browser.post(reverse("sessions:add"), data | {"key_expires_at": in_days(-1)}).content.decode()
    assert "is over. Enter the last day" in page
    assert not ProviderSession.objects.exists()
    browser.post(reverse("sessions:add"), data | {"key_expires_at": in_days(13)})
    session = ProviderSession.objects.get()
    assert session.state_sentence == "Works. Key expires in 13 days"
    assert session.state_level == "warn"
    path = reverse("sessions:replace_key", args=[session.id])
    assert (
        "is over" in browser.post(path, {"api_key": API_KEY, "key_expires_at": in_days(-1)}).content.decode()
    )
    browser.post(path, {"api_key": API_KEY})
    session.refresh_from_db()
    assert (session.key_expires_at, session.state_sentence) == (None, "Works")


def test_it_is_changed_and_forgotten_on_the_page_of_the_session(
    browser: Client, api_session: ProviderSession
) -> None:
    path = reverse("sessions:key_date", args=[api_session.id])
    ProviderSession.objects.update(key_warned_days=3)
    assert (
        "Key expires in 90 days."
        in browser.post(path, {"key_expires_at": in_days(90)}, follow=True).content.decode()
    )
    api_session.refresh_from_db()
    assert api_session.key_warned_days is None
    assert (api_session.state_sentence, api_session.state_level) == ("Works", "good")
    assert "Expires in 90 days" in browser.get(reverse("sessions:list")).content.decode()
    for wrong in (in_days(-1), "soon", "2026-02-30"):
        browser.post(path, {"key_expires_at": wrong})
        api_session.refresh_from_db()
        assert str(api_session.key_expires_at) == in_days(90)
    assert "no date now" in browser.post(path, {}, follow=True).content.decode()


def test_a_key_whose_day_has_passed_is_used_on(api_session: ProviderSession) -> None:
    ProviderSession.objects.update(key_expires_at=in_days(-5))
    api_session.refresh_from_db()
    assert "it is used until the provider refuses it" in api_session.state_sentence
    assert api_session.is_usable
    assert sessions.test_session(api_session).ok
    assert tokens.access_for(api_session.id).cred_version == 1


def test_an_oauth_session_has_no_key(pending_session: ProviderSession) -> None:
    with pytest.raises(InvalidDate, match="no API key"):
        key_dates.set_key_date(pending_session, None)


def test_the_admin_takes_it_too(staff: User, user: User, upstream: RunningSimulator) -> None:
    operator = Client()
    operator.force_login(staff)
    data = {
        "owner": user.pk,
        "provider": "simulator",
        "auth_type": "api_key",
        "name": "w",
        "api_key": API_KEY,
    }
    operator.post(reverse("admin:sessions_app_providersession_add"), data | {"key_expires_at": in_days(20)})
    session = ProviderSession.objects.get()
    assert str(session.key_expires_at) == in_days(20)
    path = reverse("admin:sessions_app_providersession_key", args=[session.id])
    operator.post(path, {"api_key": API_KEY, "key_expires_at": in_days(30)})
    session.refresh_from_db()
    assert str(session.key_expires_at) == in_days(30)


def test_the_command_line_takes_it_too(user: User, upstream: RunningSimulator) -> None:
    base = ("session", "add", "work", "--provider", "simulator", "--auth", "api_key", "--key-expires")
    with pytest.raises(CommandError, match="YYYY-MM-DD"):
        call_command(*base, "soon", stdin=io.StringIO(API_KEY))
    call_command(*base, in_days(13), stdout=io.StringIO(), stdin=io.StringIO(API_KEY))
    out = io.StringIO()
    call_command("session", "show", "work", stdout=out)
    assert f"Key expires in 13 days ({in_days(13)})" in out.getvalue()
    out = io.StringIO()
    call_command("session", "show", "work", "--json", stdout=out)
    assert json.loads(out.getvalue())["key_expires_at"] == in_days(13)
