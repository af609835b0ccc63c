"""What a person can do about a failure, by the kind of the error. Plain sentences, without the cause."""

from __future__ import annotations

from chat.log import ErrorFacts
from providers.errors import ProviderError

_NOTHING_LOST = "Nothing was lost."
_ADVICE = {
    "session_unavailable": "Open the session's page to see what it needs, or choose another session.",
    "session_deleted": "Choose another session and send the message again.",
    "not_configured": "Ask the operator of this server to set what is missing.",
    "not_supported": "Choose another session for this.",
    "connect_failed": "Check the network of the server, then send the message again.",
    "connection_lost": "Nothing that arrived is lost. Send the message again, or ask to go on.",
    "response_timeout": "The provider fell silent. Nothing that arrived is lost. Send the message again, or ask to go on.",
    "stream_cut_off": "Nothing that arrived is lost. Send the message again, or ask to go on.",
    "unexpected_answer": "Something between this server and the provider answered instead. Try again later.",
    "invalid_request": "Change the message or choose another model, then send it again.",
    "request_too_large": "The conversation is too long for the provider. Start a new one or send less.",
    "authentication_failed": "Reconnect this session or give it a new key on the session's page.",
    "billing_problem": "Check the billing of this account in the provider's console, or choose another session.",
    "permission_denied": "This account may not do that. Choose another model or session.",
    "not_found": "Choose another model.",
    "conflict": "Send the message again.",
    "rate_limited": "Wait as long as the provider says, or choose another session.",
    "spend_limit_reached": "Raise the limit in the provider's console, or choose another session.",
    "server_failed": "The provider has a problem. Try again in a few minutes.",
    "overloaded": "The provider is busy. Try again in a few minutes, or choose another model.",
    "grant_refused": "Reconnect this session on its page.",
    "oauth_misconfigured": "Tell the operator of this server.",
    "interrupted": "Nothing that arrived is lost. Send the message again, or ask to go on.",
    "not_started": "Nothing was sent to the provider. Send the message again.",
}


def advice_for(kind: str) -> str:
    """A sentence for every kind of error."""
    return _ADVICE.get(kind, _NOTHING_LOST + " Try again, or choose another session.")


def facts_of(error: ProviderError) -> ErrorFacts:
    """A provider's error as the page shows it."""
    return ErrorFacts(
        kind=error.kind,
        message=error.message,
        request_id=error.request_id,
        retry_after=error.retry_after,
        advice=advice_for(error.kind),
    )


def facts(kind: str, message: str) -> ErrorFacts:
    """A failure of our own."""
    return ErrorFacts(kind=kind, message=message, advice=advice_for(kind))
