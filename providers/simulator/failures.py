"""The ways to say no: Anthropic-shaped API errors, and the table of errors that a switch can cause.

https://platform.claude.com/docs/en/api/errors
"""

from __future__ import annotations

from collections.abc import Mapping

from providers.messages import JsonObject

ERROR_TYPES: Mapping[int, str] = {
    400: "invalid_request_error",
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    405: "invalid_request_error",
    409: "conflict_error",
    413: "request_too_large",
    429: "rate_limit_error",
    500: "api_error",
    504: "timeout_error",
    529: "overloaded_error",
}


class AnswerError(Exception):
    """An error answer: HTTP status, the sentence, and optionally a code and headers."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        error_code: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.error_code = error_code
        self.headers = headers or {}


def error_body(failure: AnswerError, request_id: str) -> JsonObject:
    """The JSON object of an error answer, and of an `error` event inside a stream."""
    error: JsonObject = {"type": ERROR_TYPES[failure.status], "message": failure.message}
    if failure.error_code:
        error["details"] = {"error_code": failure.error_code}
    return {"type": "error", "error": error, "request_id": request_id}


# Switch word → status and sentence. `rate_limit` adds `retry-after`; `spend_limit` must not have it,
# because a 429 without it is a limit that waiting does not lift.
SIMULATED: Mapping[str, tuple[int, str]] = {
    "bad_request": (400, "Simulated: the request is not valid."),
    "unauthorized": (401, "Simulated: invalid authentication credentials."),
    "billing": (402, "Simulated: your credit balance is too low."),
    "forbidden": (403, "Simulated: your account may not use this resource."),
    "not_found": (404, "Simulated: not found."),
    "conflict": (409, "Simulated: another request is changing the same thing."),
    "too_large": (413, "Simulated: the request is larger than the maximum allowed size."),
    "rate_limit": (429, "Simulated: this request would exceed your rate limit."),
    "spend_limit": (429, "Simulated: your organization has reached its spend limit."),
    "server_error": (500, "Simulated: internal server error."),
    "timeout": (504, "Simulated: the request timed out."),
    "overloaded": (529, "Simulated: overloaded."),
}


def simulated_failure(fault: str, *, retry_after: float) -> AnswerError | None:
    """The error answer that switch `fault` asks for, or None if it asks for something else."""
    if fault not in SIMULATED:
        return None
    status, message = SIMULATED[fault]
    headers = {"retry-after": f"{retry_after:g}"} if fault == "rate_limit" else {}
    error_code = "enforced_spend_limit_reached" if fault == "spend_limit" else None
    return AnswerError(status, message, error_code=error_code, headers=headers)
