from __future__ import annotations

import copy
import json
import pickle
from datetime import UTC, datetime

import msgspec
import pytest

from providers import errors
from providers.credentials import ApiKeyCredential, OAuthTokens, Secret
from providers.errors import Overloaded, ProviderError
from providers.events import Failed, TextDelta, encode_event
from providers.messages import ContentPart, ProviderPart, TextPart


def test_a_secret_does_not_show_itself() -> None:
    secret = Secret("hush")
    tokens = OAuthTokens(
        access_token=secret, refresh_token=secret, expires_at=datetime(2026, 1, 1, tzinfo=UTC)
    )
    for shown in (
        repr(secret),
        str(secret),
        f"{secret}",
        f"{secret:>9}",
        repr(tokens),
        repr(ApiKeyCredential(secret)),
    ):
        assert "hush" not in shown
    assert secret.reveal() == "hush"
    for leak in (
        lambda: pickle.dumps(secret),
        lambda: msgspec.json.encode(secret),
        lambda: copy.copy(secret),
    ):
        with pytest.raises(TypeError):
            leak()


def test_secrets_compare_by_their_text() -> None:
    assert Secret("a") == Secret("a")
    assert Secret("a") != Secret("b")
    assert Secret("a") != "a"
    assert len({Secret("a"), Secret("a")}) == 1
    assert not Secret("")


def test_every_error_has_a_kind_of_its_own_and_plain_facts() -> None:
    kinds = [
        kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, ProviderError)
    ]
    assert len({kind.kind for kind in kinds}) == len(kinds)
    for kind in kinds:
        facts = kind("A sentence.", status=400, retry_after=2.5).describe()
        assert json.loads(json.dumps(facts))["message"] == "A sentence."
        assert facts["retryable"] is kind.retry_can_help


def test_events_are_objects_that_name_their_type() -> None:
    assert json.loads(encode_event(TextDelta(text="é\n"))) == {
        "type": "text_delta",
        "text": "é\n",
        "index": 0,
    }
    failed = json.loads(encode_event(Failed(error=Overloaded("busy", status=529))))
    assert failed["type"] == "failed"
    assert failed["error"]["kind"] == "overloaded"


def test_an_event_that_cannot_be_shown_says_so() -> None:
    with pytest.raises(NotImplementedError, match="object"):
        encode_event(TextDelta(text=object()))  # type: ignore[arg-type]  # what a bug would do


def test_parts_survive_their_storage_as_json() -> None:
    parts: list[ContentPart] = [TextPart(text="a"), ProviderPart(provider="p", block={"type": "x"})]
    stored = msgspec.json.encode(parts)
    assert msgspec.json.decode(stored, type=list[ContentPart]) == parts
