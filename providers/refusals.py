"""From an answer that is no success to our error tree: what is the same for every vendor.

Which class an error belongs to, a vendor's own `errors` module decides. The provider's sentence is kept for
people; bodies are not, whatever is in them.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import NamedTuple

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
    UnexpectedAnswer,
)
from providers.headers import request_id_of
from providers.http import HttpAnswer
from providers.observe import mask_secrets_in
from providers.retry import retry_after_seconds, should_retry_header

_BY_STATUS: Mapping[int, type[ApiError]] = {
    401: AuthenticationFailed,
    402: BillingProblem,
    403: PermissionDenied,
    404: NotFound,
    408: ServerFailed,  # it waited for our request in vain
    409: Conflict,
    413: RequestTooLarge,
    429: RateLimited,
    503: Overloaded,
    529: Overloaded,
}
_MAX_SENTENCE = 1000


class ErrorFacts(NamedTuple):
    """What is known of an error besides the vendor's own words."""

    status: int | None = None
    retry_after: float | None = None
    should_retry: bool | None = None
    request_id: str | None = None


def facts_of(answer: HttpAnswer) -> ErrorFacts:
    """The facts in an answer's status and headers."""
    return ErrorFacts(
        status=answer.status,
        retry_after=retry_after_seconds(answer.headers, now=datetime.now(UTC)),
        should_retry=should_retry_header(answer.headers),
        request_id=request_id_of(answer.headers),
    )


def class_for_status(status: int) -> type[ApiError]:
    """The class for an error whose own words say nothing more."""
    return _BY_STATUS.get(status, ServerFailed if status >= 500 else InvalidRequest)


def build_error(
    kind: type[ApiError],
    message: str,
    facts: ErrorFacts,
    *,
    error_type: str | None = None,
    error_code: str | None = None,
) -> ApiError:
    """The error, with the vendor's sentence or a plain one."""
    status = "" if facts.status is None else f" (status {facts.status})"
    return kind(
        sentence(message) or f"The provider gave no reason{status}.",
        status=facts.status,
        error_type=error_type or None,
        error_code=error_code or None,
        request_id=facts.request_id,
        retry_after=facts.retry_after,
        should_retry=facts.should_retry,
    )


def foreign_answer(answer: HttpAnswer) -> ProviderError:
    """The typed error for a bad status without the vendor's own error in the body."""
    # A proxy may refuse a large body in its own words; what to do about it is the same.
    if answer.status == 413:
        return build_error(RequestTooLarge, "The request is too large.", facts_of(answer))
    return unexpected_answer(answer)


def unexpected_answer(answer: HttpAnswer) -> UnexpectedAnswer:
    """The typed error for an answer that is not in the provider's format at all."""
    kind = "a web page" if _is_html(answer) else "something that is not in the provider's format"
    return UnexpectedAnswer(
        f"{answer.host} answered with {kind} (status {answer.status}). Check the configured address, "
        "and any proxy or sign-in page between Maestro and the provider.",
        status=answer.status,
        request_id=request_id_of(answer.headers),
        retry_after=retry_after_seconds(answer.headers, now=datetime.now(UTC)),
    )


def sentence(text: str) -> str:
    """A provider's sentence, bounded and without anything that looks like a key."""
    return mask_secrets_in(text.strip())[:_MAX_SENTENCE]


def _is_html(answer: HttpAnswer) -> bool:
    return "html" in answer.headers.get("content-type", "").lower() or answer.body.lstrip()[:1] == b"<"
