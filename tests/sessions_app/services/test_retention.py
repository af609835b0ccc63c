"""Which rows of the refresh history are kept."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import User

from sessions_app.models import ProviderSession, RefreshAttempt
from sessions_app.services import retention

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)


@pytest.fixture
def session(user: User) -> ProviderSession:
    return ProviderSession.objects.create(owner=user, provider="simulator", auth_type="oauth", name="a")


def fill(session: ProviderSession, count: int, *, newest: datetime) -> None:
    RefreshAttempt.objects.bulk_create(
        RefreshAttempt(
            session=session, version_before=number, cause="due", started_at=at, sent_at=at, worker="w"
        )
        for number in range(count)
        for at in [newest - timedelta(minutes=number)]
    )


def test_what_is_older_than_90_days_goes(session: ProviderSession) -> None:
    fill(session, 2, newest=NOW - timedelta(days=89))
    fill(session, 3, newest=NOW - timedelta(days=91))
    assert retention.prune(now=NOW) == 3
    assert session.refresh_attempts.count() == 2


def test_the_newest_200_of_a_session_stay(session: ProviderSession, user: User) -> None:
    other = ProviderSession.objects.create(owner=user, provider="simulator", auth_type="oauth", name="b")
    fill(session, 230, newest=NOW)
    fill(other, 200, newest=NOW)
    assert retention.prune(now=NOW) == 30
    assert (session.refresh_attempts.count(), other.refresh_attempts.count()) == (200, 200)
    assert session.refresh_attempts.latest("sent_at").version_before == 0
    assert session.refresh_attempts.earliest("sent_at").version_before == 199
    assert retention.prune(now=NOW) == 0


def test_one_round_removes_a_bounded_number(session: ProviderSession) -> None:
    fill(session, 2500, newest=NOW - timedelta(days=91))
    assert retention.prune(now=NOW) == 2000
    assert retention.prune(now=NOW) == 500
    assert not session.refresh_attempts.exists()
