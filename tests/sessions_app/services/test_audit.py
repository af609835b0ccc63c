"""Who did what, from where: written by every door, changed by none."""

from __future__ import annotations

import io

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from providers.credentials import Secret
from sessions_app.models import AuditEntry, ProviderSession
from sessions_app.models.audit import AppendOnly
from sessions_app.services import audit, sessions, tokens
from tests.support.simulator import API_KEY, RunningSimulator

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


def actions() -> list[str]:
    return list(AuditEntry.objects.order_by("id").values_list("action", flat=True))


@pytest.fixture
def browser(user: User) -> Client:
    client = Client(headers={"user-agent": FIREFOX})
    client.force_login(user)
    return client


def test_every_change_by_page_is_on_record_with_its_place(
    browser: Client, user: User, upstream: RunningSimulator
) -> None:
    data = {"provider": "simulator", "auth_type": "api_key", "name": "work", "api_key": API_KEY}
    browser.post(reverse("sessions:add"), data)
    session = ProviderSession.objects.get()
    for name, form in (
        ("test", {}), ("rename", {"name": "home"}), ("defaults", {"default_model": "simulator-small"}),
        ("replace_key", {"api_key": API_KEY}), ("disable", {}), ("enable", {}), ("revoke", {}), ("delete", {}),
    ):  # fmt: skip
        browser.post(reverse(f"sessions:{name}", args=[session.id]), form)
    assert actions() == [
        audit.ADDED, audit.TESTED, audit.RENAMED, audit.DEFAULTS_CHANGED, audit.KEY_REPLACED, audit.DISABLED,
        audit.ENABLED, audit.DISCONNECTED, audit.DELETED,
    ]  # fmt: skip
    for entry in AuditEntry.objects.all():
        assert (entry.actor, entry.owner, entry.session_id) == (user, user, session.id)
        assert entry.place == "127.0.0.1, Firefox on Linux"
    assert AuditEntry.objects.get(action=audit.RENAMED).detail == "work → home"


def test_connecting_and_refreshing_by_hand_are_on_record(oauth_session: ProviderSession) -> None:
    tokens.refresh_session(oauth_session.id, force=True)
    tokens.refresh_session(oauth_session.id)  # nobody asked for this one
    assert actions() == [audit.ADDED, audit.CONNECTED, audit.REFRESHED]
    assert "person@simulator.test" in AuditEntry.objects.get(action=audit.CONNECTED).detail


def test_the_operator_is_named_and_the_owner_sees_it(
    api_session: ProviderSession, staff: User, browser: Client
) -> None:
    operator = Client()
    operator.force_login(staff)
    operator.post(reverse("admin:sessions_app_providersession_do", args=[api_session.pk, "disable"]))
    entry = AuditEntry.objects.get(action=audit.DISABLED)
    assert (entry.actor, entry.owner) == (staff, api_session.owner)
    for path in (reverse("sessions:activity"), reverse("sessions:detail", args=[api_session.id])):
        assert "root" in browser.get(path).content.decode()


def test_the_command_line_is_a_place(user: User, upstream: RunningSimulator) -> None:
    arguments = ("session", "add", "work", "--provider", "simulator", "--auth", "api_key")
    call_command(*arguments, stdout=io.StringIO(), stdin=io.StringIO(API_KEY))
    assert AuditEntry.objects.get().place == "command line"


def test_what_the_operator_says_of_a_copy_is_on_record(db: None) -> None:
    for decision, action in (("adopt", audit.ONLY_COPY), ("separate", audit.SEPARATE_COPY)):
        call_command("instance", "hold", stdout=io.StringIO())
        call_command("instance", decision, stdout=io.StringIO())
        entry = AuditEntry.objects.get(action=action)
        assert (entry.place, entry.session_id, entry.owner) == ("command line", None, None)


