"""From a bad status, or a stream's `error` event, to our error tree.

Follows https://platform.claude.com/docs/en/api/errors: branch on `error.type` and `error_code`, never
on the sentence. The provider's sentence is kept for people; bodies are not, whatever is in them.
"""

from __future__ import annotations

import msgspec

from providers.anthropic.wire import ErrorBody, WireError
from providers.errors import (
    ApiError,
    AuthenticationFailed,
    BillingProblem,
    Conflict,
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
from providers.refusals import ErrorFacts, build_error, class_for_status, facts_of, foreign_answer

_BY_TYPE: dict[str, type[ApiError]] = {
    "invalid_request_error": InvalidRequest,
    "authentication_error": AuthenticationFailed,
    "billing_error": BillingProblem,
    "permission_error": PermissionDenied,
    "not_found_error": NotFound,
    "conflict_error": Conflict,
    "request_too_large": RequestTooLarge,
    "rate_limit_error": RateLimited,
    "api_error": ServerFailed,
    "timeout_error": ServerFailed,
    "overloaded_error": Overloaded,
}
# A 429 that says this passes with time even though it names no time.
_RAMP_LIMIT = "ramp_limit_exceeded"
_SPEND_LIMIT = "enforced_spend_limit_reached"

_body_decoder = msgspec.json.Decoder(ErrorBody)


def error_from_answer(answer: HttpAnswer) -> ProviderError:
    """The typed error for an answer whose status is not 200."""
    try:
        body = _body_decoder.decode(answer.body)
    except msgspec.DecodeError:
        return foreign_answer(answer)
    facts = facts_of(answer)
    facts = facts._replace(request_id=facts.request_id or body.request_id)
    if answer.status == 429 and _is_spend_limit(body.error, facts):
        return _build(SpendLimitReached, body.error, facts)
    return _build(_class_for(body.error.type, answer.status), body.error, facts)


def error_from_event(body: ErrorBody, *, request_id: str | None) -> ProviderError:
    """The typed error for an `error` event in the middle of an answer."""
    facts = ErrorFacts(request_id=body.request_id or request_id)
    return _build(_BY_TYPE.get(body.error.type, ServerFailed), body.error, facts)


def error_type_of(answer: HttpAnswer) -> WireError | None:
    """The error in the vendor's own format, if the body is one."""
    try:
        return _body_decoder.decode(answer.body).error
    except msgspec.DecodeError:
        return None


def _class_for(error_type: str, status: int) -> type[ApiError]:
    by_type = _BY_TYPE.get(error_type)
    # `invalid_request_error` also comes with other 4xx statuses, which say more.
    if by_type is not None and by_type is not InvalidRequest:
        return by_type
    return class_for_status(status)


def _is_spend_limit(error: WireError, facts: ErrorFacts) -> bool:
    code = error.details.error_code if error.details else None
    if code == _SPEND_LIMIT:
        return True
    return facts.retry_after is None and code != _RAMP_LIMIT


def _build(kind: type[ApiError], error: WireError, facts: ErrorFacts) -> ApiError:
    code = error.details.error_code if error.details else None
    return build_error(kind, error.message, facts, error_type=error.type, error_code=code)
