"""`manage.py check_keys`, `manage.py rotate_keys` and the system check: what the operator reads, and exit codes."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import connection
from pytest_django import Settings

from sessions_app import checks, faults
from sessions_app.fields import Ciphertext
from sessions_app.models import AuditEntry, Installation, ProviderSession
from sessions_app.places import COMMAND_LINE
from sessions_app.services import keys, rescue, tokens
from tests.sessions_app.services.test_rescue import refresh_into_journal
from tests.support.keyed import key_of, make_sessions

NEW_KEY = "a-new-secret-key-which-is-long-enough-for-everybody"


@pytest.fixture
def journal_folder(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder of the test's own, and the switch that lets a test take the database away."""
    settings.MAESTRO_DATA_DIR = tmp_path / "data"
    monkeypatch.setenv(faults.VARIABLE, "1")
    return tmp_path / "data"


@pytest.fixture
def stored(user: User) -> list[ProviderSession]:
    keys.require_fit()
    return make_sessions(user, 3)


def run(command: str, *arguments: str) -> tuple[int, str]:
    """Exit code, and everything that was printed."""
    out, code = io.StringIO(), 0
    try:
        call_command(command, *arguments, stdout=out, stderr=out)
    except CommandError as error:
        code = error.returncode
        out.write(str(error))
    return code, out.getvalue()


def test_check_counts_and_is_content(stored: list[ProviderSession]) -> None:
    code, said = run("check_keys")
    assert code == 0
    assert "sessions: 3 under the first keys, 0 under older keys, 0 cannot be read" in said
    assert "Every session can be read." in said


def test_check_names_what_cannot_be_read_and_why(stored: list[ProviderSession]) -> None:
    damaged, swapped, good = stored
    ProviderSession.objects.filter(id=damaged.id).update(credentials=Ciphertext("damaged"))
    ProviderSession.objects.filter(id=swapped.id).update(credentials=good.credentials)
    code, said = run("check_keys")
    assert code == 1
    assert "olga/keyed-0: the server's keys do not fit" in said
    assert "olga/keyed-1: the stored credentials belong to another session" in said
    assert "keyed-2" not in said
    assert "connect those sessions again" in said


def test_check_as_json(stored: list[ProviderSession]) -> None:
    ProviderSession.objects.filter(id=stored[0].id).update(credentials=Ciphertext("damaged"))
    out = io.StringIO()
    with pytest.raises(CommandError):
        call_command("check_keys", "--json", stdout=out)
    found = json.loads(out.getvalue())
    assert (found["ok"], found["keys_fit"]) == (False, True)
    assert found["counts"]["sessions"] == {"current": 2, "older": 0, "unreadable": 1}
    assert found["unreadable"] == [
        {
            "id": str(stored[0].id),
            "owner": "olga",
            "name": "keyed-0",
            "reason": "wrong_key",
            "why": "the server's keys do not fit",
        }
    ]


def test_check_under_wrong_keys_says_what_to_put_back(
    stored: list[ProviderSession], settings: Settings
) -> None:
    settings.SECRET_KEY = NEW_KEY
    code, said = run("check_keys")
    assert code == 1
    assert "3 cannot be read" in said
    assert "Put back the SECRET_KEY and SALT_KEY" in said
    assert "--keys-are-lost" in said


def test_rotate_says_when_older_keys_are_no_longer_needed(
    stored: list[ProviderSession], settings: Settings
) -> None:
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = NEW_KEY, [settings.SECRET_KEY]
    code, said = run("rotate_keys", "--verify")
    assert code == 1
    assert "sessions: 0 under the first keys, 3 under older keys" in said
    assert "Keep the older keys. Some are still under older keys" in said
    code, said = run("rotate_keys", "--batch", "2")
    assert code == 0
    assert "sessions: 2 rewritten so far" in said
    assert "sessions: 3 rewritten now" in said
    assert "Older ones are no longer needed." in said
    settings.SECRET_KEY_FALLBACKS = []
    assert run("rotate_keys", "--verify")[0] == 0
    assert "sessions: 0 rewritten now" in run("rotate_keys")[1]


