"""The JSON documents that credentials and verifiers are stored as, before encryption.

Versioned, and each names its row: Fernet authenticates the text but not the row it lies in, so
a row swapped by someone with access to the database would otherwise be used for another owner.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Literal, TypeVar
from uuid import UUID

import msgspec
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables

from providers.credentials import ApiKeyCredential, Credentials, OAuthTokens, Secret
from sessions_app.errors import Undecryptable
from sessions_app.fields import Ciphertext

T = TypeVar("T")


class _ApiKeyDocument(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="api_key"):
    v: Literal[1] = 1
    session_id: UUID
    key: str

    def __repr__(self) -> str:
        return "_ApiKeyDocument(…)"


class _OAuthDocument(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="oauth"):
    v: Literal[1] = 1
    session_id: UUID
    access_token: str
    refresh_token: str | None
    expires_at: datetime
    issued_at: datetime
    scopes: tuple[str, ...] = ()
    account: dict[str, str] = {}

    def __repr__(self) -> str:
        return "_OAuthDocument(…)"


class _VerifierDocument(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="verifier"):
    v: Literal[1] = 1
    state_hash: str
    verifier: str

    def __repr__(self) -> str:
        return "_VerifierDocument(…)"


_Document = _ApiKeyDocument | _OAuthDocument
_decoder: msgspec.json.Decoder[_Document] = msgspec.json.Decoder(_Document)
_verifier_decoder = msgspec.json.Decoder(_VerifierDocument)


@sensitive_variables()
def seal(session_id: UUID, credentials: Credentials, *, issued_at: datetime | None = None) -> Ciphertext:
    """`credentials` as encrypted text bound to `session_id`."""
    document: _Document
    if isinstance(credentials, ApiKeyCredential):
        document = _ApiKeyDocument(session_id=session_id, key=credentials.key.reveal())
    else:
        refresh_token = credentials.refresh_token
        document = _OAuthDocument(
            session_id=session_id,
            access_token=credentials.access_token.reveal(),
            refresh_token=refresh_token.reveal() if refresh_token else None,
            expires_at=credentials.expires_at,
            issued_at=issued_at or datetime.now(UTC),
            scopes=credentials.scopes,
            account=dict(credentials.account),
        )
    return Ciphertext.seal(msgspec.json.encode(document).decode())


@sensitive_variables()
def unseal(session_id: UUID, ciphertext: Ciphertext) -> Credentials:
    """The credentials in `ciphertext`. Raises `Undecryptable`, also if they belong to another session."""
    document = _decode(_decoder, ciphertext.open())
    if document.session_id != session_id:
        raise Undecryptable(
            _(
                "The stored credentials belong to another session, so they were not used. Nothing was deleted. "
                "The operator should check the database, then log in again here."
            ),
            reason="wrong_session",
        )
    if isinstance(document, _ApiKeyDocument):
        return ApiKeyCredential(Secret(document.key))
    return OAuthTokens(
        access_token=Secret(document.access_token),
        refresh_token=Secret(document.refresh_token) if document.refresh_token else None,
        expires_at=document.expires_at,
        scopes=document.scopes,
        account=document.account,
    )


@sensitive_variables()
def seal_verifier(state_hash: str, verifier: str) -> Ciphertext:
    """`verifier` as encrypted text bound to the login of `state_hash`."""
    document = _VerifierDocument(state_hash=state_hash, verifier=verifier)
    return Ciphertext.seal(msgspec.json.encode(document).decode())


@sensitive_variables()
def unseal_verifier(state_hash: str, ciphertext: Ciphertext) -> str:
    """The verifier in `ciphertext`. Raises `Undecryptable`, also if it belongs to another login."""
    document = _decode(_verifier_decoder, ciphertext.open())
    if document.state_hash != state_hash:
        raise Undecryptable(
            _(
                "The stored verifier belongs to another login, so it was not used. Start again with a new link."
            ),
            reason="wrong_login",
        )
    return document.verifier


@sensitive_variables()
def _decode(decoder: msgspec.json.Decoder[T], text: str) -> T:
    try:
        return decoder.decode(text)
    except msgspec.MsgspecError:
        # The decoder's message may quote the text, so it goes no further.
        raise Undecryptable(
            _(
                "The stored credentials are not in a form that this version reads. Nothing was deleted. "
                "Run the version that wrote them, or log in again."
            ),
            reason="malformed",
        ) from None
