"""Any order of expiry, refresh, crash, restart, lost database, login, disconnect and clock: what must never break.

The provider takes the token that it traded last again, and no older one: so whatever is lost there was sent out of turn.
"""

from __future__ import annotations

from contextlib import ExitStack
from datetime import timedelta
from uuid import UUID

import pytest
from django.db.models import F
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from providers.credentials import OAuthTokens
from sessions_app import faults
from sessions_app.models import ProviderSession, RefreshAttempt
from sessions_app.services import rescue, schedule, sessions, tokens
from sessions_app.services.refresh import Pace
from tests.reliability.deeds import Deeds, crash, no_database
from tests.reliability.figures import record
from tests.reliability.world import World, held_by

DATES = ("expires_at", "refresh_at", "last_refresh_at", "next_attempt_at", "lease_until", "lease_sent_at")
# Nobody else is at work here: who holds a lease has crashed, and it ends when `wait_for_leases` says so.
QUICK = Pace(sleep=lambda _: None, patience=timedelta(seconds=1))
ANSWERS = ["", "", "", "rate_limit", "server_error", "html", "hang_up", "hang_up_after", "invalid_grant"]
# Where the database goes away, if it does; the first is where an answer is stored.
LOST_AT = [
    None,
    None,
    "refresh.before_save",
    "refresh.after_claim",
    "refresh.after_mark",
    "refresh.after_save",
]
# Where something may happen while the provider is asked.
DURING = ["refresh.after_claim", "refresh.after_mark", "refresh.after_answer", "refresh.before_save"]
GRACE_S = 3600.0  # longer than any example, so that nothing depends on the machine's speed


