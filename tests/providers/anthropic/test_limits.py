"""Rate limits out of the headers of an answer, however odd they are."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from providers.anthropic.limits import limits_of
from providers.limits import Limit

RESET = "2026-11-22T17:05:00Z"


def counted(key: str, limit: str, remaining: str, reset: str = RESET) -> dict[str, str]:
    prefix = f"anthropic-ratelimit-{key}"
    return {f"{prefix}-limit": limit, f"{prefix}-remaining": remaining, f"{prefix}-reset": reset}


def test_counted_limits_say_how_much_is_left() -> None:
    headers = counted("requests", "1000", "920") | counted("input-tokens", "400000", "0")
    at = datetime(2026, 11, 22, 17, 5, tzinfo=UTC)
    assert limits_of(headers) == (
        Limit(name="requests", left=0.92, limit=1000, remaining=920, resets_at=at),
        Limit(name="input tokens", left=0.0, limit=400_000, remaining=0, resets_at=at),
    )


def test_the_windows_of_plans_are_read() -> None:
    headers = {
        "anthropic-ratelimit-unified-5h-utilization": "0.25",
        "anthropic-ratelimit-unified-5h-reset": "1795366800",
    }
    (found,) = limits_of(headers)
    assert (found.name, found.left, found.limit) == ("5 hours", 0.75, None)
    assert found.resets_at == datetime.fromtimestamp(1795366800, UTC)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        counted("requests", "0", "0"),
        counted("requests", "many", "few"),
        counted("requests", "١٠", "٣"),
        counted("requests", "9" * 40, "1"),
        {"anthropic-ratelimit-requests-limit": "1000"},
        {"anthropic-ratelimit-unified-5h-utilization": "nan", "anthropic-ratelimit-unified-5h-reset": "1"},
        {"anthropic-ratelimit-unified-5h-utilization": "0.1", "anthropic-ratelimit-unified-5h-reset": "soon"},
        {"anthropic-ratelimit-unified-5h-utilization": "0.1"},
    ],
)
def test_what_cannot_be_read_is_left_out(headers: dict[str, str]) -> None:
    assert limits_of(headers) == ()


@pytest.mark.parametrize("reset", ["", "tomorrow", "2026-11-22T17:05:00"])
def test_a_reset_without_a_zone_is_no_time(reset: str) -> None:
    (found,) = limits_of(counted("requests", "10", "12", reset))
    assert (found.left, found.resets_at) == (1.0, None)
