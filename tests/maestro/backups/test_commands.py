"""`manage.py backup` and `restore`, in this process and on the tests' own database."""

from __future__ import annotations

import io
import os
import sqlite3
import stat
import threading
import zipfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import msgspec
import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import connection, connections, transaction
from pytest_django import Settings

from chat import uploads
from chat.models import Conversation, Message
from maestro.backups import archive, postgres, sqlite
from maestro.backups.problems import BackupProblem
from sessions_app.models import Installation
from sessions_app.services import keys
from tests.support.waiting import wait_until

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        "postgres" in os.environ.get("MAESTRO_TEST_DATABASE_URL", ""),
        reason="replaces the tests' SQLite file; tests/reliability/test_restore.py has PostgreSQL",
    ),
]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, settings: Settings, transactional_db: None) -> Iterator[Path]:
    """A data folder with a database file of this test's own: other threads have the shared one open."""
    settings.MAESTRO_DATA_DIR = tmp_path
    own, shared = tmp_path / "database" / "own.sqlite3", connections["default"]
    own.parent.mkdir()
    with closing(sqlite3.connect(sqlite.database_path())) as source, closing(sqlite3.connect(own)) as target:
        source.backup(target)
    use_file(own)
    yield tmp_path
    connection.close()
    connections["default"] = shared


def use_file(path: Path) -> None:
    """From now on `path` is the default database of this thread."""
    private = connections["default"].copy()
    private.settings_dict["NAME"] = str(path)
    connections["default"] = private


@pytest.fixture
def backup(folder: Path) -> Path:
    """A backup with one user."""
    User.objects.create_user("olga")
    Installation.current()
    run("backup", folder / "maestro.backup")
    return folder / "maestro.backup"


def run(command: str, *arguments: object) -> str:
    out = io.StringIO()
    call_command(command, *map(str, arguments), stdout=out)
    return out.getvalue()


def names() -> list[str]:
    return list(User.objects.order_by("username").values_list("username", flat=True))


def rewrite(backup: Path, target: Path, **changes: object) -> Path:
    """The same backup with another manifest."""
    manifest = archive.read_manifest(backup)
    dump = target.with_name("rewritten")
    archive.unpack(backup, manifest, dump)
    archive.pack(target, msgspec.structs.replace(manifest, **changes), dump)
    dump.unlink()
    return target


def refuses(match: str, *arguments: object) -> None:
    """The restore is refused for that reason, and nothing has changed."""
    before = (names(), sorted(path.name for path in sqlite.database_path().parent.iterdir()))
    with pytest.raises(CommandError, match=match):
        run("restore", *arguments)
    assert (names(), sorted(path.name for path in sqlite.database_path().parent.iterdir())) == before


def test_a_backup_says_what_else_to_keep(folder: Path) -> None:
    said = run("backup", folder / "maestro.backup")
    assert "Keep SECRET_KEY and SALT_KEY too" in said
    assert stat.S_IMODE((folder / "maestro.backup").stat().st_mode) == 0o600


def test_a_backup_holds_no_key(backup: Path, settings: Settings) -> None:
    manifest = archive.read_manifest(backup)
    archive.unpack(backup, manifest, backup.with_name("dump"))
    content = backup.read_bytes() + backup.with_name("dump").read_bytes()
    for key in (settings.SECRET_KEY, *settings.SALT_KEY):
        assert key.encode() not in content


def test_a_file_is_overwritten_only_when_told(backup: Path) -> None:
    before = backup.read_bytes()
    with pytest.raises(CommandError, match="--overwrite"):
        run("backup", backup)
    assert backup.read_bytes() == before
    run("backup", backup, "--overwrite")
    assert backup.read_bytes() != before


def test_a_place_that_cannot_hold_a_backup_is_said(folder: Path) -> None:
    for target, match in [
        (folder / "no" / "where", "Make it first"),
        (folder, "is a folder"),
        (sqlite.database_path(), "the database itself"),
        (Path("/proc/1/backup"), "cannot be written"),
    ]:
        with pytest.raises(CommandError, match=match):
            run("backup", target, "--overwrite")


def test_an_empty_database_is_no_backup(folder: Path) -> None:
    """As in a data folder that somebody mistyped."""
    use_file(folder / "database" / "empty.sqlite3")
    with pytest.raises(CommandError, match="Check DATABASE_URL and MAESTRO_DATA_DIR"):
        run("backup", folder / "maestro.backup")
    assert not (folder / "maestro.backup").exists()


def test_what_was_there_comes_back_and_what_came_later_lies_aside(backup: Path) -> None:
    User.objects.create_user("peter")
    assert "users 1, sessions 0" in run("restore", backup, "--replace")
    assert names() == ["olga"]
    assert Installation.current().hold_reason == "restored"
    (aside,) = sqlite.database_path().parent.glob("*.before-restore-*")
    with closing(sqlite3.connect(aside)) as former:
        assert former.execute("SELECT count(*) FROM auth_user").fetchone() == (2,)


def test_a_database_in_use_is_replaced_only_when_told(backup: Path) -> None:
    refuses("--replace", backup)


def test_an_empty_database_needs_no_word(backup: Path) -> None:
    User.objects.all().delete()
    run("restore", backup)
    assert names() == ["olga"]


def test_an_open_database_is_not_replaced(backup: Path, caplog: pytest.LogCaptureFixture) -> None:
    with closing(sqlite3.connect(sqlite.database_path())) as other:
        other.execute("SELECT count(*) FROM auth_user").fetchone()
        with pytest.raises(CommandError, match="Stop the server"):
            run("restore", backup, "--replace")
    assert names() == ["olga"]
    assert "On hold" not in caplog.text, "nothing was put on hold"