def test_a_failed_test_is_on_record_as_failed(
    api_session: ProviderSession, upstream: RunningSimulator
) -> None:
    upstream.set(fault="overloaded")
    sessions.test_session(api_session)
    assert AuditEntry.objects.get(action=audit.TESTED).detail == "It does not work."


def test_what_was_refused_is_not_on_record(api_session: ProviderSession) -> None:
    other = sessions.create_session(
        owner=api_session.owner, provider="simulator", auth_type="oauth", name="b"
    )
    with pytest.raises(sessions.NameTaken):
        sessions.rename_session(other, api_session.name)
    assert other.name == "b"
    assert audit.RENAMED not in actions()


def test_the_record_cannot_be_changed(api_session: ProviderSession) -> None:
    entry = AuditEntry.objects.get()
    for change in (
        entry.save, entry.delete, AuditEntry.objects.all().delete,
        lambda: AuditEntry.objects.update(action="x"),
    ):  # fmt: skip
        with pytest.raises(AppendOnly):
            change()
    assert actions() == [audit.ADDED]


def test_the_record_outlives_users_and_sessions(api_session: ProviderSession) -> None:
    api_session.owner.delete()
    entry = AuditEntry.objects.get()
    assert (entry.owner, entry.owner_name, entry.session_name) == (None, "olga", "work_claude")


def test_the_admin_only_reads_it(api_session: ProviderSession, staff: User) -> None:
    operator, entry = Client(), AuditEntry.objects.get()
    operator.force_login(staff)
    page = operator.get(reverse("admin:sessions_app_auditentry_changelist")).content.decode()
    assert "work_claude" in page
    assert operator.get(reverse("admin:sessions_app_auditentry_change", args=[entry.pk])).status_code == 200
    assert operator.get(reverse("admin:sessions_app_auditentry_add")).status_code == 403
    assert operator.post(reverse("admin:sessions_app_auditentry_delete", args=[entry.pk])).status_code == 403
    operator.post(
        reverse("admin:sessions_app_auditentry_changelist"),
        {"action": "delete_selected", "_selected_action": entry.pk, "post": "yes"},
    )
    assert actions() == [audit.ADDED]


def test_the_page_shows_only_the_users_own(
    api_session: ProviderSession, browser: Client, other_user: User
) -> None:
    foreign = Client()
    foreign.force_login(other_user)
    path = reverse("sessions:activity")
    assert "work_claude" in browser.get(path, {"session": str(api_session.id)}).content.decode()
    assert "work_claude" not in foreign.get(path).content.decode()
    assert foreign.get(path, {"session": str(api_session.id)}).status_code == 404
    assert browser.get(path, {"session": "nonsense"}).status_code == 404
    assert browser.get(path, {"page": "nonsense"}).status_code == 200


def test_only_the_first_use_from_a_place_is_on_record(
    api_session: ProviderSession, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    user = api_session.owner
    audit.note_use(api_session, user=user, place="10.0.0.1, Safari on iPhone")
    with django_assert_num_queries(1):
        audit.note_use(api_session, user=user, place="10.0.0.1, Safari on iPhone")
    with django_assert_num_queries(0):
        audit.note_use(api_session, user=user, place="")
    audit.note_use(api_session, user=user, place="10.0.0.2, Safari on iPhone")
    assert actions() == [audit.ADDED, audit.NEW_PLACE, audit.NEW_PLACE]


def test_no_secret_is_on_record(user: User, upstream: RunningSimulator, browser: Client) -> None:
    canary = "sk-sim-canary-0815-key"
    made = sessions.create_session(
        owner=user, provider="simulator", auth_type="api_key", name="keyed", api_key=Secret(canary)
    )
    sessions.replace_api_key(made, Secret(canary))
    browser.post(reverse("sessions:replace_key", args=[made.id]), {"api_key": f"{canary} x"})
    browser.post(reverse("sessions:replace_key", args=[made.id]), {"api_key": "sk-sim-revoked-canary-0815"})
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM sessions_app_auditentry")
        assert "0815" not in repr(cursor.fetchall())
