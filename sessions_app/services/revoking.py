"""Tells a provider to forget tokens. Best effort: nothing waits for it and nothing fails by it."""

from __future__ import annotations

import logging

from providers.credentials import OAuthTokens
from providers.errors import ProviderError
from providers.interface import OAuth
from sessions_app import crypto

logger = logging.getLogger(__name__)


def revoke_quietly(oauth: OAuth, tokens: OAuthTokens) -> bool:
    """Tell the provider to forget `tokens` if it can be told; whether it was."""
    if not oauth.can_revoke:
        return False
    try:
        oauth.revoke(tokens)
    except ProviderError as error:
        logger.warning("revoking token %s failed: %s", short(tokens), error.kind)
        return False
    return True


def short(tokens: OAuthTokens) -> str:
    """A fingerprint for logs: the same for the same token, and nothing of it."""
    return crypto.fingerprint(tokens.refresh_token.reveal())[:8] if tokens.refresh_token else "none"
