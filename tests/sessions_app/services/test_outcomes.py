"""What each error of a token endpoint means."""

from __future__ import annotations

import pytest

from providers import errors
from sessions_app.services.outcomes import Verdict, classify


@pytest.mark.parametrize(
    ("error", "verdict"),
    [
        (errors.ConnectFailed, ("not_sent", False, False)),
        (errors.RateLimited, ("wait", False, False)),
        (errors.Overloaded, ("wait", False, False)),
        (errors.ConnectionLost, ("ambiguous", True, True)),
        (errors.ResponseTimeout, ("ambiguous", True, True)),
        (errors.ServerFailed, ("server_failed", True, False)),
        (errors.UnexpectedAnswer, ("unexpected", False, False)),
        (errors.GrantRefused, ("refused", False, False)),
        (errors.OAuthMisconfigured, ("misconfigured", False, False)),
        (errors.NotConfigured, ("misconfigured", False, False)),
        (errors.PermissionDenied, ("misconfigured", False, False)),
        (errors.NotFound, ("unexpected", False, False)),
    ],
)
def test_classification(error: type[errors.ProviderError], verdict: tuple[str, bool, bool]) -> None:
    assert classify(error("said")) == Verdict(*verdict)  # type: ignore[arg-type]
