"""Encrypts text for storage with the server's keys; decrypts it, or says that it cannot.

Keys come from `SECRET_KEY` × `SALT_KEY`, derived exactly as django-fernet-encrypted-fields does, so
that the two read each other's text. Older values (`SECRET_KEY_FALLBACKS`, further salts) still
decrypt; the first pair encrypts. Knows no model and no session.
"""

from __future__ import annotations

import base64
import hashlib
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables

from sessions_app.errors import Undecryptable

_ITERATIONS = 100_000  # the library's; another number would make its text unreadable
_FINGERPRINT_SALT = "sessions_app.fingerprint"


@sensitive_variables()
def encrypt(text: str) -> str:
    """`text` as a Fernet token; empty text stays empty, because there is nothing to hide."""
    return _fernet().encrypt(text.encode()).decode() if text else ""


@sensitive_variables()
def decrypt(stored: str) -> str:
    """The text behind `stored`. Raises `Undecryptable` (never returns what it could not open)."""
    if not stored:
        return ""
    try:
        return _fernet().decrypt(stored.encode()).decode()
    except (InvalidToken, UnicodeError):
        raise Undecryptable(
            _(
                "The stored credentials cannot be read with this server's keys. Nothing was deleted. "
                "The operator must restore the SECRET_KEY and SALT_KEY that were used to store them."
            ),
            reason="wrong_key",
        ) from None


@sensitive_variables()
def opens(stored: str) -> bool:
    """Whether the keys, older ones included, open `stored`; empty text needs none."""
    try:
        decrypt(stored)
    except Undecryptable:
        return False
    return True


@sensitive_variables()
def is_current(stored: str) -> bool:
    """Whether the first key, the one that encrypts, sealed `stored`."""
    try:
        _fernets(*_keys())[0].decrypt(stored.encode())
    except (InvalidToken, UnicodeError):
        return False
    return True


@sensitive_variables()
def fingerprint(text: str) -> str:
    """HMAC-SHA256 of a secret, 64 hex digits: for equality and, by its first 8, for logs."""
    return fingerprints(text)[0]


@sensitive_variables()
def fingerprints(text: str) -> tuple[str, ...]:
    """The same by the present and each older secret key, the present one first."""
    secrets, _salts = _keys()
    return tuple(
        salted_hmac(_FINGERPRINT_SALT, text, secret=secret, algorithm="sha256").hexdigest()
        for secret in secrets
    )


@sensitive_variables()
def _fernet() -> MultiFernet:
    return MultiFernet(_fernets(*_keys()))


def _keys() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Secrets and salts, each with the newest first."""
    salts = settings.SALT_KEY if isinstance(settings.SALT_KEY, list | tuple) else [settings.SALT_KEY]
    return (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS), tuple(salts)


@lru_cache(maxsize=8)
def _fernets(secrets: tuple[str, ...], salts: tuple[str, ...]) -> list[Fernet]:
    return [Fernet(_derive(secret, salt)) for secret in secrets for salt in salts]


@lru_cache(maxsize=64)  # about 65 ms each, so once per process and not once per field
def _derive(secret: str, salt: str) -> bytes:
    key = hashlib.pbkdf2_hmac("sha256", secret.encode(), salt.encode(), _ITERATIONS, dklen=32)
    return base64.urlsafe_b64encode(key)
