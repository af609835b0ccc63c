"""How OpenAI's login by code differs: form bodies, OpenID Connect's identity token, and its own words for a
refresh token that is dead.

Sources: OpenID Connect Core 1.0 §3.1, and the open-source clients of the vendor's login.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable
from datetime import datetime

import msgspec

from providers.errors import GrantRefused
from providers.http import HttpAnswer
from providers.oauth import CodePasteOAuth, OAuthManners, utc_now
from providers.oauth_answers import Grant, Refusal, account_labels, identity_claims, rfc_refusal
from providers.openai.config import OpenAIConfig
from providers.openai.errors import error_in

_DEAD = frozenset({
    "refresh_token_expired",
    "refresh_token_reused",
    "refresh_token_invalidated",
    "invalid_grant",
})  # fmt: skip


class _Claims(msgspec.Struct, frozen=True):
    email: str = ""
    name: str = ""
    nonce: str | None = None


def make_oauth(
    config: OpenAIConfig, *, prefix: str, clock: Callable[[], datetime] = utc_now
) -> CodePasteOAuth:
    """The login as `config` says."""
    is_openid = "openid" in config.oauth_scopes.split()
    manners = OAuthManners(
        authorize_fields=lambda state: {"nonce": _nonce(state)} if is_openid else {},
        account_of=_account_of,
        read_refusal=_read_refusal,
        revoke_body=config.oauth_revoke_body,
    )
    return CodePasteOAuth(config, manners, prefix=prefix, clock=clock)


def _nonce(state: str) -> str:
    """Ties the identity token to this login; made of the state, so that nothing more needs to be stored."""
    digest = hashlib.sha256(b"nonce:" + state.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _account_of(body: bytes, state: str | None) -> dict[str, str]:
    """Who is connected. Raises `GrantRefused` for an identity token that was made for another login."""
    claims = identity_claims(body, _Claims)
    if claims is None:
        return {}
    if state is not None and claims.nonce is not None and not _is_same(claims.nonce, _nonce(state)):
        raise GrantRefused("The provider answered with the identity of another login. Log in again.")
    return account_labels(email=claims.email, name=claims.name)


def _is_same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())


def _read_refusal(answer: HttpAnswer, grant: Grant) -> Refusal | None:
    error = error_in(answer.body)
    if error is not None and (error.code or error.type):
        word = str(error.code or error.type)
        return Refusal(word, error.message, is_dead=word in _DEAD)
    plain = rfc_refusal(answer)
    return plain and plain._replace(is_dead=plain.word in _DEAD)
