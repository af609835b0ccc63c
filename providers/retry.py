"""When to try a request again, and after how long. Pure; the caller sleeps, counts and sends.

Only requests whose answer has not begun may be repeated: after the first token a repeat would pay
twice and say something else.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from providers.errors import (
    Conflict,
    ConnectFailed,
    Overloaded,
    ProviderError,
    RateLimited,
    ServerFailed,
    SpendLimitReached,
    UnexpectedAnswer,
)

MAX_ATTEMPTS = 3
# A person watches: what takes longer than this is told to them instead of waited for.
MAX_RETRY_AFTER_S = 60.0
_FIRST_DELAY_S = 1.0
_MAX_DELAY_S = 8.0


def retry_delay(
    error: ProviderError, *, attempt: int, jitter: Callable[[], float] = random.random
) -> float | None:
    """Seconds to wait before attempt `attempt` + 1 (the first is 1); `None` means: give up.

    The provider's `retry-after` is obeyed as it is. Without one the delay is drawn from 0 to a bound
    that doubles ("full jitter"), so that many clients do not come back at once.
    """
    if attempt >= MAX_ATTEMPTS or not _may_repeat(error):
        return None
    if error.retry_after is not None:
        return error.retry_after if error.retry_after <= MAX_RETRY_AFTER_S else None
    return jitter() * min(_FIRST_DELAY_S * 2.0 ** (attempt - 1), _MAX_DELAY_S)


def _may_repeat(error: ProviderError) -> bool:
    """Whether nobody pays twice for it. Narrower than `retryable`, which is for people who decide themselves: a
    connection that broke after the request was sent says nothing about whether an answer was made, and billed."""
    if isinstance(error, RateLimited | SpendLimitReached) and error.retry_after is None:
        return False  # a 429 that names no time is a limit that waiting does not lift, whatever else it says
    if error.should_retry is not None:
        return error.should_retry
    if isinstance(error, UnexpectedAnswer):
        return error.status is not None and error.status >= 500  # a gateway's own page
    return isinstance(error, ConnectFailed | Conflict | RateLimited | ServerFailed | Overloaded)


def retry_after_seconds(headers: Mapping[str, str], *, now: datetime) -> float | None:
    """Seconds the answer asks to wait, never negative: `retry-after-ms`, or `retry-after` as seconds
    or as an HTTP date (RFC 9110 §10.2.3). `None` where it does not say or cannot be understood."""
    milliseconds = _number(headers.get("retry-after-ms", ""))
    if milliseconds is not None:
        return milliseconds / 1000
    text = headers.get("retry-after", "")
    seconds = _number(text)
    if seconds is not None:
        return seconds
    try:
        date = parsedate_to_datetime(text)
    except ValueError:
        return None
    # RFC 9110 dates are in GMT; parsedate_to_datetime leaves "-0000" without a zone.
    date = date if date.tzinfo else date.replace(tzinfo=UTC)
    return max(0.0, (date - now).total_seconds())


def should_retry_header(headers: Mapping[str, str]) -> bool | None:
    """The provider's own verdict, `x-should-retry`, if it gave one."""
    return {"true": True, "false": False}.get(headers.get("x-should-retry", "").lower())


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if 0 <= value < float("inf") else None
