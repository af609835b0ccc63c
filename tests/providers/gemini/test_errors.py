from __future__ import annotations

import json

import pytest

from providers import errors
from providers.gemini.errors import error_from_answer
from providers.http import HttpAnswer
from tests.providers.gemini import API_KEY

RPC = "type.googleapis.com/google.rpc."


def answer(status: int, body: object, **headers: str) -> HttpAnswer:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return HttpAnswer(status=status, headers=named, body=raw, host="api.example")


def google(code: int, status: str, *details: object, message: str = "No.") -> dict[str, object]:
    return {"error": {"code": code, "message": message, "status": status, "details": list(details)}}


def error_info(reason: str, **metadata: str) -> dict[str, object]:
    return {"@type": f"{RPC}ErrorInfo", "reason": reason, "domain": "googleapis.com", "metadata": metadata}


def quota(quota_id: str, value: str = "250") -> dict[str, object]:
    violation = {"quotaMetric": "m", "quotaId": quota_id, "quotaDimensions": {}, "quotaValue": value}
    return {"@type": f"{RPC}QuotaFailure", "violations": [violation]}


RETRY = {"@type": f"{RPC}RetryInfo", "retryDelay": "20.5s"}


@pytest.mark.parametrize(
    ("code", "status", "kind", "retryable"),
    [
        (400, "INVALID_ARGUMENT", errors.InvalidRequest, False),
        (413, "INVALID_ARGUMENT", errors.RequestTooLarge, False),
        (400, "FAILED_PRECONDITION", errors.PermissionDenied, False),
        (401, "UNAUTHENTICATED", errors.AuthenticationFailed, False),
        (403, "PERMISSION_DENIED", errors.PermissionDenied, False),
        (404, "NOT_FOUND", errors.NotFound, False),
        (409, "ABORTED", errors.Conflict, True),
        (429, "RESOURCE_EXHAUSTED", errors.RateLimited, True),
        (499, "CANCELLED", errors.ServerFailed, True),
        (500, "INTERNAL", errors.ServerFailed, True),
        (503, "UNAVAILABLE", errors.Overloaded, True),
        (504, "DEADLINE_EXCEEDED", errors.ServerFailed, True),
        (400, "A_NEW_ONE", errors.InvalidRequest, False),
        (502, "", errors.ServerFailed, True),
    ],
)
def test_every_status_has_its_class(
    code: int, status: str, kind: type[errors.ProviderError], retryable: bool
) -> None:
    error = error_from_answer(answer(code, google(code, status), x_request_id="req_9"))
    assert type(error) is kind
    assert error.retryable is retryable
    assert (error.message, error.status, error.error_type, error.request_id) == (
        "No.",
        code,
        status or None,
        "req_9",
    )


@pytest.mark.parametrize(
    ("code", "status", "reason", "kind"),
    [
        (400, "INVALID_ARGUMENT", "API_KEY_INVALID", errors.AuthenticationFailed),
        (401, "UNAUTHENTICATED", "ACCESS_TOKEN_EXPIRED", errors.AuthenticationFailed),
        (403, "PERMISSION_DENIED", "BILLING_DISABLED", errors.BillingProblem),
        (403, "PERMISSION_DENIED", "API_KEY_SERVICE_BLOCKED", errors.PermissionDenied),
    ],
)
def test_a_reason_says_more_than_a_status(
    code: int, status: str, reason: str, kind: type[errors.ProviderError]
) -> None:
    other = {"@type": f"{RPC}LocalizedMessage", "reason": 5}  # a detail whose shape is not known
    error = error_from_answer(answer(code, google(code, status, other, error_info(reason))))
    assert type(error) is kind
    assert error.error_code == reason


@pytest.mark.parametrize(
    ("details", "kind", "retry_after"),
    [
        ((quota("GenerateRequestsPerMinutePerProjectPerModel"), RETRY), errors.RateLimited, 20.5),
        ((quota("GenerateRequestsPerDayPerProjectPerModel"), RETRY), errors.SpendLimitReached, None),
        (
            (error_info("RATE_LIMIT_EXCEEDED", quota_limit="ProRequestsPerDay"),),
            errors.SpendLimitReached,
            None,
        ),
        (
            (quota("GenerateContentInputTokensPerModelPerMinute-FreeTier", "0"), RETRY),
            errors.SpendLimitReached,
            None,
        ),
        ((), errors.RateLimited, None),
        (({"@type": f"{RPC}RetryInfo", "retryDelay": "soon"},), errors.RateLimited, None),
        (({"@type": f"{RPC}RetryInfo", "retryDelay": "xs"},), errors.RateLimited, None),
    ],
)
def test_a_quota_passes_with_time_or_does_not(
    details: tuple[object, ...], kind: type[errors.ProviderError], retry_after: float | None
) -> None:
    error = error_from_answer(answer(429, google(429, "RESOURCE_EXHAUSTED", *details)))
    assert type(error) is kind
    assert error.retry_after == retry_after


def test_the_header_tells_the_delay_where_the_body_does_not() -> None:
    assert error_from_answer(answer(503, google(503, "UNAVAILABLE"), retry_after="3")).retry_after == 3.0


def test_an_error_may_come_in_a_list() -> None:
    assert type(error_from_answer(answer(404, [google(404, "NOT_FOUND")]))) is errors.NotFound
    assert type(error_from_answer(answer(404, []))) is errors.UnexpectedAnswer


@pytest.mark.parametrize(
    ("body", "word"),
    [
        (b"<!doctype html><h1>secret-of-the-proxy</h1>", "a web page"),
        (b"", "not in the provider's format"),
        (b'{"error": "secret-of-the-proxy"}', "not in the provider's format"),
        (b"\xff\xfe", "not in the provider's format"),
    ],
)
@pytest.mark.parametrize("status", [401, 404, 502])
def test_an_answer_in_no_known_format_is_named_and_not_repeated(status: int, body: bytes, word: str) -> None:
    error = error_from_answer(answer(status, body))
    assert type(error) is errors.UnexpectedAnswer
    assert word in error.message
    assert "secret-of-the-proxy" not in error.message


@pytest.mark.parametrize("secret", [API_KEY, "ya29.a0AfB_byC-secret-part-of-it"])
def test_a_sentence_shows_no_credential(secret: str) -> None:
    error = error_from_answer(answer(400, google(400, "INVALID_ARGUMENT", message=f"bad {secret}.")))
    assert secret not in error.message
    assert error.message.startswith("bad …")