def test_foreign_keys_are_said_and_accepted_only_when_told(backup: Path, settings: Settings) -> None:
    settings.SALT_KEY = ["another-salt"]
    refuses("secret_key and salt_key", backup, "--replace")
    assert "before the server starts" in run("restore", backup, "--replace", "--other-keys")


def test_a_backup_made_with_wrong_keys_still_asks_for_the_right_ones(
    folder: Path, settings: Settings
) -> None:
    assert keys.fit()
    right, settings.SALT_KEY = settings.SALT_KEY, ["another-salt"]
    run("backup", folder / "maestro.backup")
    with pytest.raises(CommandError, match="do not open"):
        run("restore", folder / "maestro.backup")
    settings.SALT_KEY = right
    run("restore", folder / "maestro.backup")


def test_wrong_files_change_nothing(backup: Path, folder: Path) -> None:
    (folder / "notes.txt").write_text("dear diary")
    (folder / "half").write_bytes(backup.read_bytes()[:-3000])
    newer = {"sessions_app": ["0001_initial", "9999_later"]}
    for source, match in [
        (folder / "missing", "There is no file"),
        (folder / "notes.txt", "not a backup of Maestro"),
        (folder / "half", "not a whole one"),
        (rewrite(backup, folder / "engine", engine="postgresql"), "a backup of a PostgreSQL database"),
        (rewrite(backup, folder / "newer", migrations=newer), "newer version of Maestro"),
        (rewrite(backup, folder / "foreign", migrations={"shop": ["0001"]}), "no tables of Maestro"),
        (rewrite(backup, folder / "sum", sha256="0" * 64), "damaged"),
    ]:
        refuses(match, source, "--replace")


def test_a_dump_that_is_no_database_changes_nothing(backup: Path, folder: Path) -> None:
    dump = folder / "odd"
    dump.write_bytes(b"SQLite format 3\0" + b"x" * 5000)
    manifest = msgspec.structs.replace(
        archive.read_manifest(backup), size=dump.stat().st_size, sha256=archive.checksum(dump)
    )
    archive.pack(folder / "odd.backup", manifest, dump)
    refuses("no usable database", folder / "odd.backup", "--replace")


def test_a_restore_over_a_damaged_database_keeps_the_remains(backup: Path) -> None:
    connection.close()
    path = sqlite.database_path()
    for suffix in ("-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    path.write_bytes(b"not a database, but somebody's only remains of one" * 100)
    with pytest.raises(CommandError, match="--replace"):
        run("restore", backup)
    run("restore", backup, "--replace")
    assert names() == ["olga"]
    (aside,) = path.parent.glob("*.before-restore-*")
    assert aside.read_bytes().startswith(b"not a database")


def test_a_backup_during_writes_has_whole_transcripts(folder: Path) -> None:
    owner, stop = User.objects.create_user("olga"), threading.Event()
    writer = threading.Thread(target=write_conversations, args=(owner, sqlite.database_path(), stop))
    writer.start()
    try:
        wait_until(lambda: Conversation.objects.count() >= 20)
        for number in range(5):
            run("backup", folder / f"{number}.backup")
    finally:
        stop.set()
        writer.join()
    written = transcripts("default")
    for number in range(5):
        backup, database = folder / f"{number}.backup", folder / f"{number}.sqlite3"
        archive.unpack(backup, archive.read_manifest(backup), database)
        with sqlite.opened(database) as alias:
            saved = transcripts(alias)
        assert len(saved) >= 20
        assert saved == {key: written[key] for key in saved}


def write_conversations(owner: User, path: Path, stop: threading.Event) -> None:
    """Conversations of three messages, a transaction for each, as fast as it goes."""
    use_file(path)
    while not stop.is_set():
        with transaction.atomic():
            conversation = Conversation.objects.create(owner=owner, title="talk")
            for turn in range(3):
                text = f"{conversation.pk} {turn}"
                Message.objects.create(conversation=conversation, role="user", parts_json=text)
    connection.close()


def transcripts(alias: str) -> dict[str, list[str]]:
    """The messages of each conversation."""
    found: dict[str, list[str]] = {}
    for message in Message.objects.using(alias).order_by("id"):
        found.setdefault(str(message.conversation_id), []).append(message.parts_json)
    return found


def test_programs_that_are_missing_are_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BackupProblem, match="pg_restore is not installed"):
        postgres.require_sound(tmp_path / "dump")


def test_attached_files_come_back_with_the_database(folder: Path) -> None:
    User.objects.create_user("olga")
    Installation.current()
    digest = uploads.keep(b"a picture")
    run("backup", folder / "with.files")
    uploads.path_of(digest).unlink()
    run("restore", folder / "with.files", "--replace")
    assert uploads.read(digest) == b"a picture"
    assert uploads.path_of(digest).stat().st_mode & 0o777 == 0o600


def test_a_backup_whose_files_are_not_what_their_names_say_is_damaged(folder: Path, backup: Path) -> None:
    with zipfile.ZipFile(backup, "a") as spoiled:
        spoiled.writestr(f"uploads/{uploads.digest_of(b'good')}", b"bad")
    with pytest.raises(CommandError, match="is damaged"):
        run("restore", backup, "--replace")
    assert list(uploads.stored()) == []
    assert User.objects.filter(username="olga").exists()
