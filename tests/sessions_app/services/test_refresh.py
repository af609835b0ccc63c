"""One refresh, against a real token endpoint with every fault it can have."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.utils import timezone
from pytest_django import Settings

from providers.credentials import OAuthTokens
from sessions_app.document import unseal
from sessions_app.models import ProviderSession
from sessions_app.services import login, refresh, schedule, sessions, store
from sessions_app.services.providers import get_provider
from sessions_app.services.refresh import Pace, RefreshResult
from tests.support.marked import mark_of_the_dead, marked_process
from tests.support.simulator import RunningSimulator

pytestmark = pytest.mark.django_db(transaction=True)  # token calls have their own connection


def nothing(_: float) -> None:
    """Instead of sleeping."""


def run(
    session: ProviderSession,
    *,
    sleep: Callable[[float], None] = nothing,
    clock: Callable[[], datetime] = timezone.now,
) -> RefreshResult:
    session.refresh_from_db()
    result = refresh.run(session, cause="forced", pace=Pace(clock=clock, sleep=sleep))
    session.refresh_from_db()
    return result


def tokens_of(session: ProviderSession) -> OAuthTokens:
    session.refresh_from_db()
    found = unseal(session.id, session.credentials)
    assert isinstance(found, OAuthTokens)
    return found


def log_in_again(session: ProviderSession, upstream: RunningSimulator) -> None:
    start = login.begin_login(session, user=session.owner)
    login.finish_login(session, user=session.owner, pasted=upstream.approve(start.url))


def test_a_refresh_stores_the_new_pair_and_clears_everything(oauth_session: ProviderSession) -> None:
    before = tokens_of(oauth_session)
    ProviderSession.objects.filter(id=oauth_session.id).update(
        consecutive_failures=3,
        ambiguous_sends=1,
        next_attempt_at=timezone.now(),
        status_reason="misconfigured",
    )
    assert run(oauth_session).state == "refreshed"
    after = tokens_of(oauth_session)
    assert after.access_token != before.access_token
    assert after.refresh_token != before.refresh_token
    assert oauth_session.cred_version == 2
    assert oauth_session.lease_owner is oauth_session.lease_until is oauth_session.lease_sent_at is None
    assert (oauth_session.consecutive_failures, oauth_session.ambiguous_sends) == (0, 0)
    assert oauth_session.next_attempt_at is None
    assert oauth_session.status_reason == ""
    attempt = oauth_session.refresh_attempts.get()
    assert (attempt.outcome, attempt.version_before) == ("refreshed", 1)
    assert attempt.finished_at >= attempt.sent_at


def test_an_answer_without_refresh_token_keeps_the_old_one(
    oauth_session: ProviderSession, upstream: RunningSimulator
) -> None:
    before = tokens_of(oauth_session)
    upstream.set(token_fault="no_refresh_token")
    assert run(oauth_session).ok
    assert tokens_of(oauth_session).refresh_token == before.refresh_token


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [
        ("rate_limit", "wait"),
        ("overloaded", "wait"),
        ("html", "unexpected"),
        ("empty", "unexpected"),
        ("no_access_token", "unexpected"),
    ],
)
def test_a_passing_trouble_is_tried_again_later(
    oauth_session: ProviderSession, upstream: RunningSimulator, fault: str, outcome: str
) -> None:
    before, now = oauth_session.credentials, timezone.now()
    upstream.set(token_fault=fault)
    assert run(oauth_session).state == "failed"
    assert oauth_session.status == "active"
    assert oauth_session.credentials == before
    assert oauth_session.consecutive_failures == 1
    assert oauth_session.next_attempt_at > now + timedelta(seconds=14)
    assert oauth_session.lease_owner is None
    assert [a.outcome for a in oauth_session.refresh_attempts.all()] == [outcome]


def test_a_provider_that_is_down_costs_nothing(oauth_session: ProviderSession, settings: Settings) -> None:
    settings.MAESTRO_PROVIDERS = {"simulator": {"base_url": "http://127.0.0.1:9"}}
    assert run(oauth_session).state == "failed"
    assert oauth_session.ambiguous_sends == 0
    assert oauth_session.refresh_attempts.get().outcome == "not_sent"


def test_a_lost_answer_is_replayed_once_within_the_grace(
    oauth_session: ProviderSession, upstream: RunningSimulator
) -> None:
    upstream.set(token_fault="hang_up_after", first=1, grace=30)
    assert run(oauth_session).state == "refreshed"
    assert upstream.state.families_lost == 0
    assert [a.outcome for a in oauth_session.refresh_attempts.order_by("id")] == ["ambiguous", "refreshed"]


def test_a_lost_answer_without_grace_is_said_plainly(
    oauth_session: ProviderSession, upstream: RunningSimulator
) -> None:
    before = oauth_session.credentials
    upstream.set(token_fault="hang_up_after", first=1)
    assert run(oauth_session).state == "needs_login"
    assert oauth_session.status_reason == "lost_response"
    assert oauth_session.credentials == before
    assert "answer to a refresh was lost" in oauth_session.state_sentence


def test_an_outage_of_the_provider_never_logs_anybody_out(
    oauth_session: ProviderSession, upstream: RunningSimulator
) -> None:
    upstream.set(token_fault="server_error")
    for _ in range(5):
        assert run(oauth_session).state == "failed"
    assert oauth_session.status == "active"
    upstream.reset()
    assert run(oauth_session).state == "refreshed"


def test_more_than_two_ambiguous_sends_give_up(
    oauth_session: ProviderSession, upstream: RunningSimulator
) -> None:
    upstream.set(token_fault="hang_up")
    assert run(oauth_session).state == "failed"  # sent, and replayed once
    assert oauth_session.ambiguous_sends == 2
    assert run(oauth_session).state == "needs_login"
    assert oauth_session.status_reason == "lost_response"
    assert oauth_session.refresh_attempts.count() == 3


def test_a_killed_owner_counts_as_an_ambiguous_send(oauth_session: ProviderSession) -> None:
    now = timezone.now()
    for _ in range(3):
        lease = store.claim(oauth_session.id, version=1, now=now)
        assert lease is not None
        store.mark_sent(lease, now=now, cause="due", worker="killed")
        now += schedule.LEASE + timedelta(seconds=1)
    assert run(oauth_session, clock=lambda: now).state == "needs_login"
    assert oauth_session.status_reason == "lost_response"
    assert {a.outcome for a in oauth_session.refresh_attempts.all()} == {"sent"}


def test_a_killed_owner_that_sent_nothing_costs_nothing(oauth_session: ProviderSession) -> None:
    now = timezone.now()
    assert store.claim(oauth_session.id, version=1, now=now)
    later = now + schedule.LEASE + timedelta(seconds=1)
    assert run(oauth_session, clock=lambda: now).state == "elsewhere"
    assert run(oauth_session, clock=lambda: later).state == "refreshed"


def begin_elsewhere(session: ProviderSession, mark: str, *, sent: timedelta | None) -> None:
    """The lease of another process, which sent the token so long ago, or has not yet."""
    now = timezone.now()
    lease = store.claim(session.id, version=session.cred_version, now=now)
    assert lease is not None
    if sent is not None:
        store.mark_sent(lease, now=now - sent, cause="due", worker="another")
    ProviderSession.objects.filter(id=session.id).update(lease_process=mark, lease_until=now + schedule.LEASE)


@pytest.mark.parametrize(("sent", "in_doubt"), [(None, 0), (timedelta(seconds=3), 1)])
def test_the_lease_of_a_dead_process_holds_nobody_up(
    oauth_session: ProviderSession, upstream: RunningSimulator, sent: timedelta | None, in_doubt: int
) -> None:
    begin_elsewhere(oauth_session, mark_of_the_dead(), sent=sent)
    upstream.set(token_fault="rate_limit")
    assert run(oauth_session).state == "failed"
    assert oauth_session.ambiguous_sends == in_doubt
    upstream.set(token_fault="")
    assert run(oauth_session).state == "refreshed"


def test_what_a_dead_process_sent_this_moment_is_not_sent_beside_it(
    oauth_session: ProviderSession, upstream: RunningSimulator
) -> None:
    calls = upstream.state.token_calls
    begin_elsewhere(oauth_session, mark_of_the_dead(), sent=timedelta(0))
    assert run(oauth_session).state == "elsewhere"
    assert upstream.state.token_calls == calls
    later = timezone.now() + schedule.REPLAY_AFTER
    assert run(oauth_session, clock=lambda: later).state == "refreshed"


def test_the_lease_of_a_process_that_may_live_is_kept(oauth_session: ProviderSession) -> None:
    for mark in ("", "another machine:1-2:3"):
        begin_elsewhere(oauth_session, mark, sent=timedelta(seconds=3))
        assert run(oauth_session).state == "elsewhere"
        ProviderSession.objects.update(lease_owner=None, lease_until=None, lease_sent_at=None)
    with marked_process() as other:
        begin_elsewhere(oauth_session, other.mark, sent=timedelta(seconds=3))
        assert run(oauth_session).state == "elsewhere"


def test_processes_that_die_again_and_again_do_not_send_for_ever(oauth_session: ProviderSession) -> None:
    dead = mark_of_the_dead()
    for _ in range(3):
        store.end_leases_of_the_dead(now=timezone.now())
        begin_elsewhere(oauth_session, dead, sent=timedelta(seconds=3))
    assert run(oauth_session).state == "needs_login"
    assert oauth_session.status_reason == "lost_response"


def test_a_refused_token_is_confirmed_once_before_the_session_is_marked(
    oauth_session: ProviderSession, upstream: RunningSimulator
) -> None:
    before = oauth_session.credentials
    upstream.set(token_fault="invalid_grant")
    assert run(oauth_session).state == "needs_login"
    assert oauth_session.status_reason == "invalid_grant"
    assert oauth_session.credentials == before
    assert oauth_session.refresh_attempts.count() == 2


def test_a_refusal_that_is_not_confirmed_is_forgotten(
    oauth_session: ProviderSession, upstream: RunningSimulator
) -> None:
    upstream.set(token_fault="invalid_grant", first=1)
    assert run(oauth_session).state == "refreshed"


def test_a_refusal_after_a_new_login_adopts_the_new_tokens(
    oauth_session: ProviderSession, upstream: RunningSimulator
) -> None:
    upstream.set(token_fault="invalid_grant", first=1)

    def somebody_logs_in(_: float) -> None:
        upstream.reset()
        log_in_again(oauth_session, upstream)

    assert run(oauth_session, sleep=somebody_logs_in).state == "elsewhere"
    assert oauth_session.status == "active"
    assert oauth_session.cred_version == 2


def test_wrong_settings_are_the_operators_problem(
    oauth_session: ProviderSession, upstream: RunningSimulator
) -> None:
    upstream.set(token_fault="invalid_client")
    result = run(oauth_session)
    assert result.state == "misconfigured"
    assert result.sentence.startswith("The operator must")
    assert oauth_session.status == "active"
    assert "Tell the operator" in oauth_session.state_sentence


def test_a_provider_taken_away_leaves_the_session_as_it_is(
    oauth_session: ProviderSession, settings: Settings
) -> None:
    settings.MAESTRO_PROVIDERS = {}
    assert run(oauth_session).state == "misconfigured"
    assert oauth_session.status == "active"
    assert oauth_session.next_attempt_at is not None
    assert not oauth_session.refresh_attempts.exists()


def test_a_late_answer_wins_over_an_expired_lease(
    oauth_session: ProviderSession, upstream: RunningSimulator
) -> None:
    """The owner is frozen past its lease, another gives up, and then the answer arrives."""
    now = timezone.now()
    late = upstream_refresh(oauth_session)
    ProviderSession.objects.filter(id=oauth_session.id).update(
        status="needs_login", status_reason="lost_response", lease_owner=None, lease_until=None
    )
    assert store.save_refreshed(oauth_session.id, version=1, tokens=late, now=now)
    assert tokens_of(oauth_session) == late
    assert oauth_session.status == "active"


def test_a_frozen_owner_sends_nothing_once_another_has_the_lease(oauth_session: ProviderSession) -> None:
    now = timezone.now()
    frozen = store.claim(oauth_session.id, version=1, now=now)
    assert frozen is not None
    later = now + schedule.LEASE + timedelta(seconds=1)
    assert store.claim(oauth_session.id, version=1, now=later)
    assert store.mark_sent(frozen, now=later, cause="due", worker="frozen") is None
    assert not store.release(frozen, ambiguous_sends=9)
    assert not oauth_session.refresh_attempts.exists()


def test_a_process_stopped_between_mark_and_call_sends_nothing(
    oauth_session: ProviderSession, upstream: RunningSimulator
) -> None:
    calls = upstream.state.token_calls
    start, ticks = timezone.now(), iter(range(0, 10_000, 61))
    assert run(oauth_session, clock=lambda: start + timedelta(seconds=next(ticks))).state == "failed"
    assert upstream.state.token_calls == calls
    assert oauth_session.ambiguous_sends == 0


def test_an_answer_for_replaced_credentials_is_dropped_and_revoked(
    oauth_session: ProviderSession, upstream: RunningSimulator
) -> None:
    late = upstream_refresh(oauth_session)
    log_in_again(oauth_session, upstream)
    newer = tokens_of(oauth_session)
    assert not store.save_refreshed(oauth_session.id, version=1, tokens=late, now=timezone.now())
    assert tokens_of(oauth_session) == newer


def test_a_login_during_the_call_supersedes_its_answer(
    oauth_session: ProviderSession, upstream: RunningSimulator
) -> None:
    upstream.set(token_fault="hang_up", first=1)

    def wipe_after_mark(_: float) -> None:
        sessions.revoke_session(ProviderSession.objects.get(id=oauth_session.id))

    assert run(oauth_session, sleep=wipe_after_mark).state == "elsewhere"
    assert oauth_session.status_reason == "revoked"


def test_disabling_during_the_call_keeps_the_answer_and_stays_disabled(
    oauth_session: ProviderSession, upstream: RunningSimulator
) -> None:
    late = upstream_refresh(oauth_session)
    sessions.disable_session(oauth_session)
    assert store.save_refreshed(oauth_session.id, version=1, tokens=late, now=timezone.now())
    assert tokens_of(oauth_session) == late
    assert oauth_session.status == "disabled"


def test_wrong_keys_are_told_and_write_nothing(
    oauth_session: ProviderSession, settings: Settings, upstream: RunningSimulator
) -> None:
    before, calls = oauth_session.credentials, upstream.state.token_calls
    settings.SECRET_KEY = "another-key"
    assert run(oauth_session).state == "key_error"
    assert (oauth_session.status, oauth_session.state) == ("active", "key_error")
    assert oauth_session.state_reason == "wrong_key"
    assert (oauth_session.credentials, oauth_session.cred_version) == (before, 1)
    assert upstream.state.token_calls == calls


def test_swapped_rows_are_refused(oauth_session: ProviderSession, api_session: ProviderSession) -> None:
    ProviderSession.objects.filter(id=oauth_session.id).update(credentials=api_session.credentials)
    assert run(oauth_session).state == "key_error"
    assert oauth_session.status_reason == "wrong_session"


def test_without_a_refresh_token_the_end_of_access_ends_the_login(
    pending_session: ProviderSession, upstream: RunningSimulator
) -> None:
    upstream.set(token_fault="no_refresh_token")
    log_in_again(pending_session, upstream)
    assert pending_session.refresh_at == pending_session.expires_at
    assert run(pending_session).state == "fresh"
    after = pending_session.expires_at + timedelta(seconds=1)
    assert run(pending_session, clock=lambda: after).state == "needs_login"
    assert pending_session.status_reason == "no_refresh_token"


def upstream_refresh(session: ProviderSession) -> OAuthTokens:
    """What the provider answers, without storing it."""
    oauth = get_provider(session.provider).oauth
    assert oauth is not None
    return oauth.refresh(tokens_of(session))
