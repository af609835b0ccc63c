"""Headers, models and login as they are on the wire."""

from __future__ import annotations

from contextlib import aclosing
from datetime import UTC, datetime
from decimal import Decimal
from urllib.parse import parse_qs, parse_qsl, urlsplit

import msgspec
import pytest

from providers.catalogue import Catalogue
from providers.credentials import ApiKeyCredential, OAuthTokens, Secret
from providers.errors import (
    AuthenticationFailed,
    GrantRefused,
    OAuthMisconfigured,
    ProviderError,
    RateLimited,
)
from providers.events import Failed, Usage
from providers.interface import OAuth, Provider
from providers.openai.config import OpenAIConfig
from providers.openai.models import OpenAIModels
from providers.openai.oauth import _nonce
from providers.registry import build_provider
from providers.simulator.oauth import identity_token
from tests.providers.canned import Canned, ask
from tests.providers.openai import API_KEY, CREDENTIAL, FIXTURES, MODEL, openai_at

pytestmark = pytest.mark.usefixtures("closed_clients")

TOKENS = OAuthTokens(
    access_token=Secret("the-access"),
    refresh_token=Secret("the-refresh"),
    expires_at=datetime(2026, 11, 22, tzinfo=UTC),
    scopes=("openid",),
)
PAIR = {"access_token": "new", "refresh_token": "newer", "expires_in": 60}


async def stream(provider: Provider, credentials: ApiKeyCredential | OAuthTokens, **more: str) -> None:
    async with aclosing(provider.streaming.stream_chat(credentials, ask(model=MODEL))) as events:
        assert [event async for event in events]


async def test_a_key_travels_with_its_organization_and_project(canned: Canned) -> None:
    canned.answer((FIXTURES / "text.sse").read_bytes(), content_type="text/event-stream")
    await stream(openai_at(canned.url, organization="org-1", project="proj_1"), CREDENTIAL)
    [sent] = canned.requests
    assert (sent.method, sent.path) == ("POST", "/v1/responses")
    assert sent.headers["authorization"] == f"Bearer {API_KEY}"
    assert (sent.headers["openai-organization"], sent.headers["openai-project"]) == ("org-1", "proj_1")
    assert sent.headers["accept"] == "text/event-stream"


async def test_a_token_travels_alone_and_the_api_is_a_setting(canned: Canned) -> None:
    canned.answer((FIXTURES / "chat_text.sse").read_bytes(), content_type="text/event-stream")
    await stream(openai_at(canned.url, organization="org-1", api="chat_completions"), TOKENS)
    [sent] = canned.requests
    assert sent.path == "/v1/chat/completions"
    assert sent.headers["authorization"] == "Bearer the-access"
    assert not {"openai-organization", "openai-project"} & set(sent.headers)


async def test_a_credential_that_no_header_can_hold_is_not_sent(canned: Canned) -> None:
    bad = ApiKeyCredential(Secret("sk-proj-abc…"))
    async with aclosing(openai_at(canned.url).streaming.stream_chat(bad, ask())) as events:
        [only] = [event async for event in events]
    assert isinstance(only, Failed)
    assert isinstance(only.error, AuthenticationFailed)
    assert not canned.requests


@pytest.mark.parametrize(
    ("url", "knows"),
    [
        ("https://api.openai.com/v1", True),
        ("https://eu.api.openai.com/v1", True),
        ("https://api.openai.com.example.org/v1", False),
        ("http://127.0.0.1:11434/v1", False),
    ],
)
def test_prices_are_known_for_the_vendor_itself_only(url: str, knows: bool) -> None:
    provider = build_provider("openai", {"base_url": url})
    assert (provider.models.known(MODEL) is not None) is knows
    assert bool(provider.console_url) is knows


def test_the_catalogue_is_dated_and_honest() -> None:
    catalogue = Catalogue.load("providers.openai")
    sol = catalogue.find("gpt-6.1-sol-2026-10-01")
    assert sol is not None
    assert sol.price is not None
    usage = Usage(input_tokens=1_000, cache_read_tokens=1_000, cache_write_tokens=1_000, output_tokens=1_000)
    assert sol.price.cost(usage) == Decimal("0.0146")
    new = catalogue.find("gpt-6.2-sol")
    assert new is not None
    assert new.price is None
    assert all(model.price is None for model in catalogue.models.values() if model.lifecycle == "retired")


class _Vendor(OpenAIConfig, frozen=True, kw_only=True):
    """A server at another address that counts as the vendor itself."""

    @property
    def is_vendor(self) -> bool:
        return True


def vendor_list(canned: Canned) -> Provider:
    """The vendor's models, with the catalogue, listed by our own server."""
    models = OpenAIModels(_Vendor(base_url=f"{canned.url}/v1"), Catalogue.load("providers.openai"))
    return msgspec.structs.replace(openai_at(canned.url), models=models)


def test_models_that_do_not_chat_are_left_out_and_known_ones_come_first(canned: Canned) -> None:
    ids = [
        "text-embedding-3-large", "brand-new", "gpt-4o", "whisper-1", "gpt-6.1-sol", "gpt-4o-audio-preview",
        "omni-moderation-latest", "gpt-5.4-2026-03-05", "tts-1", "gpt-realtime", "gpt-4o-search-preview",
    ]  # fmt: skip
    canned.answer({"object": "list", "data": [{"id": id_, "created": 1, "owned_by": "x"} for id_ in ids]})
    models = vendor_list(canned).models.list(CREDENTIAL)
    assert [model.id for model in models] == ["gpt-6.1-sol", "gpt-4o", "brand-new", "gpt-5.4-2026-03-05"]
    assert models[0].label == "GPT-6.1 Sol"
    assert models[2].price is None
    assert models[2].capabilities.sampling is None, "of the vendor's own models nothing is guessed"
    assert models[3].price is not None


