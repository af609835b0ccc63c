"""The login by code, of every registered provider that has one."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from providers.credentials import OAuthTokens
from providers.errors import (
    AuthenticationFailed,
    ConnectionLost,
    GrantRefused,
    OAuthMisconfigured,
    Overloaded,
    ProviderError,
    RateLimited,
    ServerFailed,
    UnexpectedAnswer,
)
from providers.interface import OAuth
from tests.providers.contract.wirings import Case, log_in


def held(case: Case) -> tuple[OAuth, OAuthTokens]:
    """The provider's OAuth, and what the login gave."""
    assert case.provider.oauth is not None
    assert isinstance(case.credentials, OAuthTokens)
    return case.provider.oauth, case.credentials


def test_a_login_tells_who_is_connected_and_until_when(oauth_case: Case) -> None:
    _, tokens = held(oauth_case)
    assert tokens.account["email"] == "person@simulator.test"
    assert tokens.expires_at > datetime.now(UTC)
    assert tokens.refresh_token
    assert tokens.scopes


def test_a_refresh_rotates_and_an_old_token_is_refused(oauth_case: Case) -> None:
    oauth, tokens = held(oauth_case)
    newer = oauth.refresh(tokens)
    assert newer.access_token != tokens.access_token
    if not oauth_case.wiring.rotates:
        assert newer.refresh_token == tokens.refresh_token
        return
    assert newer.refresh_token not in {tokens.refresh_token, None}
    assert (newer.account, newer.scopes) == (tokens.account, tokens.scopes)
    oauth_case.provider.models.list(newer)
    with pytest.raises(GrantRefused) as refused:
        oauth.refresh(tokens)
    assert tokens.refresh_token is not None
    assert tokens.refresh_token.reveal() not in str(refused.value.describe())
    with pytest.raises(GrantRefused):  # reuse revokes the family
        oauth.refresh(newer)


def test_a_revoked_login_opens_nothing(oauth_case: Case) -> None:
    oauth, tokens = held(oauth_case)
    assert oauth.can_revoke
    oauth.revoke(tokens)
    with pytest.raises(AuthenticationFailed):
        oauth_case.provider.models.list(tokens)


def test_a_code_is_good_once(oauth_case: Case) -> None:
    oauth, _ = held(oauth_case)
    with pytest.raises(GrantRefused):
        oauth.exchange_code(code="made-up", verifier="v" * 43, state="s" * 43)


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ("server_error", ServerFailed),
        ("overloaded", Overloaded),
        ("rate_limit", RateLimited),
        ("html", UnexpectedAnswer),
        ("empty", UnexpectedAnswer),
        ("no_access_token", UnexpectedAnswer),
        ("invalid_grant", GrantRefused),
        ("invalid_client", OAuthMisconfigured),
        ("hang_up", ConnectionLost),
    ],
)
def test_a_broken_token_endpoint_is_told_apart(
    oauth_case: Case, fault: str, kind: type[ProviderError]
) -> None:
    oauth, tokens = held(oauth_case)
    oauth_case.simulator.set(token_fault=fault)
    with pytest.raises(ProviderError) as raised:
        oauth.refresh(tokens)
    assert type(raised.value) is kind


def test_a_second_login_is_independent_of_the_first(oauth_case: Case) -> None:
    oauth, first = held(oauth_case)
    second = log_in(oauth_case.provider, oauth_case.simulator)
    oauth.revoke(first)
    oauth_case.provider.models.list(second)
