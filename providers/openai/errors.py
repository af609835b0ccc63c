"""From a bad status, or an error inside a stream, to our error tree.

Follows https://platform.openai.com/docs/guides/error-codes: branch on `code`, then `type`, then the status, never
on the sentence. Other servers of this wire leave some of them out, write the status as `code`, or send a bare
sentence as `error`.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from providers.errors import (
    ApiError,
    AuthenticationFailed,
    BillingProblem,
    InvalidRequest,
    NotFound,
    Overloaded,
    PermissionDenied,
    ProviderError,
    RateLimited,
    RequestTooLarge,
    ServerFailed,
    SpendLimitReached,
)
from providers.http import HttpAnswer
from providers.openai.limits import limits_of
from providers.refusals import ErrorFacts, build_error, class_for_status, facts_of, foreign_answer

_BY_CODE: Mapping[str, type[ApiError]] = {
    # Two kinds of 429: the first does not pass by waiting, the second does.
    "insufficient_quota": SpendLimitReached,
    "rate_limit_exceeded": RateLimited,
    "billing_hard_limit_reached": SpendLimitReached,
    "billing_not_active": BillingProblem,
    "invalid_api_key": AuthenticationFailed,
    "model_not_found": NotFound,
    "context_length_exceeded": RequestTooLarge,
    "invalid_prompt": InvalidRequest,
    "server_error": ServerFailed,
    "vector_store_timeout": ServerFailed,
    "server_is_overloaded": Overloaded,
    "slow_down": Overloaded,
}
_BY_TYPE: Mapping[str, type[ApiError]] = {
    "insufficient_quota": SpendLimitReached,
    "authentication_error": AuthenticationFailed,
    "permission_error": PermissionDenied,
    "not_found_error": NotFound,
    "rate_limit_error": RateLimited,
    "requests": RateLimited,
    "tokens": RateLimited,
    "overloaded_error": Overloaded,
    "unavailable_error": Overloaded,  # llama.cpp while it loads a model
}


class WireError(msgspec.Struct, frozen=True):
    """An error, wherever it turns up."""

    message: str = ""
    type: str | None = None
    code: str | int | None = None
    param: str | None = None


class ErrorBody(msgspec.Struct, frozen=True):
    """The body of an answer with a bad status, or data inside a stream."""

    error: WireError | str


_body_decoder = msgspec.json.Decoder(ErrorBody)


def error_from_answer(answer: HttpAnswer) -> ProviderError:
    """The typed error for an answer whose status is not 200."""
    told = error_in(answer.body)
    error = foreign_answer(answer) if told is None else _build(told, facts_of(answer))
    error.limits = limits_of(answer.headers)
    return error


def error_in(body: bytes) -> WireError | None:
    """The error in the vendor's own format, if `body` is one."""
    try:
        error = _body_decoder.decode(body).error
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    return WireError(message=error) if isinstance(error, str) else error


def error_from_stream(error: WireError, *, request_id: str | None) -> ProviderError:
    """The typed error for one that came in the middle of an answer, where a status is missing."""
    status = error.code if isinstance(error.code, int) else None
    return _build(error, ErrorFacts(status=status, request_id=request_id))


def _build(error: WireError, facts: ErrorFacts) -> ApiError:
    code = error.code if isinstance(error.code, str) else None
    kind = _class_of(error, code, facts.status)
    return build_error(kind, error.message, facts, error_type=error.type, error_code=code)


def _class_of(error: WireError, code: str | None, status: int | None) -> type[ApiError]:
    named = _BY_CODE.get(code or "") or _BY_TYPE.get(error.type or "")
    if named is not None:
        return named
    if status is not None:
        return class_for_status(status)
    # A code that is not in the table concerns the request; without any, the server broke.
    return InvalidRequest if code or error.type == "invalid_request_error" else ServerFailed