def test_the_lists_of_small_servers_are_taken_as_they_are(canned: Canned) -> None:
    data = [
        {"id": "qwen3-embedding", "created": 0},
        {"id": "llama", "created": 10**30, "max_model_len": 8192, "shutdown_date": "2027-01-01"},
        {"id": "odd", "shutdown_date": "soon"},
    ]
    canned.answer({"data": data})
    first, second, third = openai_at(canned.url).models.list(CREDENTIAL)
    assert (first.id, first.created_at, first.label) == ("qwen3-embedding", None, "qwen3-embedding")
    assert (second.max_input_tokens, second.lifecycle) == (8192, "deprecated")
    assert second.retires_at == datetime(2027, 1, 1, tzinfo=UTC)
    assert (third.lifecycle, third.retires_at) == ("active", None)
    sampling = (third.capabilities.sampling, third.capabilities.max_temperature)
    assert sampling == (True, 2.0), "what is sent there is shown as possible"


def oauth_at(canned: Canned, **settings: str) -> OAuth:
    oauth = openai_at(canned.url, **settings).oauth
    assert oauth is not None
    return oauth


def test_nothing_of_the_login_ships() -> None:
    oauth = build_provider("openai", {}).oauth
    assert oauth is not None
    assert oauth.missing_settings == tuple(
        f"MAESTRO_OPENAI_OAUTH_{name}" for name in ("CLIENT_ID", "AUTHORIZE_URL", "TOKEN_URL", "REDIRECT_URI")
    )
    assert not oauth.can_revoke


def test_the_link_has_a_nonce_where_an_identity_is_asked_for(canned: Canned) -> None:
    link = oauth_at(canned).authorization_url(state="the-state", challenge="c")
    query = dict(parse_qsl(urlsplit(link).query))
    assert query["nonce"] == _nonce("the-state")
    assert (query["code_challenge_method"], query["response_type"]) == ("S256", "code")
    plain = oauth_at(canned, oauth_scopes="api").authorization_url(state="s", challenge="c")
    assert "nonce" not in parse_qs(urlsplit(plain).query)


def test_the_exchange_is_a_form_and_names_who_is_connected(canned: Canned) -> None:
    claims = {"email": "me@example.org", "name": "Me", "nonce": _nonce("s")}
    canned.answer(PAIR | {"id_token": identity_token(claims)})
    tokens = oauth_at(canned).exchange_code(code="c", verifier="v", state="s")
    assert tokens.account == {"email": "me@example.org", "name": "Me"}
    [sent] = canned.requests
    assert sent.headers["content-type"] == "application/x-www-form-urlencoded"
    assert dict(parse_qsl(sent.body.decode())) == {
        "grant_type": "authorization_code",
        "code": "c",
        "client_id": "client-1",
        "redirect_uri": "http://localhost:1455/auth/callback",
        "code_verifier": "v",
    }


def test_the_identity_of_another_login_is_refused(canned: Canned) -> None:
    canned.answer(PAIR | {"id_token": identity_token({"email": "x@example.org", "nonce": "another"})})
    with pytest.raises(GrantRefused, match="another login"):
        oauth_at(canned).exchange_code(code="c", verifier="v", state="s")


@pytest.mark.parametrize("identity", ["", "no dots", "a.b.c", "a.!!!.c", "a.bnVsbA.c", 5])
def test_an_identity_that_cannot_be_read_does_not_matter(canned: Canned, identity: object) -> None:
    canned.answer(PAIR | {"id_token": identity})
    assert oauth_at(canned).exchange_code(code="c", verifier="v", state="s").account == {}


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (401, {"error": {"code": "refresh_token_expired", "message": "x"}}, GrantRefused),
        (401, {"error": {"code": "refresh_token_reused", "message": "x"}}, GrantRefused),
        (401, {"error": {"code": "refresh_token_invalidated", "message": "x"}}, GrantRefused),
        (401, {"error": "refresh_token_reused"}, GrantRefused),
        (400, {"error": "invalid_grant", "error_description": "Gone."}, GrantRefused),
        (401, {"error": "invalid_client"}, OAuthMisconfigured),
        (400, {"error": {"type": "invalid_request_error", "message": "x"}}, OAuthMisconfigured),
        (429, {"error": {"code": "rate_limit_exceeded", "message": "x"}}, RateLimited),
    ],
)
def test_a_dead_refresh_token_has_several_words(
    canned: Canned, status: int, body: object, kind: type[ProviderError]
) -> None:
    canned.answer(body, status=status)
    with pytest.raises(ProviderError) as raised:
        oauth_at(canned).refresh(TOKENS)
    assert type(raised.value) is kind


def test_revoking_is_json_unless_set_otherwise(canned: Canned) -> None:
    canned.answer({})
    oauth_at(canned).revoke(TOKENS)
    oauth_at(canned, oauth_revoke_body="form").revoke(msgspec.structs.replace(TOKENS, refresh_token=None))
    first, second = canned.requests
    assert first.json == {
        "token": "the-refresh",
        "token_type_hint": "refresh_token",
        "client_id": "client-1",
    }
    assert dict(parse_qsl(second.body.decode()))["token_type_hint"] == "access_token"
