"""What a person can do about a failure, by the kind of the error. Plain sentences, without the cause; English, because they
are stored: `chat.services.wording` finds their words."""

from __future__ import annotations

from django.utils.translation import gettext_noop

from chat.log import ErrorFacts
from providers.errors import ProviderError

_OTHERWISE = gettext_noop("Nothing was lost. Try again, or choose another session.")
_ADVICE = {
    "session_unavailable": gettext_noop(
        "Open the session's page to see what it needs, or choose another session."
    ),
    "session_deleted": gettext_noop("Choose another session and send the message again."),
    "not_configured": gettext_noop("Ask the operator of this server to set what is missing."),
    "not_supported": gettext_noop("Choose another session for this."),
    "connect_failed": gettext_noop("Check the network of the server, then send the message again."),
    "connection_lost": gettext_noop("Nothing that arrived is lost. Send the message again, or ask to go on."),
    "response_timeout": gettext_noop(
        "The provider fell silent. Nothing that arrived is lost. Send the message again, or ask to go on."
    ),
    "stream_cut_off": gettext_noop("Nothing that arrived is lost. Send the message again, or ask to go on."),
    "unexpected_answer": gettext_noop(
        "Something between this server and the provider answered instead. Try again later."
    ),
    "invalid_request": gettext_noop("Change the message or choose another model, then send it again."),
    "request_too_large": gettext_noop(
        "The conversation is too long for the provider. Start a new one or send less."
    ),
    "authentication_failed": gettext_noop(
        "Reconnect this session or give it a new key on the session's page."
    ),
    "billing_problem": gettext_noop(
        "Check the billing of this account in the provider's console, or choose another session."
    ),
    "permission_denied": gettext_noop("This account may not do that. Choose another model or session."),
    "not_found": gettext_noop("Choose another model."),
    "conflict": gettext_noop("Send the message again."),
    "rate_limited": gettext_noop("Wait as long as the provider says, or choose another session."),
    "spend_limit_reached": gettext_noop(
        "Raise the limit in the provider's console, or choose another session."
    ),
    "server_failed": gettext_noop("The provider has a problem. Try again in a few minutes."),
    "overloaded": gettext_noop("The provider is busy. Try again in a few minutes, or choose another model."),
    "grant_refused": gettext_noop("Reconnect this session on its page."),
    "oauth_misconfigured": gettext_noop("Tell the operator of this server."),
    "interrupted": gettext_noop("Nothing that arrived is lost. Send the message again, or ask to go on."),
    "not_started": gettext_noop("Nothing was sent to the provider. Send the message again."),
}


def advice_for(kind: str) -> str:
    """A sentence for every kind of error."""
    return _ADVICE.get(kind, _OTHERWISE)


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
