"""Proof Key for Code Exchange, RFC 7636: random secrets and the S256 challenge. No I/O."""

from __future__ import annotations

import base64
import hashlib
import secrets

# RFC 7636 §4.1 recommends 32 random bytes, which are 43 characters of base64url.
_RANDOM_BYTES = 32


def new_verifier() -> str:
    """A code verifier: 43 characters, never shown to anyone but the token endpoint."""
    return secrets.token_urlsafe(_RANDOM_BYTES)


def new_state() -> str:
    """A state value, independent of the verifier because it travels through the browser's history."""
    return secrets.token_urlsafe(_RANDOM_BYTES)


def challenge_for(verifier: str) -> str:
    """The S256 challenge of RFC 7636 §4.2: base64url(SHA-256(verifier)) without padding."""
    digest = hashlib.sha256(verifier.encode("ascii")).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")
