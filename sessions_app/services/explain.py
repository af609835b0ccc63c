"""Says what a provider's error means for the person who asked, and what to do next."""

from __future__ import annotations

from django.utils.translation import gettext as _

from providers.errors import (
    ApiError,
    AuthenticationFailed,
    BillingProblem,
    ConnectFailed,
    NotConfigured,
    Overloaded,
    PermissionDenied,
    ProviderError,
    RateLimited,
    ServerFailed,
    TransportError,
    UnexpectedAnswer,
)
from providers.interface import Provider
from sessions_app.errors import ProviderProblem

_QUOTE_LENGTH = 300  # a provider's own sentence is short; more of it helps nobody


def explain(error: ProviderError, provider: Provider) -> str:
    """One or two sentences. The provider's own words are quoted, so escape this like user input."""
    facts = {"provider": provider.label, "quote": quote(error), "seconds": error.retry_after}
    return _sentence(error) % facts


def _sentence(error: ProviderError) -> str:
    match error:
        case ConnectFailed():
            return _(
                "%(provider)s could not be reached (%(quote)s). Nothing was sent. "
                "Check the network and the address in the settings, then try again."
            )
        case TransportError():
            return _("%(provider)s did not answer to the end. Try again.")
        case UnexpectedAnswer():
            return _(
                "Something else than %(provider)s answered, perhaps a proxy or a wrong address. "
                "Try again; if it stays, the operator should check the base URL."
            )
        case NotConfigured():
            return _("The operator must correct the settings: %(quote)s")
        case AuthenticationFailed():
            return _("%(provider)s refuses these credentials: %(quote)s")
        case PermissionDenied() | BillingProblem():
            return _("%(provider)s does not allow it: %(quote)s Check the account there.")
        case RateLimited() | Overloaded() | ServerFailed() if error.retry_after:
            return _(
                "%(provider)s is not able to answer now: %(quote)s It asks to wait %(seconds).0f s. "
                "Try again later."
            )
        case RateLimited() | Overloaded() | ServerFailed():
            return _("%(provider)s is not able to answer now: %(quote)s Try again later.")
        case ApiError():
            return _("%(provider)s says: %(quote)s")
    return _("%(provider)s could not do it: %(quote)s")


def problem(error: ProviderError, provider: Provider) -> ProviderProblem:
    """`error` as this app's own, to raise."""
    return ProviderProblem(explain(error, provider), kind=error.kind, retryable=error.retryable)


def quote(error: ProviderError) -> str:
    """The provider's own sentence, on one line and shortened."""
    text = " ".join(error.message.split())[:_QUOTE_LENGTH].rstrip(".")
    return f"{text}." if text else f"{error.kind}."
