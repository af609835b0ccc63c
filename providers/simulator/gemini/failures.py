"""Google's way to say no: a google.rpc.Status with details (https://google.aip.dev/193)."""

from __future__ import annotations

from collections.abc import Mapping

from providers.messages import JsonObject
from providers.simulator.failures import AnswerError

_TYPE = "type.googleapis.com/google.rpc."
_STATUSES: Mapping[int, str] = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    405: "UNIMPLEMENTED",
    409: "ABORTED",
    413: "INVALID_ARGUMENT",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}
# Statuses that Google's APIs do not use, and what comes instead.
_INSTEAD: Mapping[int, int] = {402: 403, 529: 503}
KEY_INVALID = "API_KEY_INVALID"
_BILLING = "BILLING_DISABLED"


def refuse(failure: AnswerError, request_id: str) -> tuple[int, JsonObject]:
    """Status and body of an error answer; `request_id` is in no body of Google's."""
    status = _INSTEAD.get(failure.status, failure.status)
    error: JsonObject = {"code": status, "message": failure.message, "status": _STATUSES[status]}
    if details := _details(failure):
        error["details"] = details
    return status, {"error": error}


def _details(failure: AnswerError) -> list[JsonObject]:
    if failure.status == 429:
        return _quota_details(failure)
    reason = _BILLING if failure.status == 402 else failure.error_code
    if not reason:
        return []
    metadata = {"service": "generativelanguage.googleapis.com"}
    return [
        {"@type": f"{_TYPE}ErrorInfo", "reason": reason, "domain": "googleapis.com", "metadata": metadata}
    ]


def _quota_details(failure: AnswerError) -> list[JsonObject]:
    """A quota of the minute says when it passes; one of the day does so too, in vain."""
    is_final = failure.error_code is not None
    quota = "PerDay" if is_final else "PerMinute"
    violation = {
        "quotaMetric": "generativelanguage.googleapis.com/generate_content_requests",
        "quotaId": f"GenerateRequests{quota}PerProjectPerModel",
        "quotaValue": "250",
    }
    delay = failure.headers.get("retry-after", "22.5")
    return [
        {"@type": f"{_TYPE}QuotaFailure", "violations": [violation]},
        {"@type": f"{_TYPE}RetryInfo", "retryDelay": f"{delay}s"},
    ]
