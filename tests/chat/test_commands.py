"""`ask` and `e2e`, in this process and once as a program."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import connection
from pytest_django import Settings

from sessions_app.models import ProviderSession
from sessions_app.services import login, sessions
from tests.support.simulator import RunningSimulator

pytestmark = pytest.mark.django_db(transaction=True)
QUESTION = "What is the capital of France?"


def run(*arguments: str, **options: Any) -> tuple[str, str]:
    out, err = StringIO(), StringIO()
    call_command(*arguments, stdout=out, stderr=err, **options)
    return out.getvalue(), err.getvalue()


def failing(*arguments: str, **options: Any) -> CommandError:
    with pytest.raises(CommandError) as caught:
        run(*arguments, **options)
    return caught.value


@pytest.fixture
def oauth_session(owner: User, upstream: RunningSimulator) -> ProviderSession:
    new = sessions.create_session(
        owner=owner,
        provider="simulator",
        auth_type="oauth",
        name="work_claude",
        default_model="simulator-small",
    )
    link = login.begin_login(new, user=owner)
    return login.finish_login(new, user=owner, pasted=upstream.approve(link.url))


def test_ask_streams_the_text(session: ProviderSession) -> None:
    out, err = run("ask", session.name, QUESTION)
    assert "Paris" in out
    assert err == ""


def test_ask_json_prints_one_typed_object_a_line(session: ProviderSession) -> None:
    out, _ = run("ask", session.name, QUESTION, json=True)
    events = [json.loads(line) for line in out.splitlines()]
    assert "Paris" in "".join(event["text"] for event in events if event["type"] == "text_delta")
    assert events[-1]["type"] == "completed"


def test_ask_json_announces_another_try(session: ProviderSession, upstream: RunningSimulator) -> None:
    upstream.set(fault="rate_limit", retry_after=0.01, first=1)
    out, _ = run("ask", session.name, QUESTION, json=True)
    assert "retrying" in [json.loads(line)["type"] for line in out.splitlines()]


def test_ask_sends_the_system_prompt_and_the_model(
    session: ProviderSession, upstream: RunningSimulator
) -> None:
    run("ask", session.name, QUESTION, system="Be brief.", model="simulator-small")
    body = json.loads(upstream.state.requests[-1].body)
    assert (body["model"], body["system"]) == ("simulator-small", "Be brief.")


def test_ask_fails_with_the_sentence_of_the_provider(
    session: ProviderSession, upstream: RunningSimulator
) -> None:
    upstream.set(fault="billing")
    error = failing("ask", session.name, QUESTION)
    assert error.returncode == 1
    assert "billing" in str(error)


def test_ask_says_when_the_text_is_not_the_whole_answer(
    session: ProviderSession, upstream: RunningSimulator
) -> None:
    upstream.set(fault="cut", after=4)
    assert failing("ask", session.name, QUESTION).returncode == 3


def test_ask_counts_an_answer_out_of_tokens_as_incomplete(
    session: ProviderSession, upstream: RunningSimulator
) -> None:
    upstream.set(stop="max_tokens")
    error = failing("ask", session.name, QUESTION)
    assert error.returncode == 3
    assert "max_tokens" in str(error)


def test_ask_names_the_sessions_there_are(session: ProviderSession) -> None:
    error = failing("ask", "nobody", QUESTION)
    assert error.returncode == 2
    assert session.name in str(error)


def test_ask_wants_to_know_whose_session_when_there_are_two_users(
    session: ProviderSession, stranger: User
) -> None:
    assert "--owner" in str(failing("ask", session.name, QUESTION))
    assert "no user" in str(failing("ask", session.name, QUESTION, owner="nobody"))
    assert "Paris" in run("ask", session.name, QUESTION, owner="owner")[0]
    assert failing("ask", session.name, QUESTION, owner="stranger").returncode == 2


@pytest.mark.parametrize("prompt", [" ", "é" * 6, "\udcff"])
def test_ask_refuses_a_prompt_that_is_empty_too_long_or_not_text(
    session: ProviderSession, upstream: RunningSimulator, settings: Settings, prompt: str
) -> None:
    settings.MAESTRO_MAX_PROMPT_BYTES = 11
    assert failing("ask", session.name, prompt).returncode == 2
    assert upstream.state.calls["POST /v1/messages"] == 0


def test_what_is_not_text_on_the_command_line_is_refused(session: ProviderSession) -> None:
    for arguments in (("ask", "\udcff", "Hi"), ("e2e", "--session", "\udcff")):
        assert "not text in UTF-8" in str(failing(*arguments))
    assert "not text in UTF-8" in str(failing("ask", session.name, "Hi", owner="\udcff"))
    assert "not text in UTF-8" in str(failing("ask", session.name, "Hi", model="\udcff"))
    assert "not text in UTF-8" in str(failing("ask", session.name, "Hi", system="\udcff"))


def test_ask_says_what_a_disabled_session_needs(session: ProviderSession) -> None:
    sessions.disable_session(session)
    assert failing("ask", session.name, QUESTION).returncode == 1


def test_e2e_passes_with_an_api_key_and_masks_it(session: ProviderSession) -> None:
    out, _ = run("e2e", session=session.name)
    assert "Everything worked." in out
    assert "x-api-key" in out
    assert "sk-sim-test-key-0001" not in out
    assert "end_turn" in out


def test_e2e_passes_with_oauth_and_refreshes(oauth_session: ProviderSession) -> None:
    out, _ = run("e2e", session=oauth_session.name)
    oauth_session.refresh_from_db()
    assert "== Refresh" in out
    assert "Everything worked." in out
    assert oauth_session.cred_version == 2


def test_e2e_fails_when_an_answer_is_cut(session: ProviderSession, upstream: RunningSimulator) -> None:
    upstream.set(fault="cut", after=4)
    assert failing("e2e", session=session.name).returncode == 1


def test_e2e_fails_when_the_key_is_refused(session: ProviderSession, upstream: RunningSimulator) -> None:
    upstream.set(fault="unauthorized")
    assert failing("e2e", session=session.name).returncode == 1


def test_ask_as_a_program_exits_with_0_and_prints_only_the_answer(
    session: ProviderSession, upstream: RunningSimulator
) -> None:
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "maestro.settings",
        "DATABASE_URL": _database_url(),
        "SECRET_KEY": "tests-only-secret-key-which-is-long-enough-for-all-checks",
        "SALT_KEY": "tests-only-salt-key-which-is-long-enough",
        "MAESTRO_SIMULATOR": "1",
        "MAESTRO_SIMULATOR_BASE_URL": upstream.url,
    }
    command = [sys.executable, "manage.py", "ask", session.name, QUESTION]
    root = Path(__file__).parents[2]
    done = subprocess.run(command, env=environment, cwd=root, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "Paris" in done.stdout


def _database_url() -> str:
    """Where this test's rows are, for another process."""
    database = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{database['NAME']}"
    return f"postgres://{database['USER']}@{database['HOST']}:{database['PORT']}/{database['NAME']}"
