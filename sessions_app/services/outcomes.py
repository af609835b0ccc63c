"""What an error from a token endpoint means for the session. Pure; the rules are in one `match`."""

from __future__ import annotations

from typing import NamedTuple

from providers.errors import (
    AuthenticationFailed,
    ConnectFailed,
    GrantRefused,
    NotConfigured,
    OAuthMisconfigured,
    Overloaded,
    PermissionDenied,
    ProviderError,
    RateLimited,
    ServerFailed,
    TransportError,
)
from sessions_app.enums import Outcome


class Verdict(NamedTuple):
    """`replay`: send once more at once, because the provider may have acted and still knows the old
    token for a moment. `counts`: nobody knows whether the token was consumed."""

    outcome: Outcome
    replay: bool = False
    counts: bool = False


def classify(error: ProviderError) -> Verdict:
    """The verdict on one failed send."""
    match error:
        case GrantRefused():
            return Verdict(Outcome.REFUSED)
        case OAuthMisconfigured() | NotConfigured() | PermissionDenied() | AuthenticationFailed():
            return Verdict(Outcome.MISCONFIGURED)
        case ConnectFailed():
            return Verdict(Outcome.NOT_SENT)
        case RateLimited() | Overloaded():
            return Verdict(Outcome.WAIT)
        case TransportError():
            return Verdict(Outcome.AMBIGUOUS, replay=True, counts=True)
        case ServerFailed():
            # It said that it failed, so an outage of the provider must not log everybody out: replayed
            # once like silence, but not counted towards giving the token up.
            return Verdict(Outcome.SERVER_FAILED, replay=True)
        case _:
            return Verdict(Outcome.UNEXPECTED)
