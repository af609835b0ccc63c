"""`manage.py session`: what it prints, what it reads, how it exits."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Callable

import pytest
from django.conf import settings as django_settings
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command

from sessions_app.models import ProviderSession
from tests.support.simulator import API_KEY, RunningSimulator


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def session(*arguments: str, stdin: str = "") -> str:
    out = io.StringIO()
    call_command("session", *arguments, stdout=out, stderr=io.StringIO(), stdin=io.StringIO(stdin))
    return out.getvalue()


def failure(*arguments: str, stdin: str = "") -> CommandError:
    with pytest.raises(CommandError) as caught:
        session(*arguments, stdin=stdin)
    return caught.value


def add(name: str, auth: str, *more: str, stdin: str = "") -> str:
    return session("add", name, "--provider", "simulator", "--auth", auth, *more, stdin=stdin)


def test_the_life_of_a_key_session(user: User, upstream: RunningSimulator) -> None:
    assert "No sessions yet" in session("list")
    assert add("work", "api_key", stdin=f"{API_KEY}\n") == "Added work. Works\n"
    assert "work" in session("list")
    assert "Simulator, API key" in session("show", "work")
    assert "answered in" in session("test", "work")
    assert "simulator-large" in session("models", "work")
    assert "now called home" in session("rename", "work", "home")
    assert "nothing to refresh" in str(failure("refresh", "home"))
    assert "deleted" in session("remove", "home")
    assert not ProviderSession.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_the_life_of_an_oauth_session(user: User, upstream: RunningSimulator) -> None:
    assert "manage.py session login" in add("mine", "oauth")
    out = io.StringIO()

    class Person(io.StringIO):
        """Reads the link off the screen, and pastes what the provider shows."""

        def readline(self, size: int | None = -1, /) -> str:  # type: ignore[override]
            return upstream.approve(out.getvalue().strip()) + "\n"

    call_command("session", "login", "mine", stdout=out, stderr=io.StringIO(), stdin=Person())
    first, last = out.getvalue().strip().split("\n")
    assert first.startswith(f"{upstream.url}/oauth/authorize?")
    assert last.startswith("mine is connected. Works")
    assert "new tokens" in session("refresh", "mine")
    shown = session("show", "mine")
    assert "person@simulator.test" in shown
    assert "next refresh" in shown
    session("remove", "mine", "--yes")
    assert upstream.state.calls["POST /v1/oauth/revoke"] == 1


def test_json_has_the_facts_and_no_secret(user: User, upstream: RunningSimulator) -> None:
    added = json.loads(add("work", "api_key", "--json", stdin=API_KEY))
    assert (added["name"], added["status"], added["owner"]) == ("work", "active", "olga")
    assert json.loads(session("list", "--json")) == [json.loads(session("show", "work", "--json"))]
    assert json.loads(session("test", "work", "--json"))["ok"] is True
    assert json.loads(session("models", "work", "--json"))[0]["id"] == "simulator-large"
    assert json.loads(session("rename", "work", "w", "--json"))["name"] == "w"
    assert json.loads(session("remove", "w", "--yes", "--json")) == {"removed": "w"}
    assert API_KEY not in json.dumps(added)


def test_a_key_from_the_environment(
    user: User, upstream: RunningSimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MY_KEY", API_KEY)
    assert "Works" in add("work", "api_key", "--key-env", "MY_KEY")
    error = failure("add", "b", "--provider", "simulator", "--auth", "api_key", "--key-env", "ABSENT_KEY")
    assert "ABSENT_KEY is empty or not set" in str(error)
    assert error.returncode == 2


def test_a_key_from_a_prompt_is_not_echoed(
    user: User, upstream: RunningSimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("getpass.getpass", lambda prompt: API_KEY)
    out = io.StringIO()
    arguments = ("add", "work", "--provider", "simulator", "--auth", "api_key")
    call_command("session", *arguments, stdout=out, stdin=Terminal())
    assert "Works" in out.getvalue()
    assert API_KEY not in out.getvalue()


def test_a_person_at_a_terminal_is_asked_before_a_session_is_removed(api_session: ProviderSession) -> None:
    for answer in ("no\n", ""):
        with pytest.raises(CommandError, match="Nothing was deleted"):
            call_command("session", "remove", api_session.name, stderr=io.StringIO(), stdin=Terminal(answer))
    out, typed = io.StringIO(), Terminal(f"{api_session.name}\n")
    call_command("session", "remove", api_session.name, stdout=out, stderr=io.StringIO(), stdin=typed)
    assert not ProviderSession.objects.exists()


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: failure("show", "nothing"), "has no session “nothing”. There are: work."),
        (lambda: failure("show", "work", "--owner", "nobody"), "no user “nobody”"),
        (lambda: failure("add", "work", "--provider", "simulator", "--auth", "oauth"), "already have"),
        (lambda: failure("add", "x", "--provider", "no", "--auth", "oauth"), "has no provider “no”"),
        (lambda: failure("add", "x/y", "--provider", "simulator", "--auth", "oauth"), "letters, digits"),
        (lambda: failure("add", "x", "--provider", "simulator", "--auth", "api_key"), "Paste the API key"),
        (lambda: failure("login", "work"), "uses an API key"),
    ],
)
def test_what_goes_wrong_is_said(
    api_session: ProviderSession, make: Callable[[], CommandError], says: str
) -> None:
    api_session.name = "work"
    api_session.save()
    assert says in str(make())
    assert ProviderSession.objects.filter(name="work").exists()


def test_a_failed_test_is_an_error_also_as_json(
    api_session: ProviderSession, upstream: RunningSimulator
) -> None:
    upstream.set(fault="overloaded")
    assert "not able to answer" in str(failure("test", api_session.name))
    out = io.StringIO()
    with pytest.raises(CommandError):
        call_command("session", "test", api_session.name, "--json", stdout=out)
    assert json.loads(out.getvalue())["ok"] is False


def test_whose_session_is_asked_only_where_it_is_unclear(
    api_session: ProviderSession, other_user: User
) -> None:
    error = failure("list")
    assert "--owner USERNAME" in str(error)
    assert error.returncode == 2
    assert api_session.name in session("list", "--owner", "olga")
    assert "No sessions yet" in session("list", "--owner", "peter")


def test_without_any_user(transactional_db: None) -> None:
    assert "no user yet" in str(failure("list"))


@pytest.mark.parametrize("arguments", [[], ["dance"], ["add", "x"], ["show"]])
def test_wrong_arguments_are_refused(arguments: list[str]) -> None:
    failure(*arguments)


def test_wrong_arguments_exit_with_2() -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", "session", "dance"],
        cwd=django_settings.BASE_DIR,
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "tests.settings"},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 2
    assert b"dance" in done.stderr
