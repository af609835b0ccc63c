"""How each registered provider is pointed at the simulator: all that the contract has to know of a vendor.

A newcomer adds its lines here; a test compares this table with the registry.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from providers.credentials import ApiKeyCredential, Credentials, OAuthTokens, Secret
from providers.interface import Provider
from providers.pkce import challenge_for, new_state, new_verifier
from providers.registry import build_provider
from tests.support.simulator import RunningSimulator

AUTH_TYPES = ("api_key", "oauth")
CLIENT_ID = "maestro-simulator"


class Wiring(NamedTuple):
    """`base` is what follows the simulator's address in the provider's base URL, `oauth` in its OAuth addresses;
    `more` are further settings. `key_header` shows how an API key travels, `chat_path` where a chat goes.
    `counts_tokens` is false for a wire that cannot, `rotates` for a vendor whose refresh tokens stay, and
    `has_last_event` where only the end of the body tells that there is no more, `needs_last_event` where an answer is
    whole without it, once it said why it stopped, and `tells_limits` where the answers' headers say nothing of rate limits."""

    provider: str
    base: str
    chat_path: str
    key: str
    key_header: tuple[str, str]
    oauth: Mapping[str, str] = {}
    more: Mapping[str, str] = {}
    model: str = "simulator-large"
    counts_tokens: bool = True
    rotates: bool = True
    counts_cache_writes: bool = True
    has_last_event: bool = True
    needs_last_event: bool = True
    tells_limits: bool = True

    def settings(self, url: str) -> dict[str, str]:
        """The operator's settings for a simulator at `url`."""
        addresses = {name: url + path for name, path in self.oauth.items()}
        client = {"oauth_client_id": CLIENT_ID} if addresses else {}
        return {"base_url": url + self.base, **addresses, **client, **self.more}

    def build(self, url: str, **settings: str) -> Provider:
        """The provider, talking to `url`."""
        return build_provider(self.provider, self.settings(url) | settings)


_OPENAI_OAUTH = {
    "oauth_authorize_url": "/openai/oauth/authorize",
    "oauth_token_url": "/openai/oauth/token",
    "oauth_revoke_url": "/openai/oauth/revoke",
    "oauth_redirect_uri": "/openai/oauth/code/callback",
}
_OPENAI_KEY = "sk-proj-sim-" + "k" * 40 + "a1b2"
_SIM_KEY = "sk-sim-" + "k" * 40 + "a1b2"

WIRINGS = {
    "anthropic": Wiring(
        provider="anthropic",
        base="",
        chat_path="/v1/messages",
        key=_SIM_KEY,
        key_header=("x-api-key", "{}"),
        oauth={
            "oauth_authorize_url": "/oauth/authorize",
            "oauth_token_url": "/v1/oauth/token",
            "oauth_revoke_url": "/v1/oauth/revoke",
            "oauth_redirect_uri": "/oauth/code/callback",
        },
    ),
    "openai": Wiring(
        provider="openai",
        base="/openai/v1",
        chat_path="/openai/v1/responses",
        key=_OPENAI_KEY,
        key_header=("authorization", "Bearer {}"),
        oauth=_OPENAI_OAUTH,
    ),
    "openai, chat completions": Wiring(
        provider="openai",
        base="/openai/v1",
        chat_path="/openai/v1/chat/completions",
        key=_OPENAI_KEY,
        key_header=("authorization", "Bearer {}"),
        oauth=_OPENAI_OAUTH,
        more={"api": "chat_completions"},
        counts_tokens=False,
        needs_last_event=False,
    ),
    "gemini": Wiring(
        provider="gemini",
        base="/gemini",
        chat_path="/gemini/v1beta/models/simulator-large:streamGenerateContent",
        key="AIzaSim" + "k" * 28 + "a1b2",
        key_header=("x-goog-api-key", "{}"),
        oauth={
            "oauth_authorize_url": "/gemini/oauth/authorize",
            "oauth_token_url": "/gemini/token",
            "oauth_revoke_url": "/gemini/revoke",
            "oauth_redirect_uri": "/gemini/oauth/code/callback",
        },
        rotates=False,
        counts_cache_writes=False,
        has_last_event=False,
        needs_last_event=False,
        tells_limits=False,
    ),
    "simulator": Wiring(
        provider="simulator",
        base="",
        chat_path="/v1/messages",
        key=_SIM_KEY,
        key_header=("x-api-key", "{}"),
    ),
}


class Case(NamedTuple):
    """One provider with one kind of credential, ready to be asked."""

    wiring: Wiring
    auth_type: str
    provider: Provider
    credentials: Credentials
    simulator: RunningSimulator

    @property
    def secret(self) -> str:
        """What must show up nowhere."""
        if isinstance(self.credentials, ApiKeyCredential):
            return self.credentials.key.reveal()
        return self.credentials.access_token.reveal()

    def other(self, **settings: str) -> Case:
        """The same with other settings."""
        return self._replace(provider=self.wiring.build(self.simulator.url, **settings))

    def with_wrong_credentials(self) -> Case:
        """The same with a credential that nobody gave out."""
        if isinstance(self.credentials, OAuthTokens):
            return self._replace(credentials=_replaced(self.credentials, self.secret[:-4] + "xxxx"))
        return self._replace(credentials=ApiKeyCredential(Secret("sk-unknown-" + "z" * 30)))


def _replaced(tokens: OAuthTokens, access: str) -> OAuthTokens:
    return OAuthTokens(
        access_token=Secret(access), refresh_token=tokens.refresh_token, expires_at=tokens.expires_at
    )


def make_case(wiring: Wiring, auth_type: str, simulator: RunningSimulator) -> Case:
    """The case, logged in where it needs that."""
    provider = wiring.build(simulator.url)
    credentials: Credentials = ApiKeyCredential(Secret(wiring.key))
    if auth_type == "oauth":
        credentials = log_in(provider, simulator)
    return Case(wiring, auth_type, provider, credentials, simulator)


def log_in(provider: Provider, simulator: RunningSimulator) -> OAuthTokens:
    """A whole login: link, Allow, code, exchange."""
    assert provider.oauth is not None
    verifier, state = new_verifier(), new_state()
    link = provider.oauth.authorization_url(state=state, challenge=challenge_for(verifier))
    code, _, returned = simulator.approve(link).partition("#")
    assert returned == state
    return provider.oauth.exchange_code(code=code, verifier=verifier, state=state)
