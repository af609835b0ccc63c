"""What the doctor says of each trouble, what to do about it, and that it changes and betrays nothing."""

from __future__ import annotations

import json
import shutil
from collections import namedtuple
from dataclasses import asdict
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection
from django.db.migrations.recorder import MigrationRecorder
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from chat.models import Generation
from chat.services import runs
from maestro.doctor import database, server, sessions
from maestro.doctor.background import answers_go_on, redis_works, tokens_are_refreshed
from maestro.doctor.examine import examine
from maestro.doctor.finding import Check, Finding
from maestro.management.commands import doctor
from providers.credentials import Secret
from sessions_app.enums import Status
from sessions_app.models import Installation, ProviderSession
from sessions_app.services import instance, sweep
from sessions_app.services.sessions import create_session
from tests.chat.rows import queue
from tests.support.simulator import API_KEY, RunningSimulator

pytestmark = pytest.mark.django_db
Disk = namedtuple("Disk", "total used free")


def said(check: Check) -> tuple[str, str, str]:
    """The worst finding of one check: its level, its sentence, and what to do."""
    worst: Finding = max(check(), key=lambda one: ["ok", "warning", "problem"].index(one.level))
    return worst.level, worst.sentence, worst.advice


def run(*arguments: str) -> tuple[int, str]:
    """Exit code and output of the command."""
    out = StringIO()
    try:
        call_command("doctor", *arguments, stdout=out)
    except CommandError as error:
        return error.returncode, out.getvalue()
    return 0, out.getvalue()


def test_a_database_that_may_lose_a_commit_is_told() -> None:
    level, sentence, _ = said(database.is_set_well)
    if connection.vendor == "sqlite":  # the tests' own does not wait for the disk
        assert (level, sentence) == ("problem", "SQLite is not durable here: synchronous is 0.")
    else:
        assert (level, sentence[:10]) == ("ok", "PostgreSQL")


