"""A restored or copied database sends no token before the operator has said which copy it is.

Real processes on real folders; the simulator is a server of its own and counts the calls to its token endpoint. The fast forms are in tests/sessions_app/services/test_instance.py (every
door) and tests/maestro/backups (the file, both commands, writes meanwhile).
"""

from __future__ import annotations

import secrets
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest

from tests.reliability.figures import record
from tests.support.simulator import RunningSimulator
from tests.support.waiting import wait_until
from tests.system.servers import ROOT, clean_environment, free_port, running_process

pytestmark = [pytest.mark.reliability, pytest.mark.slow, pytest.mark.once]

_PREPARE = """
import sys, django
django.setup()
from django.core.management import call_command
from django.contrib.auth.models import User
from sessions_app.services import login, sessions
from tests.support.simulator import RunningSimulator
call_command("migrate", interactive=False, verbosity=0)
owner = User.objects.create_superuser("ada", password="a-long-passphrase")
session = sessions.create_session(owner=owner, provider="simulator", auth_type="oauth", name="home")
start = login.begin_login(session, user=owner)
pasted = RunningSimulator(None, sys.argv[1]).approve(start.url)
login.finish_login(session, user=owner, pasted=pasted)
"""
# Every door of a command line at once: one process for all of them costs a second, not five.
_KNOCK = """
import django
django.setup()
from django.db.models import F
from datetime import timedelta
from sessions_app.errors import SessionError
from sessions_app.models import ProviderSession
from sessions_app.services import login, sessions, tokens
from sessions_app.tasks import refresh, sweep
session = ProviderSession.objects.get()
ProviderSession.objects.filter(auth_type="oauth").update(
    refresh_at=F("refresh_at") - timedelta(days=1), expires_at=F("expires_at") - timedelta(days=1))
def knock(door, *arguments, **options):
    try:
        return door(*arguments, **options)
    except SessionError as error:
        return error.message
print(knock(tokens.access_for, session.id))
print(knock(tokens.access_after_401, session.id, cred_version=session.cred_version))
print(knock(tokens.refresh_session, session.id, force=True))
print(knock(tokens.refresh_due), sweep(), refresh(str(session.id)))
print(knock(sessions.test_session, session))
print(knock(login.begin_login, session, user=session.owner))
print(ProviderSession.objects.get().status)
"""


class Copy:
    """One installation: a data folder, and whatever database its environment names."""

    def __init__(self, folder: Path, simulator: RunningSimulator, **extra: str) -> None:
        self.folder = folder
        self.environment = clean_environment(
            folder,
            MAESTRO_SIMULATOR="1",
            MAESTRO_SIMULATOR_BASE_URL=simulator.url,
            MAESTRO_SWEEP_SECONDS="0.2",
            DJANGO_SETTINGS_MODULE="maestro.settings",
            PORT=str(free_port()),
            **extra,
        )

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, *command],
            cwd=ROOT, env=self.environment, capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip

    def manage(self, *arguments: str) -> str:
        ended = self.run("manage.py", *arguments)
        assert ended.returncode == 0, ended.stderr
        return ended.stdout

    def knock(self) -> str:
        """What every door answers to a session whose tokens have run out."""
        ended = self.run("-c", _KNOCK)
        assert ended.returncode == 0, ended.stderr
        return ended.stdout


def prepared(folder: Path, simulator: RunningSimulator, **extra: str) -> Copy:
    """An installation with one OAuth session, logged in."""
    copy = Copy(folder, simulator, **extra)
    ended = copy.run("-c", _PREPARE, simulator.url)
    assert ended.returncode == 0, ended.stderr
    return copy


def copy_folder(original: Copy, simulator: RunningSimulator, folder: Path) -> Copy:
    shutil.copytree(original.folder, folder)
    return Copy(folder, simulator)


def assert_silent(copy: Copy, simulator: RunningSimulator, what: str) -> None:
    calls = simulator.state.token_calls
    said = copy.knock()
    assert said.count("On hold") >= 4, said
    assert said.rstrip().endswith("quarantined"), said
    after = simulator.state.token_calls - calls
    assert after == 0
    database = "postgresql" if copy.environment["DATABASE_URL"] else "sqlite"  # empty counts as not set
    record(what, f"{after} token calls before the operator confirms", fast=False, database=database)


def test_an_old_copy_put_back_calls_nobody_before_it_is_confirmed(
    tmp_path: Path, simulator: RunningSimulator
) -> None:
    copy = prepared(tmp_path / "var", simulator)
    database = copy.folder / "maestro.sqlite3"
    shutil.copy(database, tmp_path / "old")
    copy.manage("session", "refresh", "home")
    shutil.copy(tmp_path / "old", database)
    assert_silent(copy, simulator, "an old copy of the database put back")
    assert "back at work: 1" in copy.manage("instance", "adopt")
    assert simulator.state.replays == 0


def test_a_clone_beside_the_original_calls_nobody_and_the_original_goes_on(
    tmp_path: Path, simulator: RunningSimulator
) -> None:
    original = prepared(tmp_path / "var", simulator)
    clone = copy_folder(original, simulator, tmp_path / "clone")
    assert_silent(clone, simulator, "a clone of the database beside the original")
    original.manage("session", "refresh", "home")
    clone.manage("instance", "separate")
    clone.knock()
    original.manage("session", "refresh", "home")
    assert simulator.state.replays == 0


