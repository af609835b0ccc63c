"""Rotation of the keys in a process of its own that is killed: nothing is lost, nothing is written twice.

The full figure carries the mark `reliability`; the other is its fast form.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.db import connection
from pytest_django import Settings

from providers.credentials import ApiKeyCredential, Secret
from sessions_app.models import ProviderSession
from sessions_app.services import keys, rotation, store, vault
from tests.reliability.figures import record
from tests.reliability.world import database_url
from tests.support.keyed import key_of, make_sessions
from tests.system.servers import ROOT, clean_environment

NEW_KEY = "a-new-secret-key-which-is-long-enough-for-everybody"


@pytest.fixture
def owner(transactional_db: None) -> User:
    keys.require_fit()
    return User.objects.create_user("olga")


@pytest.mark.early
@pytest.mark.slow
@pytest.mark.parametrize(
    ("rows", "batch"),
    [pytest.param(300, 10, id="fast"), pytest.param(10_000, 100, marks=pytest.mark.reliability)],
)
def test_a_rotation_killed_twice_loses_nothing_and_writes_nothing_twice(
    owner: User, settings: Settings, tmp_path: Path, rows: int, batch: int
) -> None:
    made = make_sessions(owner, rows)
    old_key = settings.SECRET_KEY
    with counted_writes() as writes:
        newer = dict[ProviderSession, str]()
        for _ in range(2):
            _rotate_and_kill(made, newer, tmp_path, batch=batch, old_key=old_key)
        settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = NEW_KEY, [old_key]
        assert 0 < vault.survey().counts["sessions"]["older"] < rows
        rotation.rotate()
        written = writes()
    settings.SECRET_KEY_FALLBACKS = []
    assert vault.survey().counts["sessions"] == {"current": rows, "older": 0, "unreadable": 0}
    for number, session in enumerate(made):
        expected = newer.get(session, f"sk-{number}")
        assert key_of(session) == expected
    undisturbed = [session.id.hex for session in made if session not in newer]
    assert {written[session_id] for session_id in undisturbed} == {1}
    twice = sum(written[session_id] > 1 for session_id in undisturbed)
    record(
        f"keys rotated over {rows:,} rows, killed twice and resumed",
        f"{rows:,} open with the new key alone, {twice} written twice",
        fast=rows < 10_000,
    )


def _rotate_and_kill(
    made: list[ProviderSession], newer: dict[ProviderSession, str], folder: Path, *, batch: int, old_key: str
) -> None:
    """Rotate in a process of its own, store newer credentials in some rows meanwhile, kill it after six batches."""
    environment = clean_environment(
        folder, DATABASE_URL=database_url(), SECRET_KEY=NEW_KEY, SECRET_KEY_FALLBACKS=old_key,
        SALT_KEY="tests-only-salt-key-which-is-long-enough",
    )  # fmt: skip
    command = [sys.executable, "manage.py", "rotate_keys", "--batch", str(batch)]
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stderr is not None
        for count, line in enumerate(process.stderr, start=1):
            assert "rewritten so far" in line
            session = made[len(newer) * 7]
            newer[session] = f"sk-newer-{len(newer)}"
            credentials = ApiKeyCredential(Secret(newer[session]))
            store.save_login(session.id, credentials=credentials, now=session.created_at)
            if count == 6:
                os.kill(process.pid, signal.SIGKILL)
                break
        process.wait(30)
    assert process.returncode == -signal.SIGKILL


@contextlib.contextmanager
def counted_writes() -> Iterator[Callable[[], Counter[str]]]:
    """Counts, in the database itself, how often the credentials of each session are written, by whomever."""
    table = "sessions_app_providersession"
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE credential_writes (session varchar(36))")
        for statement in _TRIGGER[connection.vendor]:
            cursor.execute(statement.format(table=table))
    try:
        yield _read_writes
    finally:
        with connection.cursor() as cursor:
            on_table = "" if connection.vendor == "sqlite" else f" ON {table}"
            cursor.execute(f"DROP TRIGGER count_credential_writes{on_table}")
            cursor.execute("DROP TABLE credential_writes")


_TRIGGER = {
    "sqlite": [
        "CREATE TRIGGER count_credential_writes AFTER UPDATE OF credentials ON {table} "
        "BEGIN INSERT INTO credential_writes VALUES (NEW.id); END",
    ],
    "postgresql": [
        "CREATE OR REPLACE FUNCTION count_credential_write() RETURNS trigger AS "
        "'BEGIN INSERT INTO credential_writes VALUES (NEW.id::text); RETURN NEW; END' LANGUAGE plpgsql",
        "CREATE TRIGGER count_credential_writes AFTER UPDATE OF credentials ON {table} "
        "FOR EACH ROW EXECUTE FUNCTION count_credential_write()",
    ],
}


def _read_writes() -> Counter[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT session FROM credential_writes")
        return Counter(row[0].replace("-", "") for row in cursor.fetchall())