def test_the_command_fails_on_problems_alone(
    session: ProviderSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    for level, code in (("ok", 0), ("warning", 0), ("problem", 1)):
        one = Finding(topic="disk", level=level, sentence="It is so.", advice="Do this.")  # type: ignore[arg-type]
        monkeypatch.setattr(doctor, "examine", lambda one=one, **_: [one])
        assert run()[0] == code
        assert "disk: It is so.\n" in run()[1]
        report = json.loads(run("--json")[1])
        assert report == {"ok": code == 0, "findings": [asdict(one)]}


def test_every_finding_to_act_on_says_what_to_do(
    owner: User, session: ProviderSession, settings: Settings
) -> None:
    settings.ALLOWED_HOSTS, settings.DEBUG = ["*"], True
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    ProviderSession.objects.update(status=Status.NEEDS_LOGIN, status_reason="key_rejected")
    instance.hold("operator")
    found = [one for one in examine() if one.level != "ok"]
    assert len(found) >= 6
    assert all(one.advice for one in found)


def test_it_changes_nothing(session: ProviderSession) -> None:
    instance.watch()
    with CaptureQueriesContext(
        connection,
    ) as queries:
        examine()
    writes = [one["sql"] for one in queries if one["sql"].split()[0] in {"INSERT", "UPDATE", "DELETE"}]
    assert len(writes) == 1, "the one of `is_writable`, which is taken back"
    assert writes[0].count("hold_reason") == 2, "a column set to what it is"


def test_no_secret_is_in_it(session: ProviderSession, settings: Settings, upstream: RunningSimulator) -> None:
    settings.REDIS_URL = "redis://:canary-password@127.0.0.1:1/0"
    settings.MAESTRO_METRICS_TOKEN = "canary-token"
    for arguments in ((), ("--json",), ("--json", "--connect")):
        _, out = run(*arguments)
        for secret in (API_KEY, settings.SECRET_KEY, settings.SALT_KEY[0], "canary", "gAAAA"):
            assert secret not in out


def test_a_database_that_is_away_leaves_the_other_findings(monkeypatch: pytest.MonkeyPatch) -> None:
    def away() -> None:
        raise OperationalError('connection to server at "10.0.0.9", port 5432 failed\nmore')

    monkeypatch.setattr(connection, "ensure_connection", away)
    found = examine()
    assert (found[0].level, found[0].topic) == ("problem", "database")
    assert "10.0.0.9" in found[0].sentence
    assert "DATABASE_URL" in found[0].advice
    assert {"disk", "settings", "redis"} <= {one.topic for one in found}
    assert "sessions" not in {one.topic for one in found}


def test_missing_and_unknown_migrations_are_told_apart() -> None:
    applied = MigrationRecorder(connection).migration_qs
    applied.create(app="chat", name="9999_of_the_future")
    assert said(database.is_migrated)[:2] == (
        "problem",
        "The database was made by a newer version of Maestro.",
    )
    applied.filter(app="chat").delete()
    level, _, advice = said(database.is_migrated)
    assert (level, "manage.py migrate" in advice) == ("problem", True)
    assert "sessions" not in {one.topic for one in examine()}, "what needs tables is not asked"


def test_a_database_that_takes_no_writes_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    with connection.cursor() as cursor:
        forbid, allow = (
            ("PRAGMA query_only = 1", "PRAGMA query_only = 0")
            if connection.vendor == "sqlite"
            else ("SET TRANSACTION READ ONLY", "SELECT 1")
        )
        cursor.execute(forbid)
        try:
            level, sentence, _ = said(database.is_writable)
        finally:
            cursor.execute(allow)
    assert (level, "cannot be written" in sentence) == ("problem", True)


def test_keys_that_do_not_fit_are_told_and_nothing_is_written(
    session: ProviderSession, settings: Settings
) -> None:
    instance.watch()
    assert said(sessions.open_with_our_keys)[0] == "ok"
    settings.SECRET_KEY, settings.SALT_KEY = "x" * 50, ["y" * 50]
    level, sentence, advice = said(sessions.open_with_our_keys)
    assert (level, sentence) == ("problem", "The server's keys do not fit its database.")
    assert "check_keys" in advice


def test_an_older_key_that_is_still_needed_is_told(session: ProviderSession, settings: Settings) -> None:
    instance.watch()
    settings.SALT_KEY = ["n" * 50, *settings.SALT_KEY]
    level, _, advice = said(sessions.open_with_our_keys)
    assert (level, "rotate_keys" in advice) == ("warning", True)


def test_a_check_that_breaks_is_a_finding_and_the_others_are_made(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: Path) -> Disk:
        raise PermissionError("no")

    monkeypatch.setattr(shutil, "disk_usage", broken)
    found = examine()
    assert [one.sentence for one in found if one.topic == "disk space"] == [
        "This could not be looked at (PermissionError)."
    ]
    assert "providers" in {one.topic for one in found}


def test_one_session_that_cannot_be_read_is_named(session: ProviderSession) -> None:
    ProviderSession.objects.update(credentials=session.credentials)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE sessions_app_providersession SET credentials = 'gAAAAbroken'")
    level, sentence, _ = said(sessions.open_with_our_keys)
    assert level == "problem"
    assert "owner/personal_claude" in sentence
    ProviderSession.objects.update(status=Status.KEY_ERROR)
    assert "owner/personal_claude" in said(sessions.by_status)[1]


def test_a_held_database_is_told(session: ProviderSession) -> None:
    assert said(sessions.belong_here)[0] == "ok"
    instance.hold("restored")
    level, _, advice = said(sessions.belong_here)
    assert (level, "instance adopt" in advice) == ("problem", True)


def test_sessions_that_need_their_owner_are_named_a_few_at_a_time(
    owner: User, session: ProviderSession, upstream: RunningSimulator
) -> None:
    for number in range(6):
        create_session(
            owner=owner,
            provider="simulator",
            auth_type="api_key",
            name=f"key{number}",
            api_key=Secret(API_KEY),
        )
    ProviderSession.objects.exclude(pk=session.pk).update(
        status=Status.NEEDS_LOGIN, status_reason="key_rejected"
    )
    level, sentence, advice = said(sessions.by_status)
    assert level == "warning"
    assert sentence.startswith("Need a new key: owner/key0 (the provider no longer accepts the key), ")
    assert sentence.endswith(" and 1 more.")
    assert "replaces the key" in advice


def test_a_key_that_ends_soon_is_told(session: ProviderSession) -> None:
    assert list(sessions.keys_that_end()) == []
    ProviderSession.objects.update(key_expires_at=timezone.localdate() + timedelta(days=13))
    assert said(sessions.keys_that_end)[:2] == ("warning", "owner/personal_claude: Key expires in 13 days.")
    ProviderSession.objects.update(key_expires_at=timezone.localdate() + timedelta(days=15))
    assert list(sessions.keys_that_end()) == []


def test_lines_of_the_rescue_journal_are_told(settings: Settings, tmp_path: Path) -> None:
    settings.MAESTRO_DATA_DIR = tmp_path
    assert said(sessions.rescued_answers)[0] == "ok"
    (tmp_path / "rescue.jsonl").write_text("cut off by a crash\n")
    assert said(sessions.rescued_answers)[:2] == (
        "warning",
        "Answers of token endpoints that wait to be stored: 1.",
    )
    assert [one.name for one in tmp_path.iterdir()] == ["rescue.jsonl"], "nothing was moved"
    (tmp_path / "rescue.jsonl").rename(tmp_path / "rescue-unreadable.jsonl")
    level, _, advice = said(sessions.rescued_answers)
    assert (level, str(tmp_path) in advice) == ("warning", True)


@pytest.mark.parametrize(
    ("seconds", "by", "level", "word"),
    [
        (5, "worker", "ok", "“worker”"),
        (5, "web", "warning", "in their place"),
        (400, "worker", "problem", "for 6 min"),
    ],
)
def test_who_refreshes_tokens_and_since_when(seconds: int, by: sweep.By, level: str, word: str) -> None:
    assert said(tokens_are_refreshed)[0] == "warning"
    sweep.sweep(by=by)
    Installation.objects.update(last_sweep_at=timezone.now() - timedelta(seconds=seconds))
    found = said(tokens_are_refreshed)
    assert (found[0], word in found[1]) == (level, True)


def test_answers_without_a_process_are_told(owner: User, session: ProviderSession) -> None:
    first, second = queue(owner, session).generation, queue(owner, session).generation
    runs.claim(first.pk, now=timezone.now())
    assert said(answers_go_on)[:2] == ("ok", "2 are under way, none was left alone.")
    Generation.objects.filter(pk=first.pk).update(heartbeat_at=timezone.now() - timedelta(seconds=61))
    Generation.objects.filter(pk=second.pk).update(created_at=timezone.now() - timedelta(seconds=301))
    level, sentence, _ = said(answers_go_on)
    assert (level, sentence[-3:]) == ("problem", " 2.")


def test_redis_that_is_away_is_told(settings: Settings) -> None:
    assert said(redis_works)[0] == "ok"
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    level, sentence, advice = said(redis_works)
    assert (level, "REDIS_URL" in advice) == ("problem", True)
    assert "127.0.0.1:1" not in sentence, "the URL may hold a password"


@pytest.mark.parametrize(("free", "level"), [(100_000_000, "problem"), (900_000_000, "warning"), (2e9, "ok")])
def test_a_disk_that_fills_up_is_told(monkeypatch: pytest.MonkeyPatch, free: float, level: str) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Disk(3e9, 1e9, free))
    assert said(server.disk_space)[0] == level


