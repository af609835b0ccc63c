"""From a bad status, or an error inside a stream, to our error tree.

Google's APIs send a google.rpc.Status (https://google.aip.dev/193): branch on the machine-readable `reason` and
the quota's id in its details, then on `status`, then on the number, never on the sentence.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from providers.errors import (
    ApiError,
    AuthenticationFailed,
    BillingProblem,
    Conflict,
    NotFound,
    Overloaded,
    PermissionDenied,
    ProviderError,
    RateLimited,
    ServerFailed,
    SpendLimitReached,
)
from providers.http import HttpAnswer
from providers.refusals import ErrorFacts, build_error, class_for_status, facts_of, foreign_answer

# https://ai.google.dev/gemini-api/docs/troubleshooting. What is missing here is told by the status' number:
# INVALID_ARGUMENT comes with 400 and, for a body that is too large, with 413.
_BY_STATUS: Mapping[str, type[ApiError]] = {
    "UNAUTHENTICATED": AuthenticationFailed,
    "PERMISSION_DENIED": PermissionDenied,
    "FAILED_PRECONDITION": PermissionDenied,  # not in this country, or only with billing
    "NOT_FOUND": NotFound,
    "ABORTED": Conflict,
    "ALREADY_EXISTS": Conflict,
    "RESOURCE_EXHAUSTED": RateLimited,
    "CANCELLED": ServerFailed,
    "UNKNOWN": ServerFailed,
    "INTERNAL": ServerFailed,
    "DATA_LOSS": ServerFailed,
    "DEADLINE_EXCEEDED": ServerFailed,
    "UNAVAILABLE": Overloaded,
}
# google.api.ErrorReason (https://github.com/googleapis/googleapis/blob/master/google/api/error_reason.proto):
# a wrong key comes as a mere 400, and a switched-off account as a 403.
_BY_REASON: Mapping[str, type[ApiError]] = {
    "API_KEY_INVALID": AuthenticationFailed,
    "ACCESS_TOKEN_EXPIRED": AuthenticationFailed,
    "BILLING_DISABLED": BillingProblem,
}
_PER_DAY = "perday"


class _Violation(msgspec.Struct, frozen=True, rename="camel"):
    quota_id: str = ""
    quota_value: str = ""


class Detail(msgspec.Struct, frozen=True, rename="camel"):
    """The fields we use of ErrorInfo, RetryInfo and QuotaFailure, which come mixed in one list."""

    reason: str = ""
    metadata: dict[str, str] = {}
    retry_delay: str = ""
    violations: list[_Violation] = []


class WireError(msgspec.Struct, frozen=True):
    """An error, wherever it turns up."""

    code: int | None = None
    message: str = ""
    status: str = ""
    details: list[msgspec.Raw] = []


class _ErrorBody(msgspec.Struct, frozen=True):
    error: WireError


_body_decoder: msgspec.json.Decoder[_ErrorBody | list[_ErrorBody]] = msgspec.json.Decoder(
    _ErrorBody | list[_ErrorBody]
)
_detail_decoder = msgspec.json.Decoder(Detail)


def error_from_answer(answer: HttpAnswer) -> ProviderError:
    """The typed error for an answer whose status is not 200."""
    error = error_in(answer.body)
    return foreign_answer(answer) if error is None else _build(error, facts_of(answer))


def error_in(body: bytes) -> WireError | None:
    """The error in the vendor's own format, if `body` is one."""
    try:
        found = _body_decoder.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    if isinstance(found, list):  # what a stream would have been without server-sent events
        return found[0].error if found else None
    return found.error


def error_from_event(error: WireError, *, request_id: str | None) -> ProviderError:
    """The typed error for one in the middle of an answer."""
    return _build(error, ErrorFacts(request_id=request_id))


def _build(error: WireError, facts: ErrorFacts) -> ApiError:
    details = [_detail(raw) for raw in error.details]
    delays = (_seconds(detail.retry_delay) for detail in details)
    delay = next((found for found in delays if found is not None), facts.retry_after)
    reason = next((detail.reason for detail in details if detail.reason), "")
    kind = _class_of(error, reason, details, facts.status)
    facts = facts._replace(retry_after=None if kind is SpendLimitReached else delay)
    return build_error(kind, error.message, facts, error_type=error.status, error_code=reason)


def _class_of(error: WireError, reason: str, details: Sequence[Detail], status: int | None) -> type[ApiError]:
    kind = _BY_REASON.get(reason) or _BY_STATUS.get(error.status)
    if kind is None:
        number = error.code if status is None else status
        kind = ServerFailed if number is None else class_for_status(number)
    if kind is RateLimited and any(_is_final(detail) for detail in details):
        return SpendLimitReached
    return kind


def _is_final(detail: Detail) -> bool:
    """Whether waiting a moment does not help: a quota of the day, or one that this account has none of."""
    quotas = [violation.quota_id for violation in detail.violations] + [
        detail.metadata.get("quota_limit", "")
    ]
    has_none = any(violation.quota_value == "0" for violation in detail.violations)
    return has_none or any(_PER_DAY in quota.lower() for quota in quotas)


def _detail(raw: msgspec.Raw) -> Detail:
    try:
        return _detail_decoder.decode(raw)
    except msgspec.DecodeError:  # one of many kinds, of a shape that is not ours to know
        return Detail()


def _seconds(duration: str) -> float | None:
    """A protobuf duration in JSON, such as `20.04466179s`."""
    try:
        seconds = float(duration.removesuffix("s")) if duration.endswith("s") else -1.0
    except ValueError:
        return None
    return seconds if 0 <= seconds < float("inf") else None
