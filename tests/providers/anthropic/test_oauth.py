from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, parse_qsl, urlsplit

import msgspec
import pytest

from providers.anthropic.config import AnthropicConfig
from providers.anthropic.oauth import make_oauth
from providers.credentials import OAuthTokens, Secret
from providers.errors import (
    ConnectFailed,
    ConnectionLost,
    GrantRefused,
    NotConfigured,
    OAuthMisconfigured,
    Overloaded,
    ProviderError,
    RateLimited,
    ServerFailed,
    UnexpectedAnswer,
)
from providers.interface import OAuth
from providers.pkce import challenge_for, new_state, new_verifier
from providers.registry import build_provider
from tests.providers.canned import Canned
from tests.support.simulator import RunningSimulator

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
OLD = OAuthTokens(
    access_token=Secret("old-access"),
    refresh_token=Secret("old-refresh"),
    expires_at=NOW,
    scopes=("user:profile",),
    account={"email": "me@example.org"},
)
PAIR = {"access_token": "new-access", "refresh_token": "new-refresh", "expires_in": 28800}


def oauth_at(canned: Canned, **settings: str) -> OAuth:
    config = AnthropicConfig(
        oauth_client_id="client-1",
        oauth_token_url=f"{canned.url}/token",
        oauth_redirect_uri="https://example.org/callback",
        oauth_scopes="a b",
    )
    config = msgspec.structs.replace(config, **settings)
    return make_oauth(config, prefix="MAESTRO_ANTHROPIC_", clock=lambda: NOW)


def refresh_error(oauth: OAuth) -> ProviderError:
    with pytest.raises(ProviderError) as raised:
        oauth.refresh(OLD)
    return raised.value


def exchange_error(oauth: OAuth) -> ProviderError:
    with pytest.raises(ProviderError) as raised:
        oauth.exchange_code(code="c", verifier="v", state="s")
    return raised.value


def test_the_url_has_everything_the_provider_asks_for(canned: Canned) -> None:
    url = urlsplit(oauth_at(canned).authorization_url(state="the state", challenge="the-challenge"))
    assert f"{url.scheme}://{url.netloc}{url.path}" == "https://platform.claude.com/oauth/authorize"
    assert dict(parse_qsl(url.query, strict_parsing=True)) == {
        "code": "true",
        "client_id": "client-1",
        "response_type": "code",
        "redirect_uri": "https://example.org/callback",
        "scope": "a b",
        "code_challenge": "the-challenge",
        "code_challenge_method": "S256",
        "state": "the state",
    }


def test_an_authorize_url_with_a_query_keeps_it(canned: Canned) -> None:
    oauth = oauth_at(canned, oauth_authorize_url="https://example.org/a?tenant=1")
    query = parse_qs(urlsplit(oauth.authorization_url(state="s", challenge="c")).query)
    assert (query["tenant"], query["state"]) == (["1"], ["s"])


def test_the_exchange_is_json_with_the_state(canned: Canned) -> None:
    canned.answer(
        PAIR
        | {
            "scope": "x y",
            "account": {"uuid": "1", "email_address": "me@example.org"},
            "organization": {"uuid": "2", "name": "Example"},
        }
    )
    tokens = oauth_at(canned).exchange_code(code="the-code", verifier="the-verifier", state="the-state")
    assert tokens == OAuthTokens(
        access_token=Secret("new-access"),
        refresh_token=Secret("new-refresh"),
        expires_at=NOW + timedelta(hours=8),
        scopes=("x", "y"),
        account={"email": "me@example.org", "organization": "Example"},
    )
    [request] = canned.requests
    assert (request.method, request.path) == ("POST", "/token")
    assert request.headers["content-type"] == "application/json"
    assert request.headers["anthropic-beta"] == "oauth-2025-04-20"
    assert request.headers["user-agent"].startswith("maestro/")
    assert "authorization" not in request.headers
    assert request.json == {
        "grant_type": "authorization_code",
        "code": "the-code",
        "state": "the-state",
        "client_id": "client-1",
        "redirect_uri": "https://example.org/callback",
        "code_verifier": "the-verifier",
    }


def test_the_refresh_is_json_and_rotates(canned: Canned) -> None:
    canned.answer(PAIR)
    tokens = oauth_at(canned).refresh(OLD)
    assert tokens.refresh_token == Secret("new-refresh")
    assert (tokens.scopes, tokens.account) == (OLD.scopes, OLD.account)
    assert canned.requests[0].json == {
        "grant_type": "refresh_token",
        "refresh_token": "old-refresh",
        "client_id": "client-1",
    }


