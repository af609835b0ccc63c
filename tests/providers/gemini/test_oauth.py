from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, urlsplit

import msgspec
import pytest

from providers.credentials import OAuthTokens, Secret
from providers.errors import (
    GrantRefused,
    NotConfigured,
    OAuthMisconfigured,
    Overloaded,
    ProviderError,
    ServerFailed,
    UnexpectedAnswer,
)
from providers.gemini.config import GeminiConfig
from providers.gemini.oauth import make_oauth
from providers.interface import OAuth
from providers.pkce import challenge_for, new_state, new_verifier
from tests.providers.canned import Canned
from tests.providers.gemini import gemini_at
from tests.support.simulator import CLIENT_ID, RunningSimulator

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
OLD = OAuthTokens(
    access_token=Secret("ya29.old"),
    refresh_token=Secret("1//old"),
    expires_at=NOW,
    scopes=("openid",),
    account={"email": "me@example.org"},
)
FRESH = {"access_token": "ya29.new", "expires_in": 3599, "scope": "openid x", "token_type": "Bearer"}


def id_token(**claims: object) -> str:
    payload = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
    return f"e30.{payload}.sig"


def oauth_at(canned: Canned, **settings: str) -> OAuth:
    config = GeminiConfig(
        oauth_client_id="client-1",
        oauth_client_secret="GOCSPX-1",
        oauth_token_url=f"{canned.url}/token",
        oauth_revoke_url=f"{canned.url}/revoke",
        oauth_scopes="openid email",
    )
    config = msgspec.structs.replace(config, **settings)
    return make_oauth(config, prefix="MAESTRO_GEMINI_", clock=lambda: NOW)


def form(canned: Canned) -> dict[str, str]:
    request = canned.requests[-1]
    assert request.headers["content-type"] == "application/x-www-form-urlencoded"
    return dict(parse_qsl(request.body.decode(), strict_parsing=True))


def test_the_url_asks_for_a_refresh_token(canned: Canned) -> None:
    url = urlsplit(oauth_at(canned).authorization_url(state="the state", challenge="the-challenge"))
    assert f"{url.scheme}://{url.netloc}{url.path}" == "https://accounts.google.com/o/oauth2/v2/auth"
    assert dict(parse_qsl(url.query, strict_parsing=True)) == {
        "client_id": "client-1",
        "response_type": "code",
        "redirect_uri": "http://127.0.0.1:8085/oauth2callback",
        "scope": "openid email",
        "code_challenge": "the-challenge",
        "code_challenge_method": "S256",
        "state": "the state",
        "access_type": "offline",
        "prompt": "consent",
    }


def test_the_exchange_is_a_form_with_the_clients_secret(canned: Canned) -> None:
    identity = id_token(email="me@example.org", hd="example.org", sub="1")
    canned.answer(FRESH | {"refresh_token": "1//new", "id_token": identity})
    tokens = oauth_at(canned).exchange_code(code="4/the-code", verifier="the-verifier", state="s")
    assert tokens == OAuthTokens(
        access_token=Secret("ya29.new"),
        refresh_token=Secret("1//new"),
        expires_at=NOW + timedelta(seconds=3599),
        scopes=("openid", "x"),
        account={"email": "me@example.org", "organization": "example.org"},
    )
    assert form(canned) == {
        "grant_type": "authorization_code",
        "code": "4/the-code",
        "redirect_uri": "http://127.0.0.1:8085/oauth2callback",
        "code_verifier": "the-verifier",
        "client_id": "client-1",
        "client_secret": "GOCSPX-1",
    }


def test_a_client_without_a_secret_sends_none(canned: Canned) -> None:
    canned.answer(FRESH)
    oauth_at(canned, oauth_client_secret="").exchange_code(code="c", verifier="v", state="s")
    assert "client_secret" not in form(canned)


