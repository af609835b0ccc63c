"""Planted secrets: through every path of the app, then looked for in everything that people can see."""

from __future__ import annotations

import io
import logging

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.core.management import call_command
from django.core.serializers import serialize
from django.db import connection
from django.test import Client
from django.urls import reverse

from providers.credentials import OAuthTokens, Secret
from sessions_app.document import unseal, unseal_verifier
from sessions_app.models import PendingLogin, ProviderSession
from sessions_app.services import login, sessions, tokens
from tests.support.simulator import RunningSimulator

CANARY_KEY = "sk-sim-canary-4711-key"


@pytest.fixture
def secrets(
    user: User, oauth_session: ProviderSession, upstream: RunningSimulator, caplog: pytest.LogCaptureFixture
) -> list[str]:
    """Everything secret that the paths of a login, a refresh and a key have touched by now."""
    caplog.set_level(logging.DEBUG)
    sessions.create_session(
        owner=user, provider="simulator", auth_type="api_key", name="keyed", api_key=Secret(CANARY_KEY)
    )
    start = login.begin_login(oauth_session, user=user)
    pending = PendingLogin.objects.filter(used_at=None).get()
    verifier = unseal_verifier(pending.state_hash, pending.verifier)
    pasted = upstream.approve(start.url)
    found = [CANARY_KEY, verifier, pasted, *pasted.split("#"), *_pair(oauth_session)]
    login.finish_login(oauth_session, user=user, pasted=pasted)
    found += _pair(oauth_session)
    tokens.refresh_session(oauth_session.id, force=True)
    upstream.set(token_fault="rate_limit")
    tokens.refresh_session(oauth_session.id, force=True)
    upstream.reset()
    return found + _pair(oauth_session)


def _pair(session: ProviderSession) -> list[str]:
    session.refresh_from_db()
    held = unseal(session.id, session.credentials)
    assert isinstance(held, OAuthTokens)
    assert held.refresh_token is not None
    return [held.access_token.reveal(), held.refresh_token.reveal()]


def assert_clean(text: str, secrets: list[str]) -> None:
    assert text
    assert [secret for secret in secrets if secret in text] == []


def test_not_in_the_database_file(secrets: list[str]) -> None:
    with connection.cursor() as cursor:
        for table in ("providersession", "pendinglogin", "refreshattempt", "auditentry", "refusedtoken"):
            cursor.execute(f"SELECT * FROM sessions_app_{table}")
            assert_clean(repr(cursor.fetchall()), secrets)


def test_not_in_dumps(secrets: list[str]) -> None:
    out = io.StringIO()
    call_command("dumpdata", "sessions_app", stdout=out)
    stored = list(ProviderSession.objects.all()) + list(PendingLogin.objects.all())
    assert_clean(out.getvalue() + serialize("xml", stored), secrets)
    assert "gAAAA" not in out.getvalue()


def test_not_in_reprs(secrets: list[str]) -> None:
    rows = [*ProviderSession.objects.all(), *PendingLogin.objects.all()]
    shown = [repr(vars(row)) + repr(row) for row in rows]
    access = tokens.access_for(ProviderSession.objects.get(name="keyed").id)
    assert_clean("".join(shown) + repr(access), secrets)


def test_not_in_logs(secrets: list[str], caplog: pytest.LogCaptureFixture) -> None:
    text = "\n".join(record.getMessage() for record in caplog.get_records("setup"))
    assert "refresh stored" in text
    assert_clean(text, secrets)


def test_not_in_pages(secrets: list[str], user: User, staff: User) -> None:
    owner, operator = Client(), Client()
    owner.force_login(user)
    operator.force_login(staff)
    text = owner.get(reverse("sessions:list")).content.decode()
    text += operator.get(reverse("admin:sessions_app_providersession_changelist")).content.decode()
    for session in ProviderSession.objects.all():
        for name in ("detail", "delete", "models"):
            text += owner.get(reverse(f"sessions:{name}", args=[session.id])).content.decode()
        for name in ("change", "history", "delete"):
            path = reverse(f"admin:sessions_app_providersession_{name}", args=[session.id])
            text += operator.get(path).content.decode()
        operator.post(reverse("admin:sessions_app_providersession_do", args=[session.id, "test"]))
    text += repr(list(LogEntry.objects.values()))
    assert_clean(text, secrets)
    assert "gAAAA" not in text


def test_not_echoed_by_forms(user: User, staff: User, upstream: RunningSimulator) -> None:
    owner, operator = Client(), Client()
    owner.force_login(user)
    operator.force_login(staff)
    data = {"provider": "simulator", "auth_type": "api_key", "name": "a/b", "api_key": CANARY_KEY}
    text = owner.post(reverse("sessions:add"), data).content.decode()
    text += operator.post(reverse("admin:sessions_app_providersession_add"), data).content.decode()
    assert_clean(text, [CANARY_KEY])
    assert 'autocomplete="off"' in text
