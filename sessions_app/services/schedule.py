"""When a session is refreshed, and when a failed refresh is tried again. Pure arithmetic."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID

LEASE = timedelta(seconds=180)  # longer than the 90 s that a token call may take, plus saving its answer
CLOCK_SKEW = timedelta(minutes=1)  # between the machines of one installation
# A session that is overdue by more was not refreshed because nothing ran, or the clock was set: then
# everything is overdue at once, and is refreshed bit by bit.
BACKLOG_AFTER = timedelta(minutes=5)
# Long enough for the first send to be finished at the provider, short enough for the strictest grace
# window known (10 s), in which the token that was just traded is still accepted.
REPLAY_AFTER = timedelta(seconds=2)
WAIT_FOR_OTHERS = timedelta(seconds=90)  # as long as another's call may take

_LEAD_SHARE = 0.15
_LEAD_MIN, _LEAD_MAX = timedelta(minutes=5), timedelta(minutes=60)
_JITTER_SHARE = 0.25  # of the lead: spreads sessions that were connected in the same minute
_BACKOFF_BASE = timedelta(seconds=30)
_CAP_WHILE_ALIVE, _CAP_AFTER = timedelta(minutes=5), timedelta(minutes=15)
_RETRY_AFTER_MAX = timedelta(hours=1)  # a larger answer is a mistake somewhere
_MARGIN_MAX, _MARGIN_SHARE = timedelta(seconds=60), 0.25


def refresh_at(session_id: UUID, *, issued_at: datetime, expires_at: datetime) -> datetime:
    """15 % of the lifetime (5 to 60 min) and a jitter before the end, but never in its first half."""
    lifetime = max(expires_at - issued_at, timedelta(0))
    lead = min(max(lifetime * _LEAD_SHARE, _LEAD_MIN), _LEAD_MAX)
    lead += lead * _JITTER_SHARE * _fraction(session_id)
    return expires_at - min(lead, lifetime / 2)


def latest_issue(now: datetime) -> datetime:
    """Tokens that were received after this were received under a clock that has been set back since, by
    more than a refresh ahead of time makes up for. Their dates mean nothing."""
    return now + _LEAD_MAX


def latest_retry(now: datetime) -> datetime:
    """No back-off that began before `now` ends after this; if one seems to, the clock was set back."""
    return now + _RETRY_AFTER_MAX


def is_waiting(next_attempt_at: datetime | None, now: datetime) -> bool:
    """Whether a back-off is under way."""
    return next_attempt_at is not None and now < next_attempt_at <= latest_retry(now)


def margin(*, issued_at: datetime, expires_at: datetime) -> timedelta:
    """How much life a token needs for a call to start with it: 60 s, less for short-lived tokens."""
    return min(_MARGIN_MAX, max(expires_at - issued_at, timedelta(0)) * _MARGIN_SHARE)


def next_attempt_at(
    now: datetime,
    *,
    failures: int,
    expires_at: datetime | None,
    retry_after: float | None = None,
    jitter: Callable[[], float] = random.random,
) -> datetime:
    """When to try again after the `failures`-th failure in a row (from 1).

    30 s doubling, half of it jitter; at most 5 min while the token lives and 15 min after.
    `retry_after` (seconds, as the provider said) only ever makes it later.
    """
    is_alive = expires_at is not None and expires_at > now
    full = min(_BACKOFF_BASE * (1 << min(failures - 1, 10)), _CAP_WHILE_ALIVE if is_alive else _CAP_AFTER)
    delay = full * (0.5 + jitter() / 2)
    if retry_after is not None:
        delay = max(delay, min(timedelta(seconds=retry_after), _RETRY_AFTER_MAX))
    return now + delay


def _fraction(session_id: UUID) -> float:
    """A number from 0 to 1 that is always the same for one session."""
    return int.from_bytes(sha256(session_id.bytes).digest()[:4], "big") / 0xFFFF_FFFF
