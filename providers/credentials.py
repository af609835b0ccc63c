"""The two kinds of credential a provider accepts, and the wrapper that keeps a secret from leaking.

Owns no storage and no encryption: `sessions_app` does both. `Secret.reveal` is called where a
credential is put on the wire (`http.py`) or into the encrypted document, and nowhere else.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import NoReturn

import msgspec


class Secret:
    """Text that must not appear in a log, traceback, page, dump or `repr`.

    Compares equal to another `Secret` with the same text. Refuses to be pickled or converted to
    JSON; the only way to the text is `reveal`.
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself. Call it at the last moment, into the header or form that needs it."""
        return self._text

    def __repr__(self) -> str:
        return "Secret(…)"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return repr(self)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._text == self._text

    def __hash__(self) -> int:
        return hash(self._text)

    def __bool__(self) -> bool:
        return bool(self._text)

    def __reduce__(self) -> NoReturn:
        raise TypeError("a Secret is never pickled")


class ApiKeyCredential(msgspec.Struct, frozen=True):
    """A key that the vendor's console issued. It does not expire by itself."""

    key: Secret


class OAuthTokens(msgspec.Struct, frozen=True, kw_only=True):
    """One pair from a token endpoint.

    `expires_at` is aware UTC, computed from the answer's `expires_in`. `refresh_token` is `None`
    where the vendor gave none; the pair can then not be refreshed. `account` holds what the vendor
    reports about who is connected (`email`, `organization`), for a person to recognise; never secrets.
    """

    access_token: Secret
    refresh_token: Secret | None
    expires_at: datetime
    scopes: tuple[str, ...] = ()
    account: Mapping[str, str] = {}


Credentials = OAuthTokens | ApiKeyCredential