class Machine(Deeds, RuleBasedStateMachine):
    """Every rule is one event; `world` is given by the test."""

    def __init__(self) -> None:
        super().__init__()
        ProviderSession.objects.all().delete()
        if not rescue.journal().is_empty():
            rescue.journal().path.unlink()
        self.world.upstream.reset()
        self.world.upstream.set(grace=GRACE_S)
        self.versions: dict[UUID, int] = {}
        self.revoked = set()
        self.attempts_of_the_deleted = 0
        self.calls_before = self.world.upstream.state.token_calls

    @initialize()
    def begin(self) -> None:
        """Without a session most steps would be about nothing."""
        self.connect()

    @rule()
    @precondition(lambda self: len(self.versions) < 3)
    def connect(self) -> None:
        (session,) = self.world.sessions(1, expired=False)
        self.versions[session] = 1

    @rule()
    def expire(self) -> None:
        self.end_access()

    @rule(answer=st.sampled_from(ANSWERS), lost_at=st.sampled_from(LOST_AT), is_due=st.booleans())
    def sweep(self, answer: str, lost_at: str | None, is_due: bool) -> None:
        if is_due:
            self.come_due()
        with self.provider_says(answer), ExitStack() as stack:
            if lost_at:
                stack.enter_context(faults.plant(lost_at, no_database))
            self.attempt(lambda: tokens.refresh_due(pace=QUICK))

    @rule(answer=st.sampled_from(ANSWERS), is_due=st.booleans())
    def use(self, answer: str, is_due: bool) -> None:
        if is_due:
            self.come_due()
        for session in self.versions:
            with self.provider_says(answer):
                self.attempt(lambda id_=session: tokens.access_for(id_, pace=QUICK))

    @rule(answer=st.sampled_from(ANSWERS), is_news=st.booleans())
    def hear_a_401(self, answer: str, is_news: bool) -> None:
        """For the version that the row has, or for one that it had."""
        for session, version in self.versions.items():
            heard_of = version if is_news else version - 1
            with self.provider_says(answer):
                self.attempt(
                    lambda id_=session, heard_of=heard_of: tokens.access_after_401(
                        id_, cred_version=heard_of, pace=QUICK
                    )
                )

    @rule()
    def restart(self) -> None:
        """What a process does first: look whether one before it was killed, then sweep."""
        tokens.take_over_from_the_dead(pace=QUICK)
        tokens.refresh_due(pace=QUICK)
        assert rescue.journal().is_empty()

    @rule()
    def switch_off_and_on(self) -> None:
        for session in list(self.versions)[:1]:
            sessions.disable_session(ProviderSession.objects.get(id=session))
            sessions.enable_session(ProviderSession.objects.get(id=session))

    @rule(point=st.sampled_from(sorted(faults.POINTS)))
    def crash_in_a_refresh(self, point: str) -> None:
        away = point.startswith("journal.")
        for session in self.versions:
            with ExitStack() as stack:
                if away and point != "journal.before_remove":
                    stack.enter_context(faults.plant("refresh.before_save", no_database))
                stack.enter_context(faults.plant(point, crash))
                self.attempt(lambda id_=session: tokens.refresh_session(id_, force=True, pace=QUICK))

    @rule(hours=st.sampled_from([1, -1, 24 * 365, -24 * 365]))
    def set_clock(self, hours: int) -> None:
        by = timedelta(hours=hours)
        ProviderSession.objects.update(**{name: F(name) - by for name in DATES})

    @rule()
    def wait_for_leases(self) -> None:
        by = schedule.LEASE + timedelta(seconds=1)
        ProviderSession.objects.filter(lease_until__isnull=False).update(lease_until=F("lease_until") - by)
        ProviderSession.objects.update(next_attempt_at=F("next_attempt_at") - timedelta(hours=1))

    @rule()
    def log_in_again(self) -> None:
        for session in self.versions:
            self.log_in(session)

    @rule(comes_back=st.sampled_from([True, True, False]))
    def disconnect(self, comes_back: bool) -> None:
        for session in list(self.versions)[:1]:
            self.forget(session)
            if comes_back:
                self.log_in(session)

    @rule(point=st.sampled_from(DURING))
    def log_in_during_a_refresh(self, point: str) -> None:
        """What the owner gave is newer than any answer that was on its way."""
        for session in list(self.versions)[:1]:
            given = list[OAuthTokens]()
            with faults.plant(point, lambda id_=session, given=given: given.append(self.log_in(id_))):
                self.attempt(lambda id_=session: tokens.refresh_session(id_, force=True, pace=QUICK))
            assert not given or self.world.tokens_of(session).access_token == given[-1].access_token

    @rule(point=st.sampled_from(DURING))
    def disconnect_during_a_refresh(self, point: str) -> None:
        for session in list(self.versions)[:1]:
            with faults.plant(point, lambda id_=session: self.forget(id_)):
                self.attempt(lambda id_=session: tokens.refresh_session(id_, force=True, pace=QUICK))
            if session in self.revoked:
                assert not ProviderSession.objects.get(id=session).credentials
                self.log_in(session)

    @rule()
    @precondition(lambda self: len(self.versions) > 1)
    def delete(self) -> None:
        session = next(iter(self.versions))
        self.attempts_of_the_deleted += RefreshAttempt.objects.filter(session=session).count()
        sessions.delete_session(ProviderSession.objects.get(id=session))
        del self.versions[session]
        self.revoked.discard(session)

    @invariant()
    def every_promise_about_rows_holds(self) -> None:
        """They are read once for all promises, after every step."""
        rows = {row.id: row for row in ProviderSession.objects.all()}
        self.versions_only_grow(rows)
        self.no_failure_took_credentials(rows)
        self.usable_scheduled_or_marked(rows)

    def versions_only_grow(self, rows: dict[UUID, ProviderSession]) -> None:
        for session, before in self.versions.items():
            assert rows[session].cred_version >= before
            self.versions[session] = rows[session].cred_version

    def no_failure_took_credentials(self, rows: dict[UUID, ProviderSession]) -> None:
        """They are there, and the provider takes them."""
        for session in self.versions.keys() - self.revoked:
            access_token = held_by(rows[session]).access_token.reveal()
            assert access_token
            assert self.world.upstream.app.grants.accepts(access_token)

    def usable_scheduled_or_marked(self, rows: dict[UUID, ProviderSession]) -> None:
        for row in rows.values():
            if row.status == "active":
                assert row.refresh_at is not None
            else:
                assert row.status == "needs_login"
                assert row.status_reason in {"invalid_grant", "refused_before", "lost_response", "revoked"}
            assert (row.lease_owner is None) == (row.lease_until is None)

    @invariant()
    def every_send_was_written_down_first(self) -> None:
        written = RefreshAttempt.objects.count() + self.attempts_of_the_deleted
        assert self.world.upstream.state.token_calls - self.calls_before <= written

    @invariant()
    def no_token_was_sent_out_of_turn(self) -> None:
        state = self.world.upstream.state
        assert (state.replays, state.families_lost) == (0, 0)

    def teardown(self) -> None:
        """When all is quiet again each session that is not marked gets new tokens."""
        self.world.upstream.set(token_fault="")
        self.wait_for_leases()
        rescue.replay()
        for row in ProviderSession.objects.filter(status="active"):
            result = tokens.refresh_session(row.id, force=True, pace=QUICK)
            row.refresh_from_db()
            assert result.ok or row.status_reason == "lost_response", result
            self.every_promise_about_rows_holds()


PARTS = [
    pytest.param(0, id="fast"),
    *(pytest.param(part, marks=pytest.mark.reliability) for part in range(1, 11)),
]


@pytest.mark.early
@pytest.mark.once
@pytest.mark.parametrize("part", PARTS)
def test_no_order_of_events_breaks_a_promise(world: World, part: int) -> None:
    """In full it is ten parts, so that several processes can share them."""
    fast = part == 0
    examples, steps = (10, 15) if fast else (50, 50)
    run_state_machine_as_test(
        type("MachineHere", (Machine,), {"world": world}),
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
            derandomize=fast,
        ),
    )
    record(
        "state machine: connect, expire, sweep, use, 401, crash, restart, lost database, login, disconnect, off and on, "
        "delete, clock",
        f"{examples} examples × {steps} steps, 0 invariants broken",
        fast=fast,
    )
