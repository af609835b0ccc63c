"""The one shape behind which every vendor sits: four small protocols and a record that bundles them.

`Provider` is a record, not a base class. What a vendor lacks is `None`, and callers ask for the
capability, never for the name. Only streaming is async: the rest waits for one short answer and
is called from ordinary sync code (admin, worker, command), where a second event loop would be
one thing too many.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Protocol

import msgspec

from providers.credentials import ApiKeyCredential, Credentials, OAuthTokens
from providers.events import Event
from providers.messages import ChatRequest
from providers.model_info import ModelInfo


class OAuth(Protocol):
    """Login by a code that the user pastes, RFC 6749 §4.1 with PKCE (RFC 7636)."""

    @property
    def missing_settings(self) -> tuple[str, ...]:
        """Names of the environment variables the operator must still set; empty when ready."""

    @property
    def can_revoke(self) -> bool:
        """Whether the operator has set an endpoint for `revoke`."""

    def authorization_url(self, *, state: str, challenge: str) -> str:
        """Where the user signs in. `challenge` is the S256 challenge of the stored verifier.

        Raises `NotConfigured` while `missing_settings` is not empty.
        """

    def exchange_code(self, *, code: str, verifier: str, state: str) -> OAuthTokens:
        """Trade the pasted code for tokens: one POST, never repeated.

        Raises `GrantRefused`, `OAuthMisconfigured`, `NotConfigured`, or a transport error.
        """

    def refresh(self, tokens: OAuthTokens) -> OAuthTokens:
        """Trade the refresh token for a new pair: one POST, never repeated; ≤ 90 s in all.

        The caller owns retries, because a refresh token is single use. An answer without a new
        refresh token keeps the old one. Raises as `exchange_code`; `ConnectFailed` means nothing was
        sent, `error.maybe_processed` that the provider may have rotated the token.
        """

    def revoke(self, tokens: OAuthTokens) -> None:
        """Tell the provider to forget the pair, best effort (10 s). Raises a `ProviderError`."""


class ApiKey(Protocol):
    """Login by a key from the vendor's console."""

    def check(self, credential: ApiKeyCredential) -> None:
        """One cheap call that costs nothing. Returns if the key works, else raises what the provider said."""


class Models(Protocol):
    """What a credential may use."""

    def list(self, credentials: Credentials) -> tuple[ModelInfo, ...]:
        """All models, every page of them, in the provider's order. Raises a `ProviderError`."""

    def get(self, credentials: Credentials, model_id: str) -> ModelInfo:
        """One model. Raises `NotFound` for an unknown or retired one."""

    def known(self, model_id: str) -> ModelInfo | None:
        """What the built-in catalogue knows, without asking anyone; for prices and fallback."""


class Streaming(Protocol):
    """Answers, piece by piece."""

    def stream_chat(self, credentials: Credentials, request: ChatRequest) -> AsyncGenerator[Event, None]:
        """Ask the model. Never raises a `ProviderError`: the last event is `Completed` or `Failed`.

        Closing the generator (`contextlib.aclosing`) closes the HTTP connection. No total time
        limit; silence between any two events, pings included, ends in `Failed(ResponseTimeout)`.
        """

    def count_tokens(self, credentials: Credentials, request: ChatRequest) -> int:
        """Input tokens that `request` would use. Raises a `ProviderError`."""


class Provider(msgspec.Struct, frozen=True, kw_only=True):
    """A vendor, ready to use. `name` is stored with sessions; `label` is for people."""

    name: str
    label: str
    models: Models
    streaming: Streaming
    oauth: OAuth | None = None
    api_key: ApiKey | None = None
    api_key_hint: str = ""  # what such a key looks like, for the form's placeholder
    console_url: str = ""  # where a person gets a key
    key_note: str = ""  # what to know about its keys where there is no such place
    trial_key: str = ""  # a key that works for anybody, without an account; no secret
