"""Says what a provider's error means for the person who asked, and what to do next."""

from __future__ import annotations

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
    match error:
        case ConnectFailed():
            return (
                f"{provider.label} could not be reached ({quote(error)}). Nothing was sent. "
                "Check the network and the address in the settings, then try again."
            )
        case TransportError():
            return f"{provider.label} did not answer to the end. Try again."
        case UnexpectedAnswer():
            return (
                f"Something else than {provider.label} answered, perhaps a proxy or a wrong address. "
                "Try again; if it stays, the operator should check the base URL."
            )
        case NotConfigured():
            return f"The operator must correct the settings: {quote(error)}"
        case AuthenticationFailed():
            return f"{provider.label} refuses these credentials: {quote(error)}"
        case PermissionDenied() | BillingProblem():
            return f"{provider.label} does not allow it: {quote(error)} Check the account there."
        case RateLimited() | Overloaded() | ServerFailed():
            return (
                f"{provider.label} is not able to answer now: {quote(error)}{_wait(error)} Try again later."
            )
        case ApiError():
            return f"{provider.label} says: {quote(error)}"
        case _:
            return f"{provider.label} could not do it: {quote(error)}"


def problem(error: ProviderError, provider: Provider) -> ProviderProblem:
    """`error` as this app's own, to raise."""
    return ProviderProblem(explain(error, provider), kind=error.kind, retryable=error.retryable)


def quote(error: ProviderError) -> str:
    """The provider's own sentence, on one line and shortened."""
    text = " ".join(error.message.split())[:_QUOTE_LENGTH].rstrip(".")
    return f"{text}." if text else f"{error.kind}."


def _wait(error: ProviderError) -> str:
    return f" It asks to wait {error.retry_after:.0f} s." if error.retry_after else ""
