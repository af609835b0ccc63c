"""OpenAI's way to say no. https://platform.openai.com/docs/guides/error-codes"""

from __future__ import annotations

from providers.messages import JsonObject
from providers.simulator.failures import AnswerError

# Where this vendor's status, type or code differ from what `simulator.failures` says.
_STATUS = {402: 429, 529: 503}
_TYPES = {
    401: "invalid_request_error",
    402: "billing_not_active",
    403: "permission_error",
    429: "rate_limit_error",
    500: "server_error",
    504: "server_error",
    529: "server_error",
}
_CODES = {
    401: "invalid_api_key",
    402: "billing_not_active",
    429: "rate_limit_exceeded",
    529: "server_is_overloaded",
}


def refuse(failure: AnswerError, request_id: str) -> tuple[int, JsonObject]:
    """Status and body of an error answer."""
    return _STATUS.get(failure.status, failure.status), {"error": error_object(failure)}


def error_object(failure: AnswerError) -> JsonObject:
    """The error as it stands in a body, and in a stream."""
    code = failure.error_code or _CODES.get(failure.status)
    kind = _TYPES.get(failure.status, "invalid_request_error")
    if failure.error_code == "enforced_spend_limit_reached":
        code = kind = "insufficient_quota"
    if failure.status == 404 and failure.message.startswith("model:"):
        code = "model_not_found"
    return {"message": failure.message, "type": kind, "param": None, "code": code}
