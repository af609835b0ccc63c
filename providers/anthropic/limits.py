"""Reads the rate limits in the headers of an answer.

`anthropic-ratelimit-{requests,tokens,input-tokens,output-tokens}-{limit,remaining,reset}`, the last in RFC 3339
(https://platform.claude.com/docs/en/api/rate-limits). Plans have `anthropic-ratelimit-unified-{5h,7d}-utilization`
(0 to 1) and `-reset` (seconds since 1970) instead, which are not documented; what cannot be read is left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from providers.limits import Limit, counted_limit

_PREFIX = "anthropic-ratelimit-"
_COUNTED = {
    "requests": "requests",
    "tokens": "tokens",
    "input-tokens": "input tokens",
    "output-tokens": "output tokens",
}
_WINDOWS = {"unified-5h": "5 hours", "unified-7d": "7 days"}


def limits_of(headers: Mapping[str, str]) -> tuple[Limit, ...]:
    """What the headers say; header names are lower case."""
    found = [_counted(headers, key, name) for key, name in _COUNTED.items()]
    found += [_window(headers, key, name) for key, name in _WINDOWS.items()]
    return tuple(limit for limit in found if limit is not None)


def _counted(headers: Mapping[str, str], key: str, name: str) -> Limit | None:
    limit, remaining = (headers.get(f"{_PREFIX}{key}-{part}") for part in ("limit", "remaining"))
    return counted_limit(name, limit, remaining, resets_at=_rfc3339(headers.get(f"{_PREFIX}{key}-reset", "")))


def _window(headers: Mapping[str, str], key: str, name: str) -> Limit | None:
    try:
        used = float(headers.get(f"{_PREFIX}{key}-utilization", ""))
        resets_at = datetime.fromtimestamp(int(headers[f"{_PREFIX}{key}-reset"]), UTC)
    except (KeyError, ValueError, OverflowError, OSError):
        return None
    return Limit(name=name, left=min(1.0, max(0.0, 1 - used)), resets_at=resets_at) if used == used else None


def _rfc3339(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else None
