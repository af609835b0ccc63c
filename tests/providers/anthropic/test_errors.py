from __future__ import annotations

import json

import pytest

from providers import errors
from providers.anthropic.errors import error_from_answer
from providers.http import HttpAnswer
from tests.providers.canned import API_KEY


def answer(status: int, body: object, **headers: str) -> HttpAnswer:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return HttpAnswer(status=status, headers=named, body=raw, host="api.example")


def vendor(type_: str, message: str = "No.", code: str | None = None) -> dict[str, object]:
    details = {"error_code": code} if code else None
    return {"type": "error", "error": {"type": type_, "message": message, "details": details}}


@pytest.mark.parametrize(
    ("status", "type_", "kind", "retryable"),
    [
        (400, "invalid_request_error", errors.InvalidRequest, False),
        (422, "invalid_request_error", errors.InvalidRequest, False),
        (401, "authentication_error", errors.AuthenticationFailed, False),
        (402, "billing_error", errors.BillingProblem, False),
        (403, "permission_error", errors.PermissionDenied, False),
        (404, "not_found_error", errors.NotFound, False),
        (409, "conflict_error", errors.Conflict, True),
        (413, "request_too_large", errors.RequestTooLarge, False),
        (413, "invalid_request_error", errors.RequestTooLarge, False),
        (500, "api_error", errors.ServerFailed, True),
        (504, "timeout_error", errors.ServerFailed, True),
        (529, "overloaded_error", errors.Overloaded, True),
        (503, "new_error", errors.Overloaded, True),
        (501, "new_error", errors.ServerFailed, True),
        (418, "new_error", errors.InvalidRequest, False),
        (400, "billing_error", errors.BillingProblem, False),
    ],
)
def test_every_status_has_its_class(
    status: int, type_: str, kind: type[errors.ProviderError], retryable: bool
) -> None:
    error = error_from_answer(answer(status, vendor(type_), request_id="req_9"))
    assert type(error) is kind
    assert error.retryable is retryable
    assert (error.message, error.status, error.error_type, error.request_id) == (
        "No.",
        status,
        type_,
        "req_9",
    )


@pytest.mark.parametrize(
    ("code", "retry_after", "kind"),
    [
        (None, "5", errors.RateLimited),
        (None, None, errors.SpendLimitReached),
        ("ramp_limit_exceeded", None, errors.RateLimited),
        ("enforced_spend_limit_reached", "5", errors.SpendLimitReached),
    ],
)
def test_a_429_passes_with_time_or_does_not(
    code: str | None, retry_after: str | None, kind: type[errors.ProviderError]
) -> None:
    headers = {"retry_after": retry_after} if retry_after else {}
    error = error_from_answer(answer(429, vendor("rate_limit_error", code=code), **headers))
    assert type(error) is kind
    assert error.error_code == code
    assert error.retry_after == (5.0 if retry_after else None)


def test_the_providers_verdict_and_ids_are_kept() -> None:
    body = vendor("overloaded_error") | {"request_id": "req_body"}
    error = error_from_answer(answer(529, body, x_should_retry="false", retry_after_ms="250"))
    assert (error.retryable, error.retry_after, error.request_id) == (False, 0.25, "req_body")
    assert error_from_answer(answer(529, body, request_id="req_head")).request_id == "req_head"


@pytest.mark.parametrize(
    ("body", "word"),
    [
        (b"<!doctype html><h1>secret-of-the-proxy</h1>", "a web page"),
        (b"", "not in the provider's format"),
        (b'{"detail": "secret-of-the-proxy"}', "not in the provider's format"),
        (b"\xff\xfe", "not in the provider's format"),
    ],
)
@pytest.mark.parametrize("status", [200, 401, 404, 502, 503])
def test_an_answer_in_no_known_format_is_named_and_not_repeated(status: int, body: bytes, word: str) -> None:
    error = error_from_answer(answer(status, body, request_id="req_1", retry_after="3"))
    assert type(error) is errors.UnexpectedAnswer
    assert word in error.message
    assert "api.example" in error.message
    assert "Check the configured address" in error.message
    assert "secret-of-the-proxy" not in error.message
    assert (error.status, error.request_id, error.retry_after) == (status, "req_1", 3.0)


def test_a_proxys_413_is_a_request_that_is_too_large() -> None:
    error = error_from_answer(answer(413, b"<html>nginx</html>", content_type="text/html"))
    assert type(error) is errors.RequestTooLarge
    assert error.message == "The request is too large."


def test_a_sentence_is_bounded_and_shows_no_key() -> None:
    error = error_from_answer(answer(401, vendor("authentication_error", f"bad {API_KEY} " + "x" * 5000)))
    assert error.message.startswith("bad sk-ant-…a1b2 xxx")
    assert len(error.message) == 1000
    assert error_from_answer(answer(401, vendor("authentication_error", " "))).message == (
        "The provider gave no reason (status 401)."
    )
