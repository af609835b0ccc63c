from __future__ import annotations

from datetime import UTC, datetime

import pytest

from providers.errors import (
    Conflict,
    ConnectFailed,
    ConnectionLost,
    InvalidRequest,
    Overloaded,
    ProviderError,
    RateLimited,
    ResponseTimeout,
    ServerFailed,
    SpendLimitReached,
    StreamCutOff,
    UnexpectedAnswer,
)
from providers.refusals import class_for_status
from providers.retry import retry_after_seconds, retry_delay, should_retry_header

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def test_waits_a_random_time_below_a_bound_that_doubles() -> None:
    error = ConnectFailed("down")
    assert retry_delay(error, attempt=1, jitter=lambda: 1.0) == 1.0
    assert retry_delay(error, attempt=2, jitter=lambda: 1.0) == 2.0
    assert retry_delay(error, attempt=2, jitter=lambda: 0.25) == 0.5
    delay = retry_delay(error, attempt=1)
    assert delay is not None
    assert 0 <= delay < 1


def test_gives_up_after_three_attempts() -> None:
    assert retry_delay(Overloaded("busy"), attempt=3) is None


def test_does_not_repeat_what_cannot_help() -> None:
    assert retry_delay(InvalidRequest("wrong"), attempt=1) is None
    assert retry_delay(SpendLimitReached("spent"), attempt=1) is None


@pytest.mark.parametrize("kind", [ConnectionLost, ResponseTimeout, StreamCutOff, UnexpectedAnswer])
def test_does_not_repeat_what_may_have_been_answered_and_billed(kind: type[ProviderError]) -> None:
    assert kind("lost").retryable, "a person may"
    assert retry_delay(kind("lost"), attempt=1) is None


@pytest.mark.parametrize("kind", [ConnectFailed, Conflict, ServerFailed, Overloaded])
def test_repeats_what_nobody_is_billed_for(kind: type[ProviderError]) -> None:
    assert retry_delay(kind("no"), attempt=1) is not None


def test_a_gateway_that_answers_for_the_provider_is_asked_again() -> None:
    assert retry_delay(UnexpectedAnswer("502", status=502), attempt=1) is not None
    assert retry_delay(UnexpectedAnswer("a page", status=200), attempt=1) is None


def test_a_429_without_a_time_is_never_repeated() -> None:
    assert retry_delay(RateLimited("slow"), attempt=1) is None
    assert retry_delay(SpendLimitReached("spent", should_retry=True), attempt=1) is None
    assert retry_delay(RateLimited("slow", retry_after=1, should_retry=False), attempt=1) is None


@pytest.mark.parametrize(
    ("status", "is_repeated"),
    [
        (400, False),
        (401, False),
        (402, False),
        (403, False),
        (404, False),
        (408, True),
        (409, True),
        (413, False),
        (429, False),
        (500, True),
        (502, True),
        (503, True),
        (504, True),
        (529, True),
    ],
)
def test_the_status_decides_where_nothing_else_is_said(status: int, is_repeated: bool) -> None:
    delay = retry_delay(class_for_status(status)("no"), attempt=1)
    assert (delay is not None) == is_repeated


def test_obeys_the_time_the_provider_names_unless_it_is_long() -> None:
    assert retry_delay(RateLimited("slow", retry_after=7.5), attempt=1) == 7.5
    assert retry_delay(RateLimited("slow", retry_after=60), attempt=2) == 60
    assert retry_delay(RateLimited("slow", retry_after=61), attempt=1) is None


def test_the_providers_own_verdict_wins() -> None:
    assert retry_delay(Overloaded("busy", should_retry=False), attempt=1) is None
    assert retry_delay(InvalidRequest("odd", should_retry=True), attempt=1, jitter=lambda: 1.0) == 1.0


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "12"}, 12.0),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after": "12", "retry-after-ms": "1500"}, 1.5),
        ({"retry-after": "Sun, 22 Nov 2026 12:00:30 GMT"}, 30.0),
        ({"retry-after": "Sun, 22 Nov 2026 12:00:30 -0000"}, 30.0),
        ({"retry-after": "Sun, 22 Nov 2026 11:59:30 GMT"}, 0.0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-3"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "inf"}, None),
    ],
)
def test_reads_every_form_of_retry_after(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after_seconds(headers, now=NOW) == seconds


def test_reads_the_verdict() -> None:
    verdicts = [should_retry_header({"x-should-retry": word}) for word in ("true", "False", "perhaps")]
    assert verdicts == [True, False, None]
    assert should_retry_header({}) is None
