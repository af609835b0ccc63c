"""When refreshes happen."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from sessions_app.services import schedule

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
SESSION = UUID(int=7)


def plan(lifetime: timedelta, session_id: UUID = SESSION) -> timedelta:
    """How long before its end a token of this lifetime is refreshed."""
    expires_at = NOW + lifetime
    return expires_at - schedule.refresh_at(session_id, issued_at=NOW, expires_at=expires_at)


@pytest.mark.parametrize(
    ("lifetime", "shortest", "longest"),
    [
        (timedelta(hours=8), timedelta(minutes=60), timedelta(minutes=75)),
        (timedelta(hours=1), timedelta(minutes=9), timedelta(minutes=11.25)),
        (timedelta(minutes=20), timedelta(minutes=5), timedelta(minutes=6.25)),
        (timedelta(days=365), timedelta(minutes=60), timedelta(minutes=75)),
        (timedelta(seconds=60), timedelta(seconds=30), timedelta(seconds=30)),
        (timedelta(0), timedelta(0), timedelta(0)),
        (timedelta(seconds=-5), timedelta(0), timedelta(0)),
    ],
)
def test_the_lead_is_a_share_of_the_lifetime(
    lifetime: timedelta, shortest: timedelta, longest: timedelta
) -> None:
    for _ in range(20):
        assert shortest <= plan(lifetime, uuid4()) <= longest


def test_the_jitter_belongs_to_the_session() -> None:
    hours = timedelta(hours=8)
    assert plan(hours) == plan(hours)
    assert len({plan(hours, uuid4()) for _ in range(20)}) > 10


@pytest.mark.parametrize(
    ("failures", "alive", "seconds"),
    [(1, True, 30), (2, True, 60), (3, True, 120), (9, True, 300), (9, False, 900), (10_000, False, 900)],
)
def test_back_off_doubles_up_to_its_cap(failures: int, alive: bool, seconds: float) -> None:
    expires_at = NOW + timedelta(hours=1 if alive else -1)
    for jitter, share in ((0.0, 0.5), (1.0, 1.0)):
        found = schedule.next_attempt_at(
            NOW, failures=failures, expires_at=expires_at, jitter=lambda j=jitter: j
        )
        assert found - NOW == timedelta(seconds=seconds * share)


def test_retry_after_only_makes_it_later() -> None:
    def delay(retry_after: float) -> timedelta:
        found = schedule.next_attempt_at(
            NOW, failures=1, expires_at=None, retry_after=retry_after, jitter=lambda: 1.0
        )
        return found - NOW

    assert delay(5) == timedelta(seconds=30)
    assert delay(200) == timedelta(seconds=200)
    assert delay(10**9) == timedelta(hours=1)


def test_the_margin_is_a_minute_and_less_for_short_lives() -> None:
    assert schedule.margin(issued_at=NOW, expires_at=NOW + timedelta(hours=8)) == timedelta(seconds=60)
    assert schedule.margin(issued_at=NOW, expires_at=NOW + timedelta(seconds=60)) == timedelta(seconds=15)
    assert schedule.margin(issued_at=NOW, expires_at=NOW) == timedelta(0)