def test_rotate_reports_what_it_left(stored: list[ProviderSession], settings: Settings) -> None:
    ProviderSession.objects.filter(id=stored[0].id).update(credentials=Ciphertext("damaged"))
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = NEW_KEY, [settings.SECRET_KEY]
    code, said = run("rotate_keys")
    assert code == 1
    assert "sessions: 2 under the first keys, 0 under older keys, 1 cannot be read" in said
    assert "left as it is" in said


def test_rotate_under_wrong_keys_is_refused(stored: list[ProviderSession], settings: Settings) -> None:
    right, settings.SECRET_KEY = settings.SECRET_KEY, NEW_KEY
    code, said = run("rotate_keys")
    assert code == 1
    assert "Nothing was changed" in said
    settings.SECRET_KEY = right
    assert run("check_keys")[0] == 0


def test_lost_keys_are_given_up_by_name_only(stored: list[ProviderSession], settings: Settings) -> None:
    right, settings.SECRET_KEY = settings.SECRET_KEY, NEW_KEY
    code, said = run("rotate_keys", "--keys-are-lost")
    assert code == 1
    assert "3 cannot be read" in said
    assert keys.fit()
    settings.SECRET_KEY_FALLBACKS = [right]  # found again after all: nothing was deleted
    assert run("rotate_keys")[0] == 0
    assert key_of(stored[0]) == "sk-0"


@pytest.mark.parametrize(
    "arguments", [["--batch", "0"], ["--batch", "10001"], ["--verify", "--keys-are-lost"]]
)
def test_odd_arguments_are_refused(db: None, arguments: list[str]) -> None:
    assert run("rotate_keys", *arguments)[0] == 2


@pytest.mark.parametrize("command", ["check_keys", "rotate_keys"])
def test_a_database_without_tables_is_a_sentence(transactional_db: None, command: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE sessions_app_installation RENAME TO elsewhere")
    try:
        code, said = run(command)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE elsewhere RENAME TO sessions_app_installation")
    assert code == 1
    assert "Run manage.py migrate" in said


def test_the_database_check_warns_of_wrong_keys_and_writes_nothing(db: None, settings: Settings) -> None:
    assert checks.check_canary(None, databases=["default"]) == []
    assert not Installation.objects.exists()
    keys.require_fit()
    assert checks.check_canary(None, databases=["default"]) == []
    settings.SECRET_KEY = NEW_KEY
    (warning,) = checks.check_canary(None, databases=["default"])
    assert warning.id == "sessions_app.W001"
    assert not warning.is_serious()
    assert checks.check_canary(None) == []


def test_what_waits_in_the_rescue_journal_is_stored_before_its_key_goes(
    journal_folder: Path, oauth_session: ProviderSession, settings: Settings
) -> None:
    refresh_into_journal(oauth_session)
    assert not rescue.journal().is_empty()
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = NEW_KEY, [settings.SECRET_KEY]
    assert run("rotate_keys")[0] == 0
    assert rescue.journal().is_empty()
    settings.SECRET_KEY_FALLBACKS = []
    assert tokens.access_for(oauth_session.id).cred_version == 2


def test_older_keys_are_kept_while_the_rescue_journal_holds_something(
    journal_folder: Path, oauth_session: ProviderSession, settings: Settings
) -> None:
    refresh_into_journal(oauth_session)
    settings.SECRET_KEY = NEW_KEY
    keys.accept_present()
    code, said = run("rotate_keys")
    assert code == 1
    assert f"The rescue journal {rescue.journal().path} still holds answers" in said
    assert not rescue.journal().is_empty()


def test_the_record_says_where_keys_were_rotated(stored: list[ProviderSession]) -> None:
    assert run("rotate_keys", "--verify")[0] == 0
    assert not AuditEntry.objects.exists()
    assert run("rotate_keys")[0] == 0
    assert AuditEntry.objects.get().place == COMMAND_LINE
