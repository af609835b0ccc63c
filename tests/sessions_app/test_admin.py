"""The operator's pages: everything about sessions except their secrets."""

from __future__ import annotations

import html
import re

import pytest
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from sessions_app.models import PendingLogin, ProviderSession
from sessions_app.services.keys import DO_NOT_FIT
from tests.support.simulator import API_KEY, RunningSimulator

LIST = "admin:sessions_app_providersession_changelist"


@pytest.fixture
def operator(staff: User) -> Client:
    client = Client()
    client.force_login(staff)
    return client


def url(name: str, *args: object) -> str:
    return reverse(f"admin:sessions_app_providersession_{name}", args=args)


def test_the_list_shows_state_expiry_and_owner(
    operator: Client, oauth_session: ProviderSession, api_session: ProviderSession
) -> None:
    text = operator.get(reverse(LIST), {"q": "claude", "status": "active"}).content.decode()
    assert '<span class="state good">Works, 7 h left</span>' in text
    assert "olga" in text
    assert "work_claude" in text
    assert "personal_claude" not in operator.get(reverse(LIST), {"q": "work"}).content.decode()


def test_facts_are_read_only_with_the_history_below(operator: Client, oauth_session: ProviderSession) -> None:
    operator.post(url("do", oauth_session.pk, "refresh"))
    page = operator.get(url("change", oauth_session.pk)).content.decode()
    assert "Simulated Organization" in page
    assert "Refreshed" in page
    assert 'name="_save"' not in page
    assert "credentials" not in page.replace("delete the credentials", "")
    assert operator.post(url("change", oauth_session.pk), {"name": "x"}).status_code == 403


def test_adding_by_key(operator: Client, user: User, upstream: RunningSimulator) -> None:
    data = {"owner": user.pk, "provider": "simulator", "auth_type": "api_key", "name": "work"}
    page = operator.get(url("add")).content.decode()
    assert 'type="password"' in page
    page = operator.post(url("add"), data | {"api_key": "sk-sim-revoked-7"}).content.decode()
    assert "Nothing was stored" in page
    assert "sk-sim-revoked-7" not in page
    page = operator.post(url("add"), data | {"api_key": API_KEY}, follow=True).content.decode()
    assert "“work” was added. Works" in page
    assert ProviderSession.objects.get().owner == user


@pytest.mark.django_db(transaction=True)
def test_adding_by_oauth_with_the_link_and_one_text_box(
    operator: Client, user: User, upstream: RunningSimulator
) -> None:
    data = {"owner": user.pk, "provider": "simulator", "auth_type": "oauth", "name": "mine", "api_key": ""}
    answer = operator.post(url("add"), data, follow=True)
    shown, text = answer.context["page"], answer.content.decode()
    assert 'data-copy-target="login-link"' in text
    assert text.count('name="pasted"') == 1
    session = ProviderSession.objects.get()
    wrong = operator.post(url("login", session.pk), {"pasted": "bare-code", "link": shown.link})
    assert "is missing" in wrong.content.decode()
    pasted = upstream.approve(shown.start.url)
    done = operator.post(url("login", session.pk), {"pasted": pasted, "link": shown.link}, follow=True)
    assert "“mine” is connected" in done.content.decode()


def test_a_login_that_is_not_set_up_says_what_to_set(
    operator: Client, pending_session: ProviderSession, settings: Settings
) -> None:
    settings.MAESTRO_PROVIDERS = {"anthropic": {}}
    ProviderSession.objects.update(provider="anthropic")
    assert (
        "MAESTRO_ANTHROPIC_OAUTH_CLIENT_ID" in operator.get(url("login", pending_session.pk)).content.decode()
    )
    assert "MAESTRO_ANTHROPIC_OAUTH_CLIENT_ID" in operator.get(url("add")).content.decode()


def test_replacing_a_key(operator: Client, api_session: ProviderSession) -> None:
    page = operator.post(url("key", api_session.pk), {"api_key": "sk-sim-revoked-8"}).content.decode()
    assert "refuses these credentials" in page
    page = operator.post(
        url("key", api_session.pk), {"api_key": "sk-sim-new-9"}, follow=True
    ).content.decode()
    assert "new key works" in page


