"""Who gets which tokens, who waits, and what a sweep does."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import uuid4

import pytest
from channels.db import database_sync_to_async
from django.conf import settings as django_settings
from django.db import connection, connections, transaction
from django.utils import timezone
from pytest_django import Settings

from providers.credentials import OAuthTokens
from sessions_app import tasks
from sessions_app.errors import SessionUnavailable
from sessions_app.models import ProviderSession
from sessions_app.services import schedule, sessions, store, tokens
from sessions_app.services.refresh import Pace
from tests.sessions_app.services.test_refresh import log_in_again, tokens_of
from tests.support.simulator import RunningSimulator
from tests.support.waiting import until, wait_until


def expire(session: ProviderSession) -> None:
    """Make the access token's life be over, as far as the row knows."""
    past = timezone.now() - timedelta(minutes=1)
    ProviderSession.objects.filter(id=session.id).update(expires_at=past, refresh_at=past)


def token_in(access: tokens.Access) -> str:
    assert isinstance(access.credentials, OAuthTokens)
    return access.credentials.access_token.reveal()


def test_a_living_token_is_given_as_it_is(oauth_session: ProviderSession, upstream: RunningSimulator) -> None:
    calls = upstream.state.token_calls
    access = tokens.access_for(oauth_session.id)
    assert access.credentials == tokens_of(oauth_session)
    assert (access.cred_version, access.provider.name) == (1, "simulator")
    assert upstream.state.token_calls == calls
    assert oauth_session.last_used_at is not None


def test_an_expired_token_is_refreshed_first(oauth_session: ProviderSession) -> None:
    old = token_in(tokens.access_for(oauth_session.id))
    expire(oauth_session)
    access = tokens.access_for(oauth_session.id)
    assert token_in(access) != old
    assert access.cred_version == 2
    assert oauth_session.refresh_attempts.get().cause == "needed"


def test_an_api_key_needs_no_refresh(api_session: ProviderSession) -> None:
    assert tokens.access_for(api_session.id).cred_version == 1
    assert tokens.refresh_session(api_session.id, force=True).state == "unavailable"


def test_failed_refresh_says_when_it_is_tried_again_and_obeys_it(
    oauth_session: ProviderSession, upstream: RunningSimulator
) -> None:
    expire(oauth_session)
    upstream.set(token_fault="rate_limit", retry_after=120)
    with pytest.raises(SessionUnavailable) as first:
        tokens.access_for(oauth_session.id)
    assert first.value.reason == "refresh_failed"
    assert first.value.retry_at > timezone.now() + timedelta(seconds=100)
    calls = upstream.state.token_calls
    with pytest.raises(SessionUnavailable):
        tokens.access_for(oauth_session.id)
    assert tokens.refresh_session(oauth_session.id).state == "waiting"
    assert upstream.state.token_calls == calls


@pytest.mark.parametrize("status", ["disabled", "needs_login", "quarantined", "pending"])
def test_a_session_that_does_not_work_says_why(api_session: ProviderSession, status: str) -> None:
    ProviderSession.objects.filter(id=api_session.id).update(status=status)
    with pytest.raises(SessionUnavailable) as caught:
        tokens.access_for(api_session.id)
    assert caught.value.status == status
    assert api_session.name in caught.value.message


def test_an_absent_session(db: None) -> None:
    with pytest.raises(SessionUnavailable, match="does not exist"):
        tokens.access_for(uuid4())
    assert tokens.refresh_session(uuid4()).state == "gone"


def test_a_provider_taken_away(api_session: ProviderSession, settings: Settings) -> None:
    settings.MAESTRO_PROVIDERS = {}
    with pytest.raises(SessionUnavailable) as caught:
        tokens.access_for(api_session.id)
    assert caught.value.reason == "provider_unavailable"


def test_a_wrong_key_is_marked_and_undone_when_the_key_is_back(
    api_session: ProviderSession, settings: Settings
) -> None:
    right = settings.SECRET_KEY
    settings.SECRET_KEY = "another-key"
    with pytest.raises(SessionUnavailable) as caught:
        tokens.access_for(api_session.id)
    assert (caught.value.status, caught.value.reason) == ("key_error", "wrong_key")
    with pytest.raises(SessionUnavailable):
        tokens.access_for(api_session.id)
    tokens.refresh_due()
    settings.SECRET_KEY = right
    tokens.refresh_due()
    api_session.refresh_from_db()
    assert api_session.status == "active"


def test_after_a_401_a_newer_version_is_taken(oauth_session: ProviderSession) -> None:
    tokens.refresh_session(oauth_session.id, force=True)
    assert tokens.access_after_401(oauth_session.id, cred_version=1).cred_version == 2
    assert oauth_session.refresh_attempts.count() == 1


