"""A server that is started with wrong keys: it runs, says so at every door, changes nothing, and heals."""

from __future__ import annotations

import html
import json
import sqlite3
import uuid
from pathlib import Path

import httpx
import pytest

from tests.reliability.figures import record
from tests.system.person import Person
from tests.system.servers import Server, running_server

pytestmark = [pytest.mark.reliability, pytest.mark.slow, pytest.mark.once]

# The state, and the reason, which the board of sessions shows apart.
CANNOT_BE_READ = ("Cannot be read", "he server's keys do not fit. Nothing was deleted.")
OTHER_SALT = "another-salt-which-is-long-enough-for-everybody"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """The folder of a server that somebody used."""
    with running_server(tmp_path / "var") as server:
        person = Person(server)
        person.make_account()
        person.add_session()
        server.stop()
    return tmp_path / "var"


def test_wrong_keys_are_said_everywhere_and_change_nothing(data: Path) -> None:
    before = _stored(data)
    with running_server(data, SALT_KEY=OTHER_SALT, MAESTRO_SWEEP_SECONDS="0.2") as server:
        assert "ERROR sessions_app.services.keys: The server's keys do not fit its database" in server.output
        _assert_pages_say_so(server)
        _assert_commands_say_so(server)
        server.stop()
    assert server.output.count("do not fit its database") == 1
    assert _stored(data) == before
    with running_server(data) as server:
        tested = server.manage("session", "test", "home")
        assert tested.returncode == 0, tested.stderr
        assert server.manage("check_keys").returncode == 0
        server.stop()
    assert "do not fit" not in server.output
    said = "said on pages, socket and commands; 0 rows changed; works again with the right keys"
    record("manage.py serve started with wrong keys", said, fast=False, database="sqlite")


def _assert_pages_say_so(server: Server) -> None:
    person = Person(server)
    person.sign_in()
    for path in ("/sessions/", "/", "/admin/sessions_app/providersession/"):
        page = html.unescape(httpx.get(server.url + path, cookies=person.cookies, follow_redirects=True).text)
        assert all(words in page for words in CANNOT_BE_READ), path
        assert "The server's keys do not fit its database" in page, path
    with person.page() as page:
        shown = json.loads(server.manage("session", "list", "--json").stdout)
        page.send(
            type="send", ref="1", conversation=str(uuid.uuid4()), client_id=str(uuid.uuid4()), text="Hello",
            session=shown[0]["id"], model=None,
        )  # fmt: skip
        refused = page.receive("error")
    assert refused["code"] == "session_unavailable"
    assert "Cannot be read" in refused["message"]


def _assert_commands_say_so(server: Server) -> None:
    (row,) = json.loads(server.manage("session", "list", "--json").stdout)
    assert (row["status"], row["status_reason"]) == ("key_error", "wrong_key")
    for command in (["session", "test", "home"], ["ask", "home", "Hello"], ["rotate_keys"], ["check_keys"]):
        answer = server.manage(*command)
        assert answer.returncode == 1, command
        assert "Nothing was" in answer.stderr, command
    added = server.manage(
        "session",
        "add",
        "more",
        "--provider",
        "simulator",
        "--auth",
        "api_key",
        stdin="sk-sim-test-key-0002\n",
    )
    assert added.returncode == 1
    assert "nothing can be stored now" in added.stderr
    assert "sessions_app.W001" in server.manage("check", "--database", "default").stderr


def _stored(data: Path) -> list[tuple[object, ...]]:
    """Every row about sessions and about the installation, except when the sweep was last here."""
    with sqlite3.connect(data / "maestro.sqlite3") as database:
        rows = database.execute("SELECT * FROM sessions_app_providersession").fetchall()
        return rows + database.execute("SELECT instance_id, canary FROM sessions_app_installation").fetchall()
