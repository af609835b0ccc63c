"""The credentials document: round trip, version, and the session it is bound to."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4

import pytest

from providers.credentials import ApiKeyCredential, Credentials, OAuthTokens, Secret
from sessions_app.document import seal, unseal
from sessions_app.errors import Undecryptable
from sessions_app.fields import Ciphertext

TOKENS = OAuthTokens(
    access_token=Secret("access-canary"),
    refresh_token=Secret("refresh-canary"),
    expires_at=datetime(2030, 1, 1, tzinfo=UTC),
    scopes=("a", "b"),
    account={"email": "olga@example.org"},
)


@pytest.mark.parametrize("credentials", [TOKENS, ApiKeyCredential(Secret("key-canary"))])
def test_what_is_sealed_comes_out_again(credentials: Credentials) -> None:
    session_id = uuid4()
    assert unseal(session_id, seal(session_id, credentials)) == credentials


def test_tokens_without_a_refresh_token() -> None:
    session_id = uuid4()
    tokens = OAuthTokens(access_token=Secret("a"), refresh_token=None, expires_at=TOKENS.expires_at)
    assert unseal(session_id, seal(session_id, tokens)) == tokens


def test_another_sessions_document_is_refused() -> None:
    with pytest.raises(Undecryptable) as caught:
        unseal(uuid4(), seal(uuid4(), TOKENS))
    assert caught.value.reason == "wrong_session"
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize(
    "text", ["", "not json canary", "[]", '{"kind":"oauth","v":2}', '{"kind":"else","key":"canary"}']
)
def test_an_unknown_form_is_refused_without_quoting_it(text: str) -> None:
    with pytest.raises(Undecryptable) as caught:
        unseal(uuid4(), Ciphertext.seal(text))
    assert caught.value.reason == "malformed"
    assert "canary" not in str(caught.value)
    assert caught.value.__cause__ is None