def test_after_a_401_the_same_version_is_refreshed(oauth_session: ProviderSession) -> None:
    assert tokens.access_after_401(oauth_session.id, cred_version=1).cred_version == 2
    assert oauth_session.refresh_attempts.get().cause == "rejected"


def test_after_a_401_with_a_failing_refresh_there_is_no_access(
    oauth_session: ProviderSession, upstream: RunningSimulator
) -> None:
    upstream.set(token_fault="overloaded")
    with pytest.raises(SessionUnavailable):
        tokens.access_after_401(oauth_session.id, cred_version=1)


def test_after_a_401_an_api_key_needs_replacing(api_session: ProviderSession) -> None:
    with pytest.raises(SessionUnavailable, match="Replace the key"):
        tokens.access_after_401(api_session.id, cred_version=1)
    assert sessions.test_session(api_session).ok  # the key works after all, so the session is back
    api_session.refresh_from_db()
    assert api_session.status == "active"


def test_it_is_not_refreshed_before_its_time(oauth_session: ProviderSession) -> None:
    assert tokens.refresh_session(oauth_session.id).state == "fresh"
    due = oauth_session.refresh_at + timedelta(seconds=1)
    assert tokens.refresh_session(oauth_session.id, now=due).state == "refreshed"


def test_a_caller_waits_for_the_one_who_refreshes(oauth_session: ProviderSession) -> None:
    expire(oauth_session)
    lease = store.claim(oauth_session.id, version=1, now=timezone.now())
    assert lease is not None
    pauses: list[float] = []

    def other_finishes(pause: float) -> None:
        pauses.append(pause)
        if len(pauses) == 3:
            store.release(lease)
            log_in(oauth_session)

    access = tokens.access_for(oauth_session.id, pace=Pace(sleep=other_finishes))
    assert access.cred_version == 2
    assert len(pauses) == 3
    assert pauses == sorted(pauses)


def log_in(session: ProviderSession) -> None:
    store.save_login(
        session.id,
        credentials=OAuthTokens(
            access_token=tokens_of(session).access_token,
            refresh_token=None,
            expires_at=timezone.now() + timedelta(hours=1),
        ),
        now=timezone.now(),
    )


def test_waiting_ends(oauth_session: ProviderSession) -> None:
    expire(oauth_session)
    store.claim(oauth_session.id, version=1, now=timezone.now())
    waited: list[float] = []
    with pytest.raises(SessionUnavailable):
        tokens.access_for(oauth_session.id, pace=Pace(sleep=waited.append))
    assert 90 <= sum(waited) < 92


def test_a_sweep_refreshes_what_is_due_and_nothing_else(
    oauth_session: ProviderSession, api_session: ProviderSession, upstream: RunningSimulator
) -> None:
    assert tokens.refresh_due() == tokens.SweepResult()
    assert tokens.refresh_due(now=oauth_session.refresh_at) == tokens.SweepResult(due=1, refreshed=1)
    expire(oauth_session)
    tasks.sweep()
    oauth_session.refresh_from_db()
    assert oauth_session.cred_version == 3
    expire(oauth_session)
    tasks.refresh(str(oauth_session.id))
    oauth_session.refresh_from_db()
    assert oauth_session.cred_version == 4


def test_a_sweep_goes_on_past_a_session_that_fails(
    oauth_session: ProviderSession, upstream: RunningSimulator
) -> None:
    expire(oauth_session)
    upstream.set(token_fault="overloaded")
    result = tokens.refresh_due()
    assert (result.due, result.failed) == (1, 1)
    assert tokens.refresh_due().due == 0  # it waits for its next attempt


def test_due_leaves_out_what_is_leased_switched_off_or_waiting(oauth_session: ProviderSession) -> None:
    now = oauth_session.refresh_at

    def due(**changes: object) -> bool:
        row = ProviderSession.objects.filter(id=oauth_session.id)
        row.update(**changes)
        found = ProviderSession.objects.due(now).exists()
        row.update(status="active", next_attempt_at=None, lease_owner=None, lease_until=None)
        return found

    assert due()
    assert not due(status="disabled")
    assert not due(next_attempt_at=now + timedelta(seconds=1))
    assert not due(lease_owner=uuid4(), lease_until=now + timedelta(seconds=1))
    assert due(lease_owner=uuid4(), lease_until=now - schedule.LEASE)