def test_a_database_on_a_new_machine_calls_nobody(tmp_path: Path, simulator: RunningSimulator) -> None:
    original = prepared(tmp_path / "var", simulator)
    moved = copy_folder(original, simulator, tmp_path / "new")
    (moved.folder / "instance").unlink()
    assert_silent(moved, simulator, "a database that its data folder does not know")


def test_a_server_on_a_clone_sweeps_and_sends_nothing(tmp_path: Path, simulator: RunningSimulator) -> None:
    original = prepared(tmp_path / "var", simulator)
    clone = copy_folder(original, simulator, tmp_path / "clone")
    with closing(sqlite3.connect(clone.folder / "maestro.sqlite3")) as database, database:
        database.execute("UPDATE sessions_app_providersession SET refresh_at = '2020-01-01 00:00:00'")
    calls = simulator.state.token_calls
    command = [sys.executable, "manage.py", "serve"]
    with running_process(command, clone.environment, tmp_path / "clone.log") as server:
        wait_until(lambda: "On hold" in server.output, seconds=30)
        assert simulator.state.token_calls == calls
        clone.manage("instance", "adopt")
        wait_until(lambda: simulator.state.token_calls == calls + 1, seconds=30)
    assert simulator.state.replays == 0
    said = "0 token calls before the operator confirms, 1 after; 0 replays"
    record("manage.py serve started on a clone", said, fast=False, database="sqlite")


def test_a_restored_backup_calls_nobody_and_holds_every_row(
    tmp_path: Path, simulator: RunningSimulator
) -> None:
    copy = prepared(tmp_path / "var", simulator)
    copy.manage("backup", str(tmp_path / "backup"))
    copy.manage("session", "refresh", "home")
    said = copy.manage("restore", str(tmp_path / "backup"), "--replace")
    assert "users 1, sessions 1" in said
    assert "On hold".lower() in said.lower()
    assert_silent(copy, simulator, "an older backup restored")
    assert len(list(copy.folder.glob("maestro.sqlite3.before-restore-*"))) == 1


@pytest.mark.postgres
def test_postgres_is_backed_up_restored_and_held(
    tmp_path: Path, postgres_url: str, simulator: RunningSimulator
) -> None:
    keys = {"SECRET_KEY": secrets.token_urlsafe(48), "SALT_KEY": secrets.token_urlsafe(48)}
    copy = prepared(tmp_path / "one", simulator, DATABASE_URL=postgres_url, **keys)
    container = Copy(tmp_path / "two", simulator, DATABASE_URL=postgres_url, **keys)  # its folder is empty
    container.manage("session", "refresh", "home")
    copy.manage("backup", str(tmp_path / "backup"))
    copy.manage("session", "refresh", "home")
    refused = copy.run("manage.py", "restore", str(tmp_path / "backup"))
    assert "--replace" in refused.stderr
    assert "users 1, sessions 1" in copy.manage("restore", str(tmp_path / "backup"), "--replace")
    assert_silent(copy, simulator, "an older backup restored")
    copy.manage("instance", "adopt")
    assert '"on_hold":false' in container.manage("instance", "status", "--json")


@pytest.mark.postgres
def test_a_dump_loaded_into_another_postgres_database_calls_nobody(
    tmp_path: Path, postgres_url: str, simulator: RunningSimulator
) -> None:
    keys = {"SECRET_KEY": secrets.token_urlsafe(48), "SALT_KEY": secrets.token_urlsafe(48)}
    prepared(tmp_path / "one", simulator, DATABASE_URL=postgres_url, **keys)
    parts = urlsplit(postgres_url)
    name, clone_name = parts.path.strip("/"), parts.path.strip("/") + "_clone"
    with psycopg.connect(urlunsplit(parts._replace(path="/postgres")), autocommit=True) as server:
        server.execute(f'CREATE DATABASE "{clone_name}" TEMPLATE "{name}"')
        try:
            clone_url = urlunsplit(parts._replace(path=f"/{clone_name}"))
            assert_silent(
                Copy(tmp_path / "two", simulator, DATABASE_URL=clone_url, **keys),
                simulator,
                "a clone of the database beside the original",
            )
        finally:
            server.execute(f'DROP DATABASE "{clone_name}" WITH (FORCE)')


@pytest.mark.postgres
def test_a_wrong_dump_leaves_postgres_as_it_was(
    tmp_path: Path, postgres_url: str, simulator: RunningSimulator
) -> None:
    keys = {"SECRET_KEY": secrets.token_urlsafe(48), "SALT_KEY": secrets.token_urlsafe(48)}
    copy = prepared(tmp_path / "one", simulator, DATABASE_URL=postgres_url, **keys)
    file_copy = Copy(tmp_path / "file", simulator, **keys)
    file_copy.folder.mkdir()
    file_copy.manage("migrate")
    file_copy.manage("backup", str(tmp_path / "sqlite.backup"))
    refused = copy.run("manage.py", "restore", str(tmp_path / "sqlite.backup"), "--replace")
    assert "a backup of an SQLite database" in refused.stderr
    assert "home" in copy.manage("session", "list")
    record(
        "a backup of another kind of database", "refused, nothing changed", fast=False, database="postgresql"
    )