def test_a_refresh_keeps_the_old_refresh_token_and_the_account(canned: Canned) -> None:
    canned.answer(FRESH)
    tokens = oauth_at(canned).refresh(OLD)
    assert tokens.access_token == Secret("ya29.new")
    assert tokens.refresh_token == Secret("1//old")
    assert tokens.account == {"email": "me@example.org"}
    assert form(canned) == {
        "grant_type": "refresh_token",
        "refresh_token": "1//old",
        "client_id": "client-1",
        "client_secret": "GOCSPX-1",
    }


@pytest.mark.parametrize("odd", ["", "x", "a.b.c", "e30.bm90IGpzb24.s", f"e30.{'é' * 3}.s", 5])
def test_an_odd_identity_costs_nobody_the_login(canned: Canned, odd: object) -> None:
    canned.answer(FRESH | {"id_token": odd})
    assert oauth_at(canned).exchange_code(code="c", verifier="v", state="s").account == {}


@pytest.mark.parametrize(
    ("status", "word", "kind"),
    [
        (400, "invalid_grant", GrantRefused),
        (401, "invalid_client", OAuthMisconfigured),
        (400, "redirect_uri_mismatch", OAuthMisconfigured),
        (403, "access_denied", OAuthMisconfigured),
        (500, "internal_failure", ServerFailed),
    ],
)
def test_a_refusal_says_whose_turn_it_is(
    canned: Canned, status: int, word: str, kind: type[ProviderError]
) -> None:
    canned.answer({"error": word, "error_description": "Token has been expired or revoked."}, status=status)
    with pytest.raises(kind) as raised:
        oauth_at(canned).refresh(OLD)
    assert type(raised.value) is kind
    assert raised.value.error_type == word


def test_a_gateway_in_front_speaks_as_the_api_does(canned: Canned) -> None:
    canned.answer({"error": {"code": 503, "message": "Busy.", "status": "UNAVAILABLE"}}, status=503)
    with pytest.raises(Overloaded, match="Busy"):
        oauth_at(canned).refresh(OLD)
    canned.answer("<html>", status=502, content_type="text/html")
    with pytest.raises(UnexpectedAnswer):
        oauth_at(canned).refresh(OLD)


def test_revoking_sends_the_refresh_token_and_hears_if_it_was_gone(canned: Canned) -> None:
    canned.answer({})
    oauth_at(canned).revoke(OLD)
    assert canned.requests[0].path == "/revoke"
    assert form(canned)["token"] == "1//old"
    canned.answer({"error": "invalid_token", "error_description": "Token expired or revoked"}, status=400)
    with pytest.raises(GrantRefused):
        oauth_at(canned).revoke(OLD)


def test_without_a_client_of_the_operators_own_it_is_off() -> None:
    oauth = make_oauth(GeminiConfig(), prefix="MAESTRO_GEMINI_")
    assert oauth.missing_settings == ("MAESTRO_GEMINI_OAUTH_CLIENT_ID",)
    with pytest.raises(NotConfigured, match="MAESTRO_GEMINI_OAUTH_CLIENT_ID"):
        oauth.authorization_url(state="s", challenge="c")


def test_a_login_lives_through_refreshes_until_it_is_revoked(simulator: RunningSimulator) -> None:
    base = f"{simulator.url}/gemini"
    provider = gemini_at(
        base,
        oauth_client_id=CLIENT_ID,
        oauth_authorize_url=f"{base}/oauth/authorize",
        oauth_redirect_uri=f"{base}/oauth/code/callback",
    )
    assert provider.oauth is not None
    verifier, state = new_verifier(), new_state()
    url = provider.oauth.authorization_url(state=state, challenge=challenge_for(verifier))
    code, _, returned = simulator.approve(url).partition("#")
    assert returned == state
    first = provider.oauth.exchange_code(code=code, verifier=verifier, state=state)
    assert first.account == {"email": "person@simulator.test"}
    second = provider.oauth.refresh(first)
    third = provider.oauth.refresh(second)
    assert first.refresh_token == second.refresh_token == third.refresh_token
    assert simulator.state.families_lost == 0
    assert provider.models.list(third)[0].id == "simulator-large"
    provider.oauth.revoke(third)
    with pytest.raises(GrantRefused):
        provider.oauth.refresh(third)
