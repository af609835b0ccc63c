"""Rate limits in the headers of an answer."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from providers.limits import Limit
from providers.openai.limits import limits_of

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def headers(reset: str = "6m0s", limit: str = "1000", remaining: str = "250") -> dict[str, str]:
    return {
        "x-ratelimit-limit-tokens": limit,
        "x-ratelimit-remaining-tokens": remaining,
        "x-ratelimit-reset-tokens": reset,
    }


def test_both_limits_are_read() -> None:
    requests = {name.replace("tokens", "requests"): value for name, value in headers("20ms").items()}
    assert limits_of(headers() | requests, now=NOW) == (
        Limit(
            name="requests",
            left=0.25,
            limit=1000,
            remaining=250,
            resets_at=NOW + timedelta(milliseconds=20),
        ),
        Limit(name="tokens", left=0.25, limit=1000, remaining=250, resets_at=NOW + timedelta(minutes=6)),
    )


@pytest.mark.parametrize("reset", ["", "soon", "5", "-1s", "1d", "999999999h", "1s2"])
def test_a_time_that_cannot_be_read_is_left_out(reset: str) -> None:
    [limit] = limits_of(headers(reset), now=NOW)
    assert limit.resets_at is None


@pytest.mark.parametrize(
    ("limit", "remaining"), [("", "5"), ("0", "5"), ("ten", "5"), ("5", ""), ("5", "-1")]
)
def test_counts_that_cannot_be_read_are_no_limit(limit: str, remaining: str) -> None:
    assert limits_of(headers(limit=limit, remaining=remaining), now=NOW) == ()
    assert limits_of({}) == ()


def test_several_units_add_up() -> None:
    [limit] = limits_of(headers("1h2m3.5s"), now=NOW)
    assert limit.resets_at == NOW + timedelta(hours=1, minutes=2, seconds=3.5)
