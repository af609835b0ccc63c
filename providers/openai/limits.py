"""Reads the rate limits in the headers of an answer.

`x-ratelimit-{limit,remaining,reset}-{requests,tokens}`, the last as a duration such as `6m0s` or `20ms`
(https://platform.openai.com/docs/guides/rate-limits). What cannot be read is left out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from providers.limits import Limit, counted_limit

_NAMES = ("requests", "tokens")
_PART = re.compile(r"(\d{1,9}(?:\.\d{1,9})?)(ms|h|m|s)")
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}


def limits_of(headers: Mapping[str, str], *, now: datetime | None = None) -> tuple[Limit, ...]:
    """What the headers say; header names are lower case."""
    found = (_counted(headers, name, now or datetime.now(UTC)) for name in _NAMES)
    return tuple(limit for limit in found if limit is not None)


def _counted(headers: Mapping[str, str], name: str, now: datetime) -> Limit | None:
    limit, remaining, reset = (
        headers.get(f"x-ratelimit-{part}-{name}") for part in ("limit", "remaining", "reset")
    )
    wait = _duration(reset or "")
    return counted_limit(name, limit, remaining, resets_at=None if wait is None else now + wait)


def _duration(text: str) -> timedelta | None:
    parts = _PART.findall(text)
    if not parts or "".join(f"{number}{unit}" for number, unit in parts) != text:
        return None
    seconds = sum(float(number) * _SECONDS[unit] for number, unit in parts)
    return timedelta(seconds=seconds) if seconds < 366 * 86400 else None
