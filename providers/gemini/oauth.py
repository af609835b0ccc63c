"""How Google's login by code differs: a client secret, `access_type=offline`, and who is connected in an id token.

Refresh answers carry no new refresh token; the old one stays good.
Source: https://developers.google.com/identity/protocols/oauth2/native-app
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import msgspec

from providers.gemini.config import GeminiConfig
from providers.gemini.errors import error_in
from providers.http import HttpAnswer
from providers.oauth import CodePasteOAuth, OAuthManners, utc_now
from providers.oauth_answers import Grant, Refusal, account_labels, identity_claims, rfc_refusal

# Without `consent` Google gives a refresh token at the very first login only.
_AUTHORIZE = {"access_type": "offline", "prompt": "consent"}


class _Claims(msgspec.Struct, frozen=True):
    email: str = ""
    hd: str = ""  # the domain of an organization


def make_oauth(
    config: GeminiConfig, *, prefix: str, clock: Callable[[], datetime] = utc_now
) -> CodePasteOAuth:
    """The login as `config` says."""
    manners = OAuthManners(
        authorize_fields=lambda state: _AUTHORIZE,
        token_fields={"client_secret": config.oauth_client_secret} if config.oauth_client_secret else {},
        account_of=_account_of,
        read_refusal=_read_refusal,
    )
    return CodePasteOAuth(config, manners, prefix=prefix, clock=clock)


def _account_of(body: bytes, state: str | None) -> dict[str, str]:
    """Who is connected; nothing if it is not in the shape we know."""
    claims = identity_claims(body, _Claims)
    return {} if claims is None else account_labels(email=claims.email, organization=claims.hd)


def _read_refusal(answer: HttpAnswer, grant: Grant) -> Refusal | None:
    """`invalid_token` is what Google says when tokens to revoke are gone already; its gateways speak as its API."""
    refusal = rfc_refusal(answer)
    if refusal is not None:
        return refusal._replace(is_dead=refusal.word == "invalid_token")
    error = error_in(answer.body)
    return Refusal(error.status or "unknown", error.message) if error else None