@pytest.mark.parametrize("came", [{}, {"refresh_token": None}, {"refresh_token": ""}, {"refresh_token": " "}])
def test_a_refresh_without_a_new_refresh_token_keeps_the_old_one(
    canned: Canned, came: dict[str, str | None]
) -> None:
    canned.answer({"access_token": "new-access", "expires_in": 60} | came)
    assert oauth_at(canned).refresh(OLD).refresh_token == OLD.refresh_token


def test_a_form_body_is_a_setting(canned: Canned) -> None:
    canned.answer(PAIR)
    oauth_at(canned, oauth_token_body="form", oauth_beta="").refresh(OLD)
    [request] = canned.requests
    assert request.headers["content-type"] == "application/x-www-form-urlencoded"
    assert "anthropic-beta" not in request.headers
    assert dict(parse_qsl(request.body.decode())) == {
        "grant_type": "refresh_token",
        "refresh_token": "old-refresh",
        "client_id": "client-1",
    }


@pytest.mark.parametrize(
    ("expires_in", "seconds"),
    [
        (28800, 28800),
        (90.5, 90.5),
        ("120", 120),
        (None, 3600),
        (0, 3600),
        (-5, 3600),
        ("soon", 3600),
        ("nan", 3600),
        ([], 3600),
        (10**400, 3600),
        (10**12, 3600),
    ],
)
def test_a_lifetime_that_makes_no_sense_is_an_hour(
    canned: Canned, expires_in: object, seconds: float
) -> None:
    canned.answer({"access_token": "a", "expires_in": expires_in})
    assert oauth_at(canned).refresh(OLD).expires_at == NOW + timedelta(seconds=seconds)


@pytest.mark.parametrize("account", ["text", 3, {"email_address": 4}, None])
def test_account_labels_in_another_shape_are_left_out(canned: Canned, account: object) -> None:
    canned.answer(PAIR | {"account": account, "organization": {"name": "Example"}})
    tokens = oauth_at(canned).exchange_code(code="c", verifier="v", state="s")
    assert tokens.account == ({"organization": "Example"} if account is None else {})
    assert tokens.scopes == ("a", "b")


GRANT = {"error": "invalid_grant", "error_description": "Refresh token not found or invalid"}


def vendor(type_: str, message: str = "No.") -> dict[str, object]:
    return {"type": "error", "error": {"type": type_, "message": message}}


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (400, GRANT, GrantRefused),
        (401, GRANT, GrantRefused),
        (404, vendor("not_found_error"), GrantRefused),
        (401, vendor("authentication_error"), GrantRefused),
        (400, {"error": "invalid_client"}, OAuthMisconfigured),
        (401, {"error": "invalid_client"}, OAuthMisconfigured),
        (400, {"error": "invalid_request"}, OAuthMisconfigured),
        (400, {"error": "unsupported_grant_type"}, OAuthMisconfigured),
        (400, {"error": "unauthorized_client"}, OAuthMisconfigured),
        (403, vendor("permission_error"), OAuthMisconfigured),
        (400, vendor("invalid_request_error", "Invalid 'code' in request."), OAuthMisconfigured),
        (400, {"error": {"message": "no type"}}, OAuthMisconfigured),
        (429, vendor("rate_limit_error"), RateLimited),
        (529, vendor("overloaded_error"), Overloaded),
        (503, {"error": "temporarily_unavailable"}, Overloaded),
        (500, vendor("api_error"), ServerFailed),
        (408, {"error": "timeout"}, ServerFailed),
        (502, b"<html>Bad gateway</html>", UnexpectedAnswer),
        (404, b"<html>Not found</html>", UnexpectedAnswer),
        (200, b"<html>Sign in to the wi-fi</html>", UnexpectedAnswer),
        (200, {"token_type": "Bearer"}, UnexpectedAnswer),
        (200, {"access_token": " "}, UnexpectedAnswer),
        (307, b"", UnexpectedAnswer),
        (204, b"", UnexpectedAnswer),
    ],
)
def test_every_refusal_of_a_refresh_has_its_class(
    canned: Canned, status: int, body: object, kind: type[ProviderError]
) -> None:
    canned.answer(
        body, status=status, headers=[("location", "/x"), ("request-id", "req_1"), ("retry-after", "9")]
    )
    error = refresh_error(oauth_at(canned))
    assert type(error) is kind
    assert error.status == status
    assert error.message
    if status not in {200, 204, 307}:
        assert (error.request_id, error.retry_after) == ("req_1", 9.0)
    assert "old-refresh" not in error.message
    assert error.maybe_processed is (kind in {ServerFailed, UnexpectedAnswer})


