"""How Anthropic's login by code differs: `code=true`, the state repeated in the exchange, a beta header, and
its own error format beside that of RFC 6749."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import msgspec

from providers.anthropic.config import AnthropicConfig
from providers.anthropic.errors import error_type_of
from providers.http import HttpAnswer
from providers.oauth import CodePasteOAuth, OAuthManners, utc_now
from providers.oauth_answers import Grant, Refusal, account_labels


class _Account(msgspec.Struct, frozen=True):
    email_address: str = ""
    email: str = ""


class _Organization(msgspec.Struct, frozen=True):
    name: str = ""


class _Identity(msgspec.Struct, frozen=True):
    account: _Account | None = None
    organization: _Organization | None = None


def make_oauth(
    config: AnthropicConfig, *, prefix: str, clock: Callable[[], datetime] = utc_now
) -> CodePasteOAuth:
    """The login as `config` says."""
    manners = OAuthManners(
        authorize_fields=lambda state: {"code": "true"},  # asks for a page that shows the code
        headers={"anthropic-beta": config.oauth_beta} if config.oauth_beta else {},
        sends_state=True,
        account_of=_account_of,
        read_refusal=_read_refusal,
    )
    return CodePasteOAuth(config, manners, prefix=prefix, clock=clock)


def _account_of(body: bytes, state: str | None) -> dict[str, str]:
    """Who is connected; nothing if it is not in the shape we know."""
    try:
        identity = msgspec.json.decode(body, type=_Identity)
    except msgspec.DecodeError:
        return {}
    account = identity.account or _Account()
    organization = identity.organization or _Organization()
    return account_labels(email=account.email_address or account.email, organization=organization.name)


def _read_refusal(answer: HttpAnswer, grant: Grant) -> Refusal | None:
    error = error_type_of(answer)
    if error is None:
        return None
    is_dead = (
        (answer.status == 404 and error.type == "not_found_error")
        or (answer.status == 401 and error.type == "authentication_error")
        # The vendor has no word of its own for a code that is wrong, used or too old.
        or (grant == "code" and error.type == "invalid_request_error" and "code" in error.message.lower())
    )
    return Refusal(error.type or "unknown", error.message, is_dead)
