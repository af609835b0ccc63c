"""Where an operator reads that sessions are on hold, and says which copy this is: admin and command."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.test import Client
from pytest_django import Settings

from sessions_app.models import Installation, ProviderSession
from sessions_app.services import instance

PAGE = "/admin/sessions_app/installation/"

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, settings: Settings) -> Path:
    settings.MAESTRO_DATA_DIR = tmp_path
    return tmp_path


@pytest.fixture
def held(oauth_session: ProviderSession) -> ProviderSession:
    instance.hold("restored")
    return oauth_session


def run(*arguments: str) -> str:
    out = io.StringIO()
    call_command("instance", *arguments, stdout=out)
    return out.getvalue()


def test_staff_read_it_on_every_page_and_owners_at_their_session(
    held: ProviderSession, staff: User, client: Client
) -> None:
    client.force_login(staff)
    for page in ("/sessions/", "/admin/", "/admin/sessions_app/providersession/"):
        assert "in the admin under Installations" in client.get(page).text
    client.force_login(held.owner)
    shown = client.get("/sessions/").text
    assert "manage.py instance" not in shown
    assert "On hold" in shown
    assert "This looks like a restored or copied database" in shown


@pytest.mark.parametrize(("decision", "status"), [("adopt", "active"), ("separate", "needs_login")])
def test_an_operator_decides_in_the_admin(
    held: ProviderSession, staff: User, client: Client, decision: str, status: str
) -> None:
    client.force_login(staff)
    assert "This is the only copy" in client.get(PAGE).text
    answer = client.post(f"{PAGE}decide/{decision}/", follow=True)
    assert "Confirmed" in answer.text
    assert "Nothing is on hold" in answer.text
    held.refresh_from_db()
    assert held.status == status
    assert "Nothing is on hold" in client.post(f"{PAGE}decide/{decision}/", follow=True).text


def test_a_link_decides_nothing(staff: User, client: Client) -> None:
    instance.hold("operator")
    client.force_login(staff)
    assert client.get(f"{PAGE}decide/adopt/").status_code == 404
    assert client.post(f"{PAGE}decide/forget/").status_code == 404
    assert instance.standing().is_held


def test_only_who_may_decide_can(user: User, client: Client) -> None:
    instance.hold("operator")
    user.is_staff = True
    user.save()
    client.force_login(user)
    assert client.get(PAGE).status_code == 403
    assert client.post(f"{PAGE}decide/adopt/").status_code == 403
    assert instance.standing().is_held
    client.logout()
    assert client.post(f"{PAGE}decide/adopt/").status_code == 302
    assert instance.standing().is_held


def test_the_command_says_that_nothing_is_on_hold() -> None:
    assert "Nothing is on hold" in run("status")
    assert json.loads(run("status", "--json"))["on_hold"] is False
    with pytest.raises(CommandError, match="Nothing is on hold"):
        run("adopt")


def test_the_command_holds_and_confirms(oauth_session: ProviderSession) -> None:
    assert "1 OAuth sessions" in run("hold")
    with pytest.raises(CommandError, match=r"manage\.py instance adopt"):
        run("status")
    assert "back at work: 1" in run("adopt")
    oauth_session.refresh_from_db()
    assert oauth_session.is_usable
    run("hold")
    assert "login of their own: 1" in run("separate")
    assert Installation.current().held_at is None
