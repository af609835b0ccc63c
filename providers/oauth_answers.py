"""Reads what a token endpoint answers: a pair of tokens, or why not. Knows no vendor's words.

The difference that matters is whose fault a refusal is: a dead grant asks the user to log in again, a wrong
client id or address asks the operator. RFC 6749 §5.
"""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from typing import Literal, NamedTuple, TypeVar

import msgspec

from providers.credentials import OAuthTokens, Secret
from providers.errors import (
    GrantRefused,
    OAuthMisconfigured,
    Overloaded,
    ProviderError,
    RateLimited,
    ServerFailed,
)
from providers.headers import request_id_of
from providers.http import HttpAnswer
from providers.refusals import sentence
from providers.retry import retry_after_seconds

_DEFAULT_LIFETIME_S = 3600.0  # what the vendors' own clients assume when the answer does not say
_LONGEST_LIFETIME_S = 5 * 366 * 86400.0  # set-up tokens live a year; more than five is a mistake
_MAX_LABEL = 200

T = TypeVar("T")
Grant = Literal["code", "refresh", "revoke"]


class _TokenAnswer(msgspec.Struct, frozen=True):
    access_token: str
    refresh_token: str | None = None
    expires_in: object = None
    scope: str | None = None

    def __repr__(self) -> str:
        return "_TokenAnswer(…)"


class _IdentityAnswer(msgspec.Struct, frozen=True):
    id_token: str = ""

    def __repr__(self) -> str:
        return "_IdentityAnswer(…)"


class _RfcError(msgspec.Struct, frozen=True):
    error: str
    error_description: str | None = None


class Refusal(NamedTuple):
    """An error of a token endpoint, in the words it used. `is_dead`: the vendor says that the grant is over."""

    word: str
    description: str
    is_dead: bool = False


def read_tokens(
    body: bytes, *, asked_at: datetime, old: OAuthTokens | None, scopes: tuple[str, ...]
) -> OAuthTokens | None:
    """The pair in a 200 answer, or `None` if there is none. What the answer leaves out comes from
    `old` (a refresh may keep its token, RFC 6749 §6) and from the `scopes` asked for (§5.1)."""
    try:
        answer = msgspec.json.decode(body, type=_TokenAnswer)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    if not answer.access_token.strip():
        return None
    kept = old.refresh_token if old else None
    rotated = (answer.refresh_token or "").strip()
    return OAuthTokens(
        access_token=Secret(answer.access_token.strip()),
        refresh_token=Secret(rotated) if rotated else kept,
        expires_at=asked_at + timedelta(seconds=_lifetime(answer.expires_in)),
        scopes=tuple(answer.scope.split()) if answer.scope else scopes,
        account=old.account if old else {},
    )


def account_labels(**labels: str) -> dict[str, str]:
    """Who is connected, for a person to recognise: without what is empty, and bounded."""
    return {name: label[:_MAX_LABEL] for name, label in labels.items() if label}


def identity_claims(body: bytes, kind: type[T]) -> T | None:
    """The claims of the identity token in a token answer (OpenID Connect Core 1.0 §2), if there is one.

    It came straight from the token endpoint over TLS, which §3.1.3.7 takes in place of its signature; it only
    tells a person who is connected.
    """
    try:
        payload = msgspec.json.decode(body, type=_IdentityAnswer).id_token.split(".")[1]
        return msgspec.json.decode(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)), type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, IndexError, ValueError):
        return None


def rfc_refusal(answer: HttpAnswer) -> Refusal | None:
    """An error in the format of RFC 6749 §5.2, if it is one."""
    try:
        body = msgspec.json.decode(answer.body, type=_RfcError)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return Refusal(body.error, body.error_description or "")


def refusal_error(answer: HttpAnswer, refusal: Refusal) -> ProviderError:
    """The typed error for a refusal."""
    kind, fallback = _judge(answer.status, refusal)
    return kind(
        sentence(refusal.description) or fallback,
        status=answer.status,
        error_type=sentence(refusal.word),
        request_id=request_id_of(answer.headers),
        retry_after=retry_after_seconds(answer.headers, now=datetime.now(UTC)),
    )


def _judge(status: int, refusal: Refusal) -> tuple[type[ProviderError], str]:
    if status in {503, 529}:
        return Overloaded, "The token endpoint is too busy. Try again in a while."
    if status == 429:
        return RateLimited, "The token endpoint asks to slow down. Try again in a while."
    if status >= 500 or status == 408:
        return ServerFailed, f"The token endpoint failed (status {status}). Try again in a while."
    if refusal.is_dead or refusal.word == "invalid_grant":
        return GrantRefused, "The provider no longer accepts this login. Log in again."
    return OAuthMisconfigured, (
        f"The provider refused the request ({sentence(refusal.word)[:80]}). Whoever runs this server should "
        "check the OAuth client id, redirect URI, scopes and addresses."
    )


def _lifetime(value: object) -> float:
    """Seconds; what is missing, not a number or absurd counts as the default."""
    try:
        seconds = float(value) if isinstance(value, int | float | str) else 0.0
    except (ValueError, OverflowError):
        return _DEFAULT_LIFETIME_S
    return seconds if 0 < seconds <= _LONGEST_LIFETIME_S else _DEFAULT_LIFETIME_S
