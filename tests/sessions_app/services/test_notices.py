"""Owners hear of what their sessions cannot do alone: on every page, and once by mail for each change."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.core import mail
from django.core.mail import EmailMessage
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from sessions_app.models import Installation, ProviderSession
from sessions_app.services import notices, sessions, sweep
from tests.sessions_app.services.test_refresh import log_in_again
from tests.support.simulator import RunningSimulator
from tests.support.waiting import wait_until

LOCMEM = "django.core.mail.backends.locmem.EmailBackend"


@pytest.fixture
def owner(user: User) -> User:
    User.objects.filter(pk=user.pk).update(email="olga@example.org")
    user.refresh_from_db()
    return user


@pytest.fixture
def session(owner: User) -> ProviderSession:
    return ProviderSession.objects.create(owner=owner, provider="simulator", auth_type="oauth", name="home")


def mark(session: ProviderSession, status: str = "needs_login", reason: str = "invalid_grant") -> None:
    ProviderSession.objects.filter(id=session.id).update(status=status, status_reason=reason)


def written() -> list[EmailMessage]:
    """The mails of one sweep."""
    mails: list[EmailMessage] = []

    def take(found: Sequence[EmailMessage]) -> None:
        mails.extend(found)

    notices.write_to_owners(now=timezone.now(), deliver=take)
    return mails


def test_the_owner_gets_one_mail_for_one_change(session: ProviderSession, settings: Settings) -> None:
    settings.CSRF_TRUSTED_ORIGINS = ["https://*.example.org", "https://maestro.example"]
    mark(session)
    (found,) = written()
    assert (found.to, found.subject) == (["olga@example.org"], "home needs login")
    assert "the provider refused the refresh token" in found.body
    assert f"https://maestro.example/sessions/{session.id}/" in found.body
    assert written() == []


def test_of_two_workers_with_the_same_news_one_writes(owner: User, session: ProviderSession) -> None:
    other = ProviderSession.objects.create(owner=owner, provider="simulator", auth_type="oauth", name="work")
    mark(session)
    mark(other)
    first, second = notices._login_mails(), notices._login_mails()
    mails = [next(first)]  # it has read both sessions by now, and written about one
    mails += [*second, *first]
    assert sorted(one.subject for one in mails) == ["home needs login", "work needs login"]


def test_another_reason_another_login_or_a_relapse_is_news(session: ProviderSession) -> None:
    mark(session)
    assert len(written()) == 1
    mark(session, reason="lost_response")
    assert len(written()) == 1
    ProviderSession.objects.filter(id=session.id).update(cred_version=5)
    assert len(written()) == 1
    ProviderSession.objects.filter(id=session.id).update(
        status="active", status_reason="", credentials="x", refresh_at=timezone.now()
    )
    assert written() == []
    mark(session, reason="lost_response")
    assert len(written()) == 1


@pytest.mark.parametrize(
    ("status", "reason"),
    [("needs_login", "revoked"), ("pending", ""), ("disabled", "user"), ("key_error", "wrong_key")],
)
def test_what_a_person_did_or_the_operator_must_mend_is_not_mailed(
    session: ProviderSession, status: str, reason: str
) -> None:
    mark(session, status, reason)
    assert written() == []


@pytest.mark.parametrize("change", [{"email": ""}, {"is_active": False}])
def test_without_an_address_there_is_no_mail(session: ProviderSession, change: dict[str, object]) -> None:
    User.objects.update(**change)
    mark(session)
    assert written() == []


def test_without_mail_set_up_nothing_is_written_and_nothing_marked(
    session: ProviderSession, settings: Settings, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
    mark(session)
    with django_assert_num_queries(0):
        assert written() == []
    settings.EMAIL_BACKEND = LOCMEM
    assert len(written()) == 1


@pytest.mark.django_db(transaction=True)
def test_the_sweep_sends_them(session: ProviderSession) -> None:
    mark(session)
    sweep.sweep(by="serve")
    wait_until(lambda: mail.outbox)
    assert [one.subject for one in mail.outbox] == ["home needs login"]


def test_mail_that_fails_is_logged_and_ends_nothing(
    session: ProviderSession, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    mark(session)
    with caplog.at_level(logging.ERROR):
        notices.write_to_owners(now=timezone.now(), deliver=notices.deliver_now)
    assert "to olga@example.org was not sent" in caplog.text


def test_a_refused_key_asks_for_a_new_one(owner: User, api_session: ProviderSession) -> None:
    mark(api_session, reason="key_rejected")
    (found,) = written()
    assert found.subject == "work_claude needs a new key"


def test_a_key_that_ends_is_warned_of_14_and_3_days_before_once_each(
    owner: User, api_session: ProviderSession
) -> None:
    today = timezone.localdate()
    sent = []
    for days in (15, 14, 13, 4, 3, 2, 0, -1):
        ProviderSession.objects.filter(id=api_session.id).update(key_expires_at=today + timedelta(days=days))
        sent += [(days, one.subject) for one in written()]
    assert sent == [(14, "work_claude: the API key ends soon"), (3, "work_claude: the API key ends soon")]


def test_every_page_says_what_needs_its_reader(
    api_session: ProviderSession, other_user: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client, foreign = Client(), Client()
    client.force_login(api_session.owner)
    foreign.force_login(other_user)
    pages = [reverse("chat:home"), reverse("sessions:add"), reverse("password_change"), "/nothing-here/"]
    assert all('class="attention"' not in client.get(page).content.decode() for page in pages)
    mark(api_session, reason="key_rejected")
    assert (
        'class="attention"' not in client.get(reverse("sessions:list")).content.decode()
    )  # each card says it
    for page in pages:
        text = client.get(page).content.decode()
        assert "no longer accepts the key" in text, page
        assert reverse("sessions:replace_key", args=[api_session.id]) in text
        assert 'class="attention"' not in foreign.get(page).content.decode()
    with django_assert_num_queries(1):
        assert len(notices.attention_of(api_session.owner).sessions) == 1


def test_the_page_of_the_session_itself_does_not_say_it_twice(api_session: ProviderSession) -> None:
    client = Client()
    client.force_login(api_session.owner)
    mark(api_session, reason="key_rejected")
    for name in ("detail", "replace_key"):
        page = client.get(reverse(f"sessions:{name}", args=[api_session.id]))
        assert 'class="attention"' not in page.content.decode()


def test_several_sessions_share_one_banner(owner: User) -> None:
    for name in "abcd":
        one = ProviderSession.objects.create(
            owner=owner, provider="simulator", auth_type="oauth", name=f"session_{name}"
        )
        mark(one)
    client = Client()
    client.force_login(owner)
    text = client.get(reverse("chat:home")).content.decode()
    assert "4 sessions need you" in text
    assert "and more" in text


def test_what_a_person_disconnected_is_no_banner(api_session: ProviderSession) -> None:
    sessions.revoke_session(api_session)
    assert notices.attention_of(api_session.owner).sessions == ()


def test_the_admin_names_the_sessions_that_wait(
    session: ProviderSession, api_session: ProviderSession, staff: User
) -> None:
    client = Client()
    client.force_login(staff)
    assert notices.summary() == ""
    mark(session)
    assert notices.summary() == "1 session needs a login: home (olga)."
    mark(api_session)
    text = client.get(reverse("admin:index")).content.decode()
    assert "2 sessions need a login: home (olga), work_claude (olga)." in text
    assert "need a login" not in client.get(reverse("chat:home")).content.decode()


def test_staff_see_on_every_page_that_the_background_does_not_run(staff: User, user: User) -> None:
    Installation.current()
    Installation.objects.update(last_sweep_at=timezone.now() - timedelta(minutes=9))
    for who, is_told in ((staff, True), (user, False)):
        client = Client()
        client.force_login(who)
        text = client.get(reverse("chat:home")).content.decode()
        assert ("keeps sessions alive does not run" in text) is is_told


@pytest.mark.django_db(transaction=True)
def test_reconnecting_keeps_id_and_name_and_ends_the_banner(
    oauth_session: ProviderSession, upstream: RunningSimulator
) -> None:
    mark(oauth_session)
    before = (oauth_session.id, oauth_session.name, oauth_session.color)
    log_in_again(oauth_session, upstream)
    oauth_session.refresh_from_db()
    assert (oauth_session.id, oauth_session.name, oauth_session.color) == before
    assert oauth_session.status == "active"
    assert notices.attention_of(oauth_session.owner).sessions == ()


def test_sessions_that_the_servers_keys_do_not_open_are_told_as_that(
    api_session: ProviderSession, settings: Settings
) -> None:
    settings.SALT_KEY = ["another-salt"]
    found = notices.attention_of(api_session.owner)
    assert (found.sessions, found.level) == ((api_session,), "bad")
    assert "Cannot be read" in found.sessions[0].state_sentence


@pytest.mark.parametrize(
    ("status", "reason", "said"),
    [
        ("needs_login", "lost_response", "Needs login: the provider's answer to a refresh was lost."),
        ("quarantined", "restored_copy", "The operator must confirm that this is the only copy."),
        ("key_error", "wrong_key", "Ask the operator to check the keys."),
    ],
)
def test_the_headline_says_who_can_help_where_no_button_does(
    session: ProviderSession, status: str, reason: str, said: str
) -> None:
    mark(session, status, reason)
    assert notices.attention_of(session.owner).headline.endswith(said)
