"""Login by a code that the user pastes: RFC 6749 §4.1 with PKCE, as far as vendors agree on it.

What a vendor does differently is in its `OAuthManners`. Knows no storage: who keeps the verifier, checks the
pasted state and repeats a refresh is `sessions_app`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from urllib.parse import urlencode

import msgspec

from providers.credentials import OAuthTokens
from providers.errors import GrantRefused, NotConfigured, ProviderError
from providers.headers import USER_AGENT
from providers.http import CallTimeouts, HttpAnswer, HttpRequest, call
from providers.oauth_answers import Grant, Refusal, read_tokens, refusal_error, rfc_refusal
from providers.refusals import unexpected_answer
from providers.settings import BodyForm, OAuthSettings

_REVOKE_READ_S = 10.0
_REQUIRED = ("oauth_client_id", "oauth_authorize_url", "oauth_token_url", "oauth_redirect_uri")


def utc_now() -> datetime:
    """The clock that production uses; tests pass their own."""
    return datetime.now(UTC)


class OAuthManners(msgspec.Struct, frozen=True, kw_only=True):
    """How one vendor differs from the rest.

    `authorize_fields` (of the `state`) and `token_fields` are sent besides the usual ones, `headers` with every
    token call. `account_of` reads who is connected out of a token answer, given the `state` of a code exchange;
    it may raise `GrantRefused`. `read_refusal` knows the vendor's own error format; RFC 6749's is always known.
    `revoke_body` is how the revoke endpoint wants its requests, where that is not as the token endpoint does.
    """

    authorize_fields: Callable[[str], Mapping[str, str]] = lambda state: {}
    token_fields: Mapping[str, str] = {}
    headers: Mapping[str, str] = {}
    sends_state: bool = False
    revoke_body: BodyForm | None = None
    account_of: Callable[[bytes, str | None], Mapping[str, str]] = lambda body, state: {}
    read_refusal: Callable[[HttpAnswer, Grant], Refusal | None] = lambda answer, grant: None


class CodePasteOAuth:
    """Implements `interface.OAuth`. `prefix` is that of the settings to name when one is missing."""

    def __init__(
        self,
        config: OAuthSettings,
        manners: OAuthManners,
        *,
        prefix: str,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._config = config
        self._manners = manners
        self._prefix = prefix
        self._clock = clock

    @property
    def missing_settings(self) -> tuple[str, ...]:
        """What the operator must set before anybody can log in."""
        return tuple(self._prefix + name.upper() for name in _REQUIRED if not getattr(self._config, name))

    @property
    def can_revoke(self) -> bool:
        """Whether there is an endpoint to tell that tokens are no longer used."""
        return bool(self._config.oauth_revoke_url)

    def authorization_url(self, *, state: str, challenge: str) -> str:
        """Where the user signs in."""
        self._require_settings()
        query = {
            "client_id": self._config.oauth_client_id,
            "response_type": "code",
            "redirect_uri": self._config.oauth_redirect_uri,
            "scope": self._config.oauth_scopes,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
            "state": state,
            **self._manners.authorize_fields(state),
        }
        separator = "&" if "?" in self._config.oauth_authorize_url else "?"
        return self._config.oauth_authorize_url + separator + urlencode(query)

    def exchange_code(self, *, code: str, verifier: str, state: str) -> OAuthTokens:
        """Trade the code for tokens."""
        fields = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._config.oauth_redirect_uri,
            "code_verifier": verifier,
        }
        if self._manners.sends_state:
            fields["state"] = state
        return self._token_call(fields, state=state, old=None)

    def refresh(self, tokens: OAuthTokens) -> OAuthTokens:
        """Trade the refresh token for a new pair."""
        if tokens.refresh_token is None:
            raise GrantRefused("This login has no refresh token, so it cannot be renewed. Log in again.")
        fields = {"grant_type": "refresh_token", "refresh_token": tokens.refresh_token.reveal()}
        return self._token_call(fields, state=None, old=tokens)

    def revoke(self, tokens: OAuthTokens) -> None:
        """Forget the refresh token, with which the access token goes, or the access token alone."""
        if not self.can_revoke:
            raise NotConfigured(f"Set {self._prefix}OAUTH_REVOKE_URL to let Maestro revoke logins.")
        token = tokens.refresh_token or tokens.access_token
        timeouts = CallTimeouts(
            connect_s=self._config.connect_timeout_s, read_s=_REVOKE_READ_S, total_s=_REVOKE_READ_S
        )
        fields = {
            "token": token.reveal(),
            "token_type_hint": "refresh_token" if tokens.refresh_token else "access_token",
            "client_id": self._config.oauth_client_id,
        }
        form = self._manners.revoke_body or self._config.oauth_token_body
        answer = self._post(self._config.oauth_revoke_url, fields, timeouts, form=form)
        if not 200 <= answer.status < 300:
            raise self._error_of(answer, "revoke")

    def _token_call(
        self, fields: dict[str, str], *, state: str | None, old: OAuthTokens | None
    ) -> OAuthTokens:
        self._require_settings()
        fields |= {"client_id": self._config.oauth_client_id, **self._manners.token_fields}
        asked_at = self._clock()  # before the call, so that the lifetime is never overestimated
        answer = self._post(
            self._config.oauth_token_url,
            fields,
            self._config.call_timeouts(),
            form=self._config.oauth_token_body,
        )
        if answer.status != 200:
            raise self._error_of(answer, "code" if old is None else "refresh")
        scopes = tuple(self._config.oauth_scopes.split()) if old is None else old.scopes
        tokens = read_tokens(answer.body, asked_at=asked_at, old=old, scopes=scopes)
        if tokens is None:
            raise unexpected_answer(answer)
        account = self._manners.account_of(answer.body, state)
        return msgspec.structs.replace(tokens, account=account) if account else tokens

    def _error_of(self, answer: HttpAnswer, grant: Grant) -> ProviderError:
        refusal = self._manners.read_refusal(answer, grant) or rfc_refusal(answer)
        return unexpected_answer(answer) if refusal is None else refusal_error(answer, refusal)

    def _post(
        self, url: str, fields: dict[str, str], timeouts: CallTimeouts, *, form: BodyForm
    ) -> HttpAnswer:
        is_json = form == "json"
        headers = {
            "content-type": "application/json" if is_json else "application/x-www-form-urlencoded",
            "accept": "application/json",
            "user-agent": USER_AGENT,
            **self._manners.headers,
        }
        body = msgspec.json.encode(fields) if is_json else urlencode(fields).encode()
        return call(HttpRequest(method="POST", url=url, headers=headers, body=body), timeouts)

    def _require_settings(self) -> None:
        missing = self.missing_settings
        if missing:
            raise NotConfigured(
                f"Login by code is off until whoever runs this server sets {', '.join(missing)}."
            )