def test_a_wrong_code_asks_to_log_in_again(canned: Canned) -> None:
    canned.answer(vendor("invalid_request_error", "Invalid 'code' in request."), status=400)
    error = exchange_error(oauth_at(canned))
    assert type(error) is GrantRefused
    assert error.message == "Invalid 'code' in request."
    assert error.error_type == "invalid_request_error"


def test_a_refusal_without_a_sentence_says_what_to_do(canned: Canned) -> None:
    canned.answer({"error": "invalid_grant"}, status=400)
    assert exchange_error(oauth_at(canned)).message.endswith("Log in again.")
    canned.answer({"error": "invalid_client"}, status=400)
    assert "should check the OAuth client id" in refresh_error(oauth_at(canned)).message


def test_without_a_client_id_the_missing_setting_is_named() -> None:
    oauth = build_provider("anthropic", {}).oauth
    assert oauth is not None
    assert oauth.missing_settings == ("MAESTRO_ANTHROPIC_OAUTH_CLIENT_ID",)
    for attempt in (
        lambda: oauth.authorization_url(state="s", challenge="c"),
        lambda: oauth.exchange_code(code="c", verifier="v", state="s"),
        lambda: oauth.refresh(OLD),
    ):
        with pytest.raises(NotConfigured, match="MAESTRO_ANTHROPIC_OAUTH_CLIENT_ID"):
            attempt()


def test_a_pair_without_refresh_token_cannot_be_refreshed(canned: Canned) -> None:
    with pytest.raises(GrantRefused, match="Log in again"):
        oauth_at(canned).refresh(msgspec.structs.replace(OLD, refresh_token=None))
    assert not canned.requests


def test_revoking_needs_its_address(canned: Canned) -> None:
    oauth = oauth_at(canned)
    assert not oauth.can_revoke
    with pytest.raises(NotConfigured, match="MAESTRO_ANTHROPIC_OAUTH_REVOKE_URL"):
        oauth.revoke(OLD)
    canned.answer(status=200)
    oauth = oauth_at(canned, oauth_revoke_url=f"{canned.url}/revoke")
    assert oauth.can_revoke
    oauth.revoke(OLD)
    oauth.revoke(msgspec.structs.replace(OLD, refresh_token=None))
    assert [request.json["token"] for request in canned.requests] == ["old-refresh", "old-access"]
    assert {request.path for request in canned.requests} == {"/revoke"}


def test_a_refused_revocation_says_so(canned: Canned) -> None:
    canned.answer({"error": "unsupported_token_type"}, status=400)
    with pytest.raises(OAuthMisconfigured):
        oauth_at(canned, oauth_revoke_url=f"{canned.url}/revoke").revoke(OLD)


def test_the_whole_login_works_with_the_simulator(simulator: RunningSimulator) -> None:
    oauth = build_provider("simulator", {"base_url": simulator.url}).oauth
    assert oauth is not None
    assert oauth.missing_settings == ()
    verifier, state = new_verifier(), new_state()
    pasted = simulator.approve(oauth.authorization_url(state=state, challenge=challenge_for(verifier)))
    code, _, returned = pasted.partition("#")
    assert returned == state
    tokens = oauth.exchange_code(code=code, verifier=verifier, state=state)
    assert tokens.account
    newer = oauth.refresh(tokens)
    assert newer.refresh_token != tokens.refresh_token
    assert isinstance(exchange_error(oauth), GrantRefused)
    assert isinstance(_refresh_error_of(oauth, tokens), GrantRefused)
    oauth.revoke(newer)


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ("server_error", ServerFailed),
        ("overloaded", Overloaded),
        ("rate_limit", RateLimited),
        ("html", UnexpectedAnswer),
        ("empty", UnexpectedAnswer),
        ("invalid_grant", GrantRefused),
        ("invalid_client", OAuthMisconfigured),
        ("hang_up", ConnectionLost),
    ],
)
def test_a_broken_token_endpoint_is_told_apart(
    simulator: RunningSimulator, fault: str, kind: type[ProviderError]
) -> None:
    oauth = build_provider("simulator", {"base_url": simulator.url}).oauth
    assert oauth is not None
    simulator.set(token_fault=fault)
    assert type(refresh_error(oauth)) is kind


def test_a_token_endpoint_that_is_down_got_nothing() -> None:
    oauth = build_provider("simulator", {"base_url": "http://127.0.0.1:1"}).oauth
    assert oauth is not None
    error = refresh_error(oauth)
    assert type(error) is ConnectFailed
    assert not error.maybe_processed


def _refresh_error_of(oauth: OAuth, tokens: OAuthTokens) -> ProviderError:
    with pytest.raises(ProviderError) as raised:
        oauth.refresh(tokens)
    return raised.value
