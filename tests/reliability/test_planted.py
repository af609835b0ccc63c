"""What was planted is found nowhere: codes, verifiers, keys and tokens of logins and refreshes that went well or wrong
are not in the database, dumps, logs, journal, tracebacks or pages. (Redis and Celery's messages: test_celery.py)
"""

from __future__ import annotations

import io
import logging
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.core.management import call_command
from django.db import OperationalError, connection
from django.test import Client, RequestFactory
from django.urls import reverse
from django.views.debug import get_exception_reporter_class
from pytest_django import Settings

from providers.credentials import Secret
from sessions_app import faults
from sessions_app.document import unseal_verifier
from sessions_app.errors import KeyRejected, LoginProblem
from sessions_app.models import PendingLogin, ProviderSession
from sessions_app.services import login, rescue, sessions, tokens
from sessions_app.services.refresh import Pace
from tests.reliability.figures import record
from tests.reliability.world import World

QUICK = Pace(sleep=lambda _: None)


class Planted(RuntimeError):
    """Raised where tokens lie in the local variables of every frame below."""


def fail() -> None:
    raise Planted("planted")


def away() -> None:
    raise OperationalError("the database is away")


def _tables() -> str:
    with connection.cursor() as cursor:
        names = connection.introspection.table_names(cursor)
        return "".join(_rows(cursor, name) for name in names)


def _rows(cursor: Any, name: str) -> str:
    cursor.execute(f'SELECT * FROM "{name}"')
    return repr(cursor.fetchall())


def _traceback(point: str, session: ProviderSession) -> str:
    """What an error page and an error mail would show, for a failure at `point`."""
    request = RequestFactory().get("/")
    with faults.plant(point, fail):
        try:
            tokens.refresh.run(session, cause="forced", pace=QUICK)
        except Planted:
            reporter = get_exception_reporter_class(request)(request, *sys.exc_info())
            return reporter.get_traceback_html() + reporter.get_traceback_text()
    raise AssertionError("the fault did not happen")


@pytest.mark.parametrize("debug", [False, True], ids=["production", "debug"])
def test_a_planted_token_is_found_nowhere(
    world: World, settings: Settings, caplog: pytest.LogCaptureFixture, debug: bool
) -> None:
    settings.DEBUG = debug
    world.upstream.set(grace=60)
    found = {}
    with caplog.at_level(logging.DEBUG):
        session, given = _log_in(world)
        key = _try_keys(world)
        planted = [_secrets(world, session)]
        for point in (
            "refresh.after_claim",
            "refresh.after_mark",
            "refresh.after_answer",
            "refresh.before_save",
        ):
            found[f"traceback at {point}"] = _traceback(point, ProviderSession.objects.get(id=session))
            ProviderSession.objects.update(lease_owner=None, lease_until=None, lease_sent_at=None)
        tokens.refresh_session(session, force=True)
        planted.append(_secrets(world, session))
        with faults.plant("refresh.before_save", away):
            tokens.refresh_session(session, force=True, pace=QUICK)
        found["journal"] = Path(rescue.journal().path).read_text()
        tokens.refresh_due(pace=QUICK)
        planted.append(_secrets(world, session))
        world.upstream.set(token_fault="invalid_grant")
        tokens.refresh_session(session, force=True, pace=QUICK)
    found["log"] = caplog.text
    found["database"] = _tables()
    out = io.StringIO()
    call_command("dumpdata", stdout=out)
    found["dump"] = out.getvalue()
    found["pages"] = _pages(world, session)
    secrets = {secret for pair in planted for secret in pair} | given | key
    assert len(secrets) == 6 + 6 + 2
    hits = [
        (place, text.find(secret)) for place, text in found.items() for secret in secrets if secret in text
    ]
    assert hits == []
    assert all(found.values())
    record("planted secrets: database, dump, log, journal, tracebacks, pages, admin", "0 hits", fast=False)


def _log_in(world: World) -> tuple[UUID, set[str]]:
    """A session by two logins that fail, one without an answer and one with, and one that works; codes and verifiers."""
    session = sessions.create_session(
        owner=world.owner, provider="simulator", auth_type="oauth", name="planted"
    )
    given = set[str]()
    for fault in ("hang_up_after", "invalid_grant", ""):
        start = login.begin_login(session, user=world.owner)
        pending = PendingLogin.objects.get(used_at=None)
        pasted = world.upstream.approve(start.url)
        given |= {pasted.partition("#")[0], unseal_verifier(pending.state_hash, pending.verifier)}
        world.upstream.set(token_fault=fault)
        with suppress(LoginProblem):
            login.finish_login(session, user=world.owner, pasted=pasted)
    return session.id, given


def _try_keys(world: World) -> set[str]:
    """A key that is refused, and one that is stored; both."""
    refused, taken = "sk-sim-revoked-planted-4711", "sk-sim-planted-0815"
    for key in (refused, taken):
        with suppress(KeyRejected):
            sessions.create_session(
                owner=world.owner,
                provider="simulator",
                auth_type="api_key",
                name="keyed",
                api_key=Secret(key),
            )
    assert ProviderSession.objects.filter(name="keyed", status="active").exists()
    return {refused, taken}


def _secrets(world: World, session: UUID) -> list[str]:
    held = world.tokens_of(session)
    assert held.refresh_token is not None
    return [held.access_token.reveal(), held.refresh_token.reveal()]


def _pages(world: World, session: UUID) -> str:
    world.owner.is_staff = world.owner.is_superuser = True
    world.owner.save()
    browser = Client()
    browser.force_login(world.owner)
    paths = [
        reverse("sessions:list"),
        reverse("sessions:detail", args=[session]),
        reverse("admin:sessions_app_providersession_changelist"),
        reverse("admin:sessions_app_providersession_change", args=[session]),
    ]
    return "".join(browser.get(path, follow=True).content.decode() for path in paths)
