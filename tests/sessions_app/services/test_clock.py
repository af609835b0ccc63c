"""A clock that was set wrong and right again: nothing is refreshed by the hundred, stuck, or lost.

A clock set forward by a year is the same as rows whose dates lie a year further back, so the rows are moved.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import uuid4

import msgspec
import pytest
from django.db.models import F
from django.utils import timezone

from providers.credentials import Secret
from sessions_app.document import seal
from sessions_app.models import ProviderSession
from sessions_app.services import schedule, tokens
from sessions_app.services.refresh import Pace
from tests.sessions_app.services.test_refresh import tokens_of
from tests.support.simulator import RunningSimulator

pytestmark = pytest.mark.django_db(transaction=True)

DATES = ("expires_at", "refresh_at", "last_refresh_at", "next_attempt_at", "lease_until", "lease_sent_at")
QUICK = Pace(sleep=lambda _: None)
YEAR = timedelta(days=365)


def set_clock(by: timedelta) -> None:
    """As the rows see it."""
    ProviderSession.objects.update(**{name: F(name) - by for name in DATES})


def sisters(session: ProviderSession, count: int) -> None:
    """More sessions of the same kind; the provider does not know their tokens, which is soon said."""
    unknown = msgspec.structs.replace(tokens_of(session), refresh_token=Secret("sk-sim-ort-unknown"))
    for number in range(count):
        other = ProviderSession.objects.get(id=session.id)
        other.pk, other.name = uuid4(), f"sister_{number}"
        other.credentials = seal(other.pk, unknown)
        other.save(force_insert=True)


@pytest.mark.parametrize("by", [timedelta(hours=1), -timedelta(hours=1)])
def test_an_hour_changes_nothing_for_sessions_with_hours_left(
    oauth_session: ProviderSession, upstream: RunningSimulator, by: timedelta
) -> None:
    calls = upstream.state.token_calls
    set_clock(by)
    assert tokens.refresh_due(pace=QUICK).due == 0
    assert tokens.access_for(oauth_session.id).cred_version == 1
    assert upstream.state.token_calls == calls


@pytest.mark.parametrize("by", [YEAR, -YEAR, timedelta(hours=9)])
def test_a_great_jump_is_worked_off_bit_by_bit(oauth_session: ProviderSession, by: timedelta) -> None:
    sisters(oauth_session, 25)
    set_clock(by)
    first = tokens.refresh_due(pace=QUICK)
    assert first.due == tokens.MAX_BACKLOG_PER_SWEEP


@pytest.mark.parametrize("by", [YEAR, -YEAR])
def test_after_a_great_jump_a_session_has_true_dates_again(
    oauth_session: ProviderSession, by: timedelta
) -> None:
    set_clock(by)
    assert tokens.refresh_due(pace=QUICK).refreshed == 1
    oauth_session.refresh_from_db()
    assert timedelta(hours=7) < oauth_session.expires_at - timezone.now() < timedelta(hours=9)
    assert tokens.refresh_due(pace=QUICK).due == 0
    assert tokens.refresh_session(oauth_session.id).state == "fresh"


def test_one_session_can_be_refreshed_after_the_clock_was_set_back(oauth_session: ProviderSession) -> None:
    set_clock(-YEAR)
    assert tokens.refresh_session(oauth_session.id).state == "refreshed"


def test_a_wait_of_the_old_clock_is_not_waited_for(oauth_session: ProviderSession) -> None:
    now = timezone.now()
    past = now - timedelta(minutes=1)
    ProviderSession.objects.update(expires_at=past, refresh_at=past, next_attempt_at=now + YEAR)
    assert tokens.refresh_due(pace=QUICK).refreshed == 1


def test_a_lease_of_the_old_clock_ends(oauth_session: ProviderSession) -> None:
    """Its owner may still be at work, so it gets as long as any; but not a year."""
    now = timezone.now()
    past = now - timedelta(minutes=1)
    ProviderSession.objects.update(
        expires_at=past, refresh_at=past, lease_owner=uuid4(), lease_until=now + YEAR
    )
    assert tokens.refresh_due(now=now).due == 0
    assert tokens.refresh_due(now=now + schedule.LEASE).due == 0
    assert tokens.refresh_due(now=now + schedule.LEASE + timedelta(seconds=1)).refreshed == 1


def test_what_failed_lately_is_tried_after_what_was_never_tried(oauth_session: ProviderSession) -> None:
    sisters(oauth_session, 12)
    long_ago, lately = timezone.now() - timedelta(hours=3), timezone.now() - timedelta(seconds=1)
    ProviderSession.objects.update(refresh_at=long_ago, expires_at=long_ago, next_attempt_at=lately)
    ProviderSession.objects.filter(id=oauth_session.id).update(next_attempt_at=None, expires_at=lately)
    tokens.refresh_due(pace=QUICK)
    oauth_session.refresh_from_db()
    assert oauth_session.cred_version == 2


def test_due_lately_is_not_held_up_by_a_backlog(oauth_session: ProviderSession) -> None:
    sisters(oauth_session, 12)
    moment: datetime = timezone.now() - timedelta(hours=3)
    ProviderSession.objects.update(refresh_at=moment, expires_at=moment)
    lately = timezone.now() - timedelta(minutes=1)
    ProviderSession.objects.filter(id=oauth_session.id).update(refresh_at=lately)
    assert tokens.refresh_due(pace=QUICK).due == tokens.MAX_BACKLOG_PER_SWEEP + 1