def test_a_send_in_doubt_is_due_at_once(oauth_session: ProviderSession) -> None:
    """A process was killed in a refresh that somebody had asked for early: the provider forgets its answer soon."""
    now = timezone.now()
    lease = store.claim(oauth_session.id, version=1, now=now)
    assert lease is not None
    assert store.mark_sent(lease, now=now, cause="forced", worker="killed")
    assert now < oauth_session.refresh_at
    assert tokens.refresh_due(now=now).due == 0
    later = now + schedule.LEASE + timedelta(seconds=1)
    assert tokens.refresh_due(now=later).refreshed == 1
    assert tokens.refresh_due(now=later).due == 0


def test_a_token_call_refuses_to_run_inside_a_transaction(oauth_session: ProviderSession) -> None:
    with transaction.atomic(), pytest.raises(RuntimeError):
        tokens.refresh_session(oauth_session.id, force=True)


def test_a_refresh_goes_on_when_its_caller_is_cancelled(
    oauth_session: ProviderSession, upstream: RunningSimulator
) -> None:
    calls = upstream.state.token_calls
    upstream.set(token_delay=0.2)

    async def cancelled() -> None:
        refreshing = database_sync_to_async(tokens.refresh_session, thread_sensitive=False)
        task = asyncio.create_task(refreshing(oauth_session.id, force=True))
        await until(lambda: upstream.state.token_calls > calls)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(cancelled())
    oauth_session.refresh_from_db()
    assert oauth_session.cred_version == 2


def test_a_signal_to_the_caller_does_not_lose_the_answer(
    oauth_session: ProviderSession, upstream: RunningSimulator
) -> None:
    """As a worker's time limit or Ctrl-C does it: an exception in the middle of the main thread."""
    calls = upstream.state.token_calls
    upstream.set(token_delay=0.2)

    def interrupt() -> None:
        wait_until(lambda: upstream.state.token_calls > calls)
        signal.raise_signal(signal.SIGINT)

    with ThreadPoolExecutor(1) as pool:
        interrupting = pool.submit(interrupt)

        def refresh_until_interrupted() -> None:
            tokens.refresh_session(oauth_session.id, force=True)
            interrupting.result()  # a signal that came late would else end the whole test run

        with pytest.raises(KeyboardInterrupt):
            refresh_until_interrupted()
        interrupting.result()
    stored = ProviderSession.objects.filter(id=oauth_session.id, cred_version=2, lease_owner=None)
    wait_until(stored.exists)
    wait_until(lambda: not [thread for thread in threading.enumerate() if thread.name == "token-call"])


def test_threads_that_find_one_token_expired_make_one_call(
    oauth_session: ProviderSession, upstream: RunningSimulator
) -> None:
    expire(oauth_session)
    calls = upstream.state.token_calls
    barrier = threading.Barrier(8)

    def caller(number: int) -> str:
        barrier.wait(10)
        try:
            if number == 0:
                tokens.refresh_due()
            return token_in(tokens.access_for(oauth_session.id))
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(caller, range(8)))
    assert len(found) == 1
    assert upstream.state.token_calls == calls + 1
    assert upstream.state.replays == 0


_CALLER = """
import sys, django
from pathlib import Path
from django.conf import settings
django.setup()
settings.DATABASES["default"]["NAME"] = sys.argv[1]
settings.MAESTRO_PROVIDERS = {"simulator": {"base_url": sys.argv[2]}}
settings.MAESTRO_DATA_DIR = Path(sys.argv[4])
from sessions_app.services import tokens
from uuid import UUID
print(tokens.access_for(UUID(sys.argv[3])).cred_version)
"""


def test_processes_that_find_one_token_expired_make_one_call(
    oauth_session: ProviderSession, upstream: RunningSimulator
) -> None:
    expire(oauth_session)
    calls = upstream.state.token_calls
    folder = str(django_settings.MAESTRO_DATA_DIR)  # another one would look like a copied database
    arguments = [str(connection.settings_dict["NAME"]), upstream.url, str(oauth_session.id), folder]
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "tests.settings"}
    callers = [
        subprocess.Popen(
            [sys.executable, "-c", _CALLER, *arguments],
            cwd=django_settings.BASE_DIR,
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    answers = [process.communicate(timeout=60)[0].strip() for process in callers]
    assert answers == ["2"] * 2
    assert upstream.state.token_calls == calls + 1
    assert upstream.state.replays == 0


def test_logging_in_again_keeps_the_session(
    oauth_session: ProviderSession, upstream: RunningSimulator
) -> None:
    before = (oauth_session.id, oauth_session.name, oauth_session.color)
    log_in_again(oauth_session, upstream)
    assert (oauth_session.id, oauth_session.name, oauth_session.color) == before
    assert oauth_session.cred_version == 2
