"""The clock is set by an hour or a year, forwards or back: no mass refresh, and no session is lost.

A clock set forward by a year is the same as rows whose dates lie a year further back, so the rows are moved. What
becomes of single waits and leases is in tests/sessions_app/services/test_clock.py.
"""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db.models import F
from django.utils import timezone

from sessions_app.models import ProviderSession
from sessions_app.services import tokens
from sessions_app.services.refresh import Pace
from tests.reliability.figures import record
from tests.reliability.world import World

DATES = ("expires_at", "refresh_at", "last_refresh_at", "next_attempt_at", "lease_until", "lease_sent_at")
HOUR, YEAR = timedelta(hours=1), timedelta(days=365)
QUICK = Pace(sleep=lambda _: None)


@pytest.mark.parametrize("by", [HOUR, -HOUR, YEAR, -YEAR], ids=["+1 h", "-1 h", "+1 year", "-1 year"])
def test_a_clock_that_was_set_refreshes_bit_by_bit_and_loses_nothing(
    world: World, by: timedelta, fast: bool
) -> None:
    count = 15 if fast else 200
    made = world.sessions(count, expired=False)
    ProviderSession.objects.update(**{name: F(name) - by for name in DATES})
    due = []
    while swept := tokens.refresh_due(pace=QUICK).due:
        due.append(swept)
    state = world.upstream.state
    assert max(due, default=0) <= tokens.MAX_BACKLOG_PER_SWEEP
    # An hour is within the eight that each session has left: nothing is due, and nothing happens.
    assert state.token_calls == sum(due) == (count if abs(by) == YEAR else 0)
    for row in ProviderSession.objects.filter(id__in=made):
        assert row.status == "active"
        assert row.expires_at is not None
        assert timedelta(hours=6) < row.expires_at - timezone.now() < timedelta(hours=10)
    record(
        f"clock set by {'+' if by > timedelta(0) else '−'}1 {'year' if abs(by) == YEAR else 'h'}, "
        f"{count} sessions with 8 h left",
        f"{state.token_calls} calls, at most {max(due, default=0)} in one sweep, {state.families_lost} lost",
        fast=fast,
    )
    assert world.works(made[0])
    assert (state.replays, state.families_lost) == (0, 0)
