"""Bad statuses and the words beside them."""

from __future__ import annotations

import json

import pytest

from providers.errors import (
    ApiError,
    AuthenticationFailed,
    BillingProblem,
    Conflict,
    InvalidRequest,
    NotFound,
    Overloaded,
    PermissionDenied,
    RateLimited,
    RequestTooLarge,
    ServerFailed,
    SpendLimitReached,
    UnexpectedAnswer,
)
from providers.http import HttpAnswer
from providers.openai.errors import error_from_answer


def answer(status: int, body: object, **headers: str) -> HttpAnswer:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return HttpAnswer(status=status, headers=named, body=raw, host="api.example.org")


def told(code: object = None, kind: str | None = None, message: str = "No.") -> dict[str, object]:
    return {"error": {"message": message, "type": kind, "param": None, "code": code}}


@pytest.mark.parametrize(
    ("status", "body", "kind", "can_help"),
    [
        (401, told("invalid_api_key"), AuthenticationFailed, False),
        (401, told("mismatched_organization"), AuthenticationFailed, False),
        (403, told("model_not_found"), NotFound, False),
        (403, told(), PermissionDenied, False),
        (404, told("model_not_found"), NotFound, False),
        (400, told("unsupported_value", "invalid_request_error"), InvalidRequest, False),
        (400, told("context_length_exceeded"), RequestTooLarge, False),
        (429, told("insufficient_quota", "insufficient_quota"), SpendLimitReached, False),
        (429, told(None, "insufficient_quota"), SpendLimitReached, False),
        (429, told("rate_limit_exceeded", "requests"), RateLimited, True),
        (429, told(), RateLimited, True),
        (429, told("billing_not_active"), BillingProblem, False),
        (409, told(), Conflict, True),
        (500, told(None, "server_error"), ServerFailed, True),
        (503, told(None, "server_error"), Overloaded, True),
        (503, told(503, "unavailable_error"), Overloaded, True),
        (404, {"error": "model 'x' not found"}, NotFound, False),
        (404, {"error": {"code": 404, "message": "no", "type": "NotFoundError"}}, NotFound, False),
    ],
)
def test_code_then_type_then_status_decide(
    status: int, body: object, kind: type[ApiError], can_help: bool
) -> None:
    error = error_from_answer(answer(status, body))
    assert type(error) is kind
    assert (error.status, error.retryable) == (status, can_help)


@pytest.mark.parametrize(
    "body", [b"<html>Sign in</html>", b"", b"[]", b'{"detail":"no"}', b'{"error":', b"\xff"]
)
def test_what_is_not_the_vendors_format_is_unexpected(body: bytes) -> None:
    assert type(error_from_answer(answer(502, body))) is UnexpectedAnswer


def test_a_proxy_that_finds_the_body_too_large_is_understood() -> None:
    assert type(error_from_answer(answer(413, b"<html>too large</html>"))) is RequestTooLarge


def test_the_facts_are_kept_and_keys_are_masked() -> None:
    key = "sk-proj-" + "z" * 40
    body = told("invalid_api_key", message=f"Incorrect API key provided: {key}.")
    error = error_from_answer(answer(401, body, x_request_id="req_7", retry_after="3", x_should_retry="true"))
    assert (error.request_id, error.retry_after, error.error_code) == ("req_7", 3.0, "invalid_api_key")
    assert error.retryable  # the provider's own verdict
    assert key not in str(error.describe())


def test_a_model_that_does_not_stream_is_told_in_the_vendors_words() -> None:
    sentence = "This model does not support streaming."
    error = error_from_answer(answer(400, told("unsupported_value", "invalid_request_error", sentence)))
    assert (type(error), error.message, error.retryable) == (InvalidRequest, sentence, False)