@pytest.mark.parametrize(
    ("action", "says"),
    [
        ("test", "answered in"),
        ("refresh", "new tokens"),
        ("disable", "Switched off"),
        ("enable", "Works"),
        ("revoke", "was told to forget"),
    ],
)
def test_actions_on_the_list_and_on_one(
    operator: Client, oauth_session: ProviderSession, action: str, says: str
) -> None:
    one = operator.post(url("do", oauth_session.pk, action), follow=True).content.decode()
    assert says in one
    chosen = {"action": f"{action}_selected", "_selected_action": [str(oauth_session.pk)]}
    listed = operator.post(reverse(LIST), chosen, follow=True).content.decode()
    assert oauth_session.name in listed


def test_actions_are_posts_and_known(operator: Client, api_session: ProviderSession) -> None:
    assert operator.get(url("do", api_session.pk, "revoke")).status_code == 404
    assert operator.post(url("do", api_session.pk, "dance")).status_code == 404
    api_session.refresh_from_db()
    assert api_session.status == "active"


def test_deleting_revokes(
    operator: Client, oauth_session: ProviderSession, api_session: ProviderSession, upstream: RunningSimulator
) -> None:
    operator.post(url("delete", oauth_session.pk), {"post": "yes"})
    chosen = {"action": "delete_selected", "_selected_action": [str(api_session.pk)], "post": "yes"}
    operator.post(reverse(LIST), chosen)
    assert not ProviderSession.objects.exists()
    assert upstream.state.calls["POST /v1/oauth/revoke"] == 1


def test_before_deleting_only_sessions_are_named(
    operator: Client, oauth_session: ProviderSession, api_session: ProviderSession
) -> None:
    one = operator.get(url("delete", oauth_session.pk)).content.decode()
    chosen = {"action": "delete_selected", "_selected_action": [str(oauth_session.pk), str(api_session.pk)]}
    both = operator.post(reverse(LIST), chosen).content.decode()
    assert "<li>Provider sessions: 1</li>" in one
    assert "<li>Provider sessions: 2</li>" in both
    for page in (one, both):
        assert not re.search("(?i)health|listed model", page)
        assert oauth_session.name in page


def test_history_has_fixed_sentences_only(operator: Client, api_session: ProviderSession) -> None:
    operator.post(url("key", api_session.pk), {"api_key": "sk-sim-new-9"})
    operator.post(url("do", api_session.pk, "test"))
    assert [entry.get_change_message() for entry in LogEntry.objects.order_by("id")] == [
        "Replaced the API key.",
        "Test: done.",
    ]


def test_staff_with_view_permission_may_only_look(api_session: ProviderSession, other_user: User) -> None:
    other_user.is_staff = True
    other_user.save()
    other_user.user_permissions.add(Permission.objects.get(codename="view_providersession"))
    client = Client()
    client.force_login(other_user)
    assert client.get(url("change", api_session.pk)).status_code == 200
    assert client.get(url("add")).status_code == 403
    for name in ("login", "key"):
        assert client.get(url(name, api_session.pk)).status_code == 403
    assert client.post(url("do", api_session.pk, "revoke")).status_code == 403


def test_pending_logins_are_not_for_people() -> None:
    assert PendingLogin not in admin.site._registry


def test_every_page_tells_the_operator_that_the_keys_do_not_fit(
    operator: Client, api_session: ProviderSession, settings: Settings
) -> None:
    pages = [reverse("admin:index"), reverse(LIST), url("change", api_session.pk)]
    assert all(DO_NOT_FIT not in operator.get(page).content.decode() for page in pages)
    # The login of this browser is signed with the keys too, and must live on.
    settings.SALT_KEY = ["another-salt"]
    for page in pages:
        assert DO_NOT_FIT in html.unescape(operator.get(page).content.decode())
    assert "Cannot be read" in operator.get(reverse(LIST)).content.decode()
    assert "server&#x27;s keys" not in Client().get(reverse("admin:login"), follow=True).content.decode()