def test_a_data_folder_of_others_is_told(settings: Settings, tmp_path: Path) -> None:
    settings.MAESTRO_DATA_DIR = tmp_path / "none"
    assert said(server.data_folder)[0] == "problem"
    settings.MAESTRO_DATA_DIR = tmp_path
    tmp_path.chmod(0o777)
    assert said(server.data_folder) == (
        "warning",
        f"Other users may write in {tmp_path}.",
        f"Run: chmod go-w {tmp_path}",
    )


def test_a_database_that_all_users_can_read_is_told(settings: Settings, tmp_path: Path) -> None:
    settings.MAESTRO_DATA_DIR = tmp_path
    for name, mode in (("maestro.sqlite3", 0o644), ("maestro.sqlite3-wal", 0o600)):
        (tmp_path / name).touch(mode=mode)
    tmp_path.chmod(0o700)
    assert said(server.data_folder)[0] == "ok"
    tmp_path.chmod(0o755)
    assert said(server.data_folder) == (
        "warning",
        f"Other users of this machine can read conversations in {tmp_path} (maestro.sqlite3).",
        f"Run: chmod o-rwx {tmp_path}",
    )
    (tmp_path / "maestro.sqlite3").chmod(0o640)
    assert said(server.data_folder)[0] == "ok"


def test_dangerous_settings_are_told_louder_where_others_are_let_in(settings: Settings) -> None:
    settings.ALLOWED_HOSTS, settings.DEBUG = ["localhost", "127.0.0.1", "[::1]"], True
    assert said(server.settings_are_safe)[0] == "warning"
    settings.ALLOWED_HOSTS = ["chat.example"]
    found = list(server.settings_are_safe())
    assert {one.level for one in found if "DEBUG" in one.sentence} == {"problem"}
    assert any("simulator" in one.sentence for one in found if one.level == "problem")
    assert any("TLS" in one.sentence for one in found if one.level == "warning")


def test_providers_say_what_can_be_used(settings: Settings) -> None:
    settings.MAESTRO_PROVIDERS = {"anthropic": {}}
    (found,) = server.providers_are_set()
    assert "API keys. Signing in is off until MAESTRO_ANTHROPIC_OAUTH_CLIENT_ID is set." in found.sentence
    settings.MAESTRO_PROVIDERS = {"anthropic": {"oauth_client_id": "ours"}}
    (found,) = server.providers_are_set()
    assert found.sentence == "Claude (Anthropic): API keys and signing in."


def test_providers_are_asked_only_on_request(upstream: RunningSimulator, settings: Settings) -> None:
    said_without = {one.sentence for one in examine()}
    connected = {one.sentence for one in examine(connect=True)} - said_without
    assert any(upstream.url in one and "answers (HTTP" in one for one in connected)
    settings.MAESTRO_PROVIDERS = {"simulator": {"base_url": "http://127.0.0.1:1"}}
    assert said(server.providers_answer)[0] == "problem"
