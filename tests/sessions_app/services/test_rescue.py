"""An answer that the database could not take is stored later, by whoever looks next, and exactly once."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from django.db import InterfaceError, OperationalError, connection
from django.utils import timezone
from pytest_django import Settings

from providers.credentials import OAuthTokens
from sessions_app import checks, faults
from sessions_app.journal import Journal
from sessions_app.models import ProviderSession
from sessions_app.services import instance, rescue, sessions, store, tokens
from sessions_app.services.refresh import Pace, RefreshResult
from tests.sessions_app.services.test_refresh import log_in_again, nothing, run, tokens_of
from tests.sessions_app.services.test_tokens import expire
from tests.support.simulator import RunningSimulator

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def data_folder(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    settings.MAESTRO_DATA_DIR = tmp_path / "data"
    monkeypatch.setenv(faults.VARIABLE, "1")
    return tmp_path / "data"


@contextmanager
def database_away(times: int = 10**9, error: type[Exception] = OperationalError) -> Iterator[list[int]]:
    """Saving an answer fails `times` times; yields how often it was tried."""
    tries: list[int] = []

    def fail() -> None:
        tries.append(1)
        if len(tries) <= times:
            raise error("the database is away")

    with faults.plant("refresh.before_save", fail):
        yield tries


def refresh_into_journal(session: ProviderSession) -> None:
    with database_away():
        assert run(session).state == "waiting"


def lines() -> int:
    book = rescue.journal()
    return len(book.path.read_bytes().splitlines()) if book.path.exists() else 0


@pytest.mark.parametrize("error", [OperationalError, InterfaceError])
def test_a_database_that_comes_back_gets_the_answer_and_the_journal_is_cleared(
    oauth_session: ProviderSession, error: type[Exception]
) -> None:
    seen: list[int] = []

    def look(_: float) -> None:
        seen.append(lines())

    with database_away(times=3, error=error):
        assert run(oauth_session, sleep=look).state == "refreshed"
    assert seen == [1, 1, 1]
    assert oauth_session.cred_version == 2
    assert rescue.journal().is_empty()
    assert oauth_session.refresh_attempts.get().outcome == "refreshed"


def test_nothing_is_written_where_the_database_works(oauth_session: ProviderSession) -> None:
    assert run(oauth_session).state == "refreshed"
    assert not rescue.journal().path.exists()


def test_a_database_that_stays_away_leaves_the_answer_in_the_journal(
    oauth_session: ProviderSession, upstream: RunningSimulator
) -> None:
    before, calls = tokens_of(oauth_session), upstream.state.token_calls
    with database_away():
        result = run(oauth_session)
    assert result.state == "waiting"
    assert "kept in the data folder" in result.sentence
    assert (lines(), oauth_session.cred_version) == (1, 1)
    text = rescue.journal().path.read_text()
    assert before.refresh_token is not None
    assert "sk-sim" not in text

    tokens.refresh_due()
    after = tokens_of(oauth_session)
    assert after != before
    assert (oauth_session.cred_version, oauth_session.lease_owner) == (2, None)
    assert oauth_session.refresh_attempts.get().outcome == "refreshed"
    assert rescue.journal().is_empty()
    assert run(oauth_session).state == "refreshed"
    assert (upstream.state.token_calls, upstream.state.replays) == (calls + 2, 0)


def test_the_next_refresh_stores_it_before_it_sends_anything(
    oauth_session: ProviderSession, upstream: RunningSimulator
) -> None:
    refresh_into_journal(oauth_session)
    past = timezone.now() - timedelta(minutes=1)
    ProviderSession.objects.update(
        lease_owner=None, lease_until=None, lease_sent_at=None, expires_at=past, refresh_at=past
    )
    calls = upstream.state.token_calls
    assert tokens.access_for(oauth_session.id).cred_version == 2
    assert (upstream.state.token_calls, upstream.state.replays) == (calls, 0)


def test_an_answer_stored_twice_counts_once(oauth_session: ProviderSession) -> None:
    refresh_into_journal(oauth_session)
    line = rescue.journal().path.read_bytes()
    rescue.replay()
    rescue.journal().path.write_bytes(line)  # as if the process died before it removed the line
    held = tokens_of(oauth_session)
    rescue.replay()
    assert (tokens_of(oauth_session), oauth_session.cred_version) == (held, 2)
    assert rescue.journal().is_empty()
    assert tokens.refresh_session(oauth_session.id, force=True).state == "refreshed"  # and was not revoked


def test_a_commit_that_only_looked_failed_is_not_taken_for_another_login(
    oauth_session: ProviderSession, upstream: RunningSimulator
) -> None:
    """The connection breaks after COMMIT: the next try finds the version moved, by itself."""
    broken = iter([True])

    def break_after_commit(execute: Callable[..., object], sql: str, *rest: object) -> object:
        result = execute(sql, *rest)
        if sql.startswith("UPDATE") and "refreshattempt" in sql and next(broken, False):
            connection.connection.commit()
            raise OperationalError("the connection was lost")
        return result

    oauth_session.refresh_from_db()
    lease = store.claim(oauth_session.id, version=1, now=timezone.now())
    assert lease is not None
    attempt = store.mark_sent(lease, now=timezone.now(), cause="due", worker="test")
    assert attempt is not None
    answer = rescue.Answer("simulator", oauth_session.id, 1, attempt, timezone.now(), traded(oauth_session))
    with connection.execute_wrapper(break_after_commit):
        assert rescue.keep(answer, sleep=nothing) == "stored"
    assert next(broken, None) is None
    assert tokens_of(oauth_session) == answer.tokens
    assert oauth_session.cred_version == 2
    assert run(oauth_session).state == "refreshed"
    assert upstream.state.families_lost == 0


def traded(session: ProviderSession) -> OAuthTokens:
    """What the provider answers, without storing it."""
    provider = rescue.get_provider(session.provider)
    return rescue.require_oauth(provider).refresh(tokens_of(session))


def test_a_late_answer_of_the_same_login_is_dropped_but_not_revoked(
    oauth_session: ProviderSession, upstream: RunningSimulator
) -> None:
    """A frozen owner wakes up after another has replayed within the grace and gone on from there."""
    upstream.set(grace=60)
    now = timezone.now()
    frozen = store.claim(oauth_session.id, version=1, now=now - timedelta(hours=1))
    assert frozen is not None
    attempt = store.mark_sent(frozen, now=now - timedelta(hours=1), cause="due", worker="frozen")
    assert attempt is not None
    late = traded(oauth_session)
    assert run(oauth_session).state == "refreshed"
    answer = rescue.Answer("simulator", oauth_session.id, 1, attempt, now, late)
    assert rescue.keep(answer, sleep=nothing) == "superseded"
    assert run(oauth_session).state == "refreshed"
    assert upstream.state.families_lost == 0


def test_a_login_meanwhile_supersedes_the_journal_and_the_old_pair_is_revoked(
    oauth_session: ProviderSession, upstream: RunningSimulator
) -> None:
    refresh_into_journal(oauth_session)
    log_in_again(oauth_session, upstream)
    newer = tokens_of(oauth_session)
    rescue.replay()
    assert tokens_of(oauth_session) == newer
    assert rescue.journal().is_empty()
    assert upstream.state.calls["POST /v1/oauth/revoke"] == 1
    assert oauth_session.refresh_attempts.get().outcome == "superseded"
    assert run(oauth_session).state == "refreshed"


def test_the_answer_of_a_deleted_session_is_dropped_and_revoked(
    oauth_session: ProviderSession, upstream: RunningSimulator
) -> None:
    refresh_into_journal(oauth_session)
    sessions.delete_session(oauth_session)
    before = upstream.state.calls["POST /v1/oauth/revoke"]
    rescue.replay()
    assert rescue.journal().is_empty()
    assert upstream.state.calls["POST /v1/oauth/revoke"] == before + 1


def test_a_copied_database_stores_the_answer_but_calls_nobody(
    oauth_session: ProviderSession, pending_session: ProviderSession, upstream: RunningSimulator
) -> None:
    refresh_into_journal(oauth_session)
    instance.hold("operator")
    ProviderSession.objects.update(cred_version=2)
    calls = sum(upstream.state.calls.values())
    rescue.replay()
    assert rescue.journal().is_empty()
    assert sum(upstream.state.calls.values()) == calls


def test_a_session_given_up_meanwhile_comes_back(oauth_session: ProviderSession) -> None:
    refresh_into_journal(oauth_session)
    ProviderSession.objects.update(status="needs_login", status_reason="lost_response")
    tokens.refresh_due()
    oauth_session.refresh_from_db()
    assert (oauth_session.status, oauth_session.status_reason) == ("active", "")


def test_with_a_wrong_key_the_line_waits(oauth_session: ProviderSession, settings: Settings) -> None:
    refresh_into_journal(oauth_session)
    right = settings.SECRET_KEY
    settings.SECRET_KEY = "another-key"
    rescue.replay()
    assert lines() == 1
    settings.SECRET_KEY = right
    rescue.replay()
    assert tokens_of(oauth_session)
    assert oauth_session.cred_version == 2


@pytest.mark.parametrize("foreign", ["another key", "another session", "an older database"])
def test_a_foreign_line_is_kept_aside_and_said(
    oauth_session: ProviderSession, foreign: str, caplog: pytest.LogCaptureFixture, settings: Settings
) -> None:
    refresh_into_journal(oauth_session)
    path = rescue.journal().path
    if foreign == "another key":
        entry = rescue.journal().read()[0][0]
        path.write_bytes(path.read_bytes().replace(entry.sealed[20:60].encode(), b"A" * 40))
    elif foreign == "another session":
        other = sessions.create_session(
            owner=oauth_session.owner, provider="simulator", auth_type="oauth", name="other"
        )
        ProviderSession.objects.filter(id=other.id).update(cred_version=1)
        path.write_bytes(path.read_bytes().replace(str(oauth_session.id).encode(), str(other.id).encode()))
    else:
        ProviderSession.objects.update(cred_version=0)
    assert checks.check_journal(None) == []
    with caplog.at_level(logging.ERROR):
        rescue.replay()
    assert rescue.journal().is_empty()
    assert rescue.journal().aside.stat().st_size > 0
    assert "rescue-unreadable.jsonl" in caplog.text
    assert [message.id for message in checks.check_journal(None)] == ["sessions_app.W002"]


def test_a_half_written_line_is_kept_aside_and_said(
    oauth_session: ProviderSession, caplog: pytest.LogCaptureFixture
) -> None:
    refresh_into_journal(oauth_session)
    path = rescue.journal().path
    path.write_bytes(path.read_bytes()[:-9] + b"\n" + path.read_bytes())
    tokens.refresh_due()
    oauth_session.refresh_from_db()
    assert oauth_session.cred_version == 2
    assert "1 lines of the rescue journal" in caplog.text
    assert rescue.journal().aside.exists()


def test_without_a_journal_the_answer_is_kept_in_memory_for_minutes(
    oauth_session: ProviderSession, data_folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    Journal(data_folder)._lock.mkdir()  # where a file should be
    waited: list[float] = []
    with database_away(), pytest.raises(OperationalError):
        run(oauth_session, sleep=waited.append)
    assert sum(waited) > 600
    assert "Make the data folder writable" in caplog.text


def test_the_journal_is_written_as_soon_as_it_can_be(
    oauth_session: ProviderSession, data_folder: Path
) -> None:
    Journal(data_folder)._lock.mkdir()  # where a file should be
    waits = iter(range(10**9))

    def repair(_: float) -> None:
        if next(waits) == 3:
            Journal(data_folder)._lock.rmdir()

    with database_away():
        assert run(oauth_session, sleep=repair).state == "waiting"
    assert lines() == 1


def test_an_unreadable_journal_stops_no_refresh(
    oauth_session: ProviderSession, data_folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    Journal(data_folder)._lock.mkdir()
    (data_folder / "rescue.jsonl").write_text("x\n")
    expire(oauth_session)
    assert tokens.refresh_due().refreshed == 1
    assert "cannot be read" in caplog.text


def test_a_failure_is_not_taken_for_a_lost_answer_because_the_database_blinked(
    oauth_session: ProviderSession, upstream: RunningSimulator
) -> None:
    """The lease of a send that got a plain answer is given back as soon as the database is there again."""
    upstream.set(token_fault="rate_limit")
    blinks = iter([True] * 3)

    def blink(execute: Callable[..., object], sql: str, *rest: object) -> object:
        if sql.startswith("UPDATE") and "consecutive_failures" in sql and next(blinks, False):
            raise OperationalError("the database is away")
        return execute(sql, *rest)

    oauth_session.refresh_from_db()
    with connection.execute_wrapper(blink):
        result: RefreshResult = tokens.refresh.run(oauth_session, cause="due", pace=Pace(sleep=nothing))
    oauth_session.refresh_from_db()
    assert result.state == "failed"
    assert (oauth_session.lease_owner, oauth_session.ambiguous_sends) == (None, 0)


def test_a_line_for_nobody_known_is_dropped(oauth_session: ProviderSession) -> None:
    refresh_into_journal(oauth_session)
    path = rescue.journal().path
    path.write_bytes(path.read_bytes().replace(str(oauth_session.id).encode(), str(uuid4()).encode()))
    rescue.replay()
    assert rescue.journal().is_empty()
