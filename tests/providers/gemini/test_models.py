from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from providers.catalogue import Catalogue
from providers.errors import NotFound, UnexpectedAnswer
from providers.events import Usage
from tests.providers.canned import Canned
from tests.providers.gemini import CREDENTIAL, gemini_at

CHATS = {"supportedGenerationMethods": ["generateContent", "countTokens"]}
LISTED = {
    "name": "models/gemini-3.1-pro-preview",
    "version": "3.1",
    "displayName": "Pro as listed",
    "description": "…",
    "inputTokenLimit": 500_000,
    "outputTokenLimit": 64_000,
    "temperature": 1,
    "topP": 0.95,
    "topK": 64,
    "thinking": True,
    "aNewOne": {},
    **CHATS,
}


def test_the_list_wins_over_the_catalogue_which_adds_prices(canned: Canned) -> None:
    canned.answer({"models": [LISTED]})
    [model] = gemini_at(canned.url).models.list(CREDENTIAL)
    assert (model.id, model.label) == ("gemini-3.1-pro-preview", "Pro as listed")
    assert (model.max_input_tokens, model.max_output_tokens) == (500_000, 64_000)
    assert model.capabilities.efforts == ("low", "medium", "high")
    assert model.price is not None
    assert (model.price.input, model.price.output) == (Decimal(2), Decimal(12))


def test_what_nobody_knows_stays_unknown(canned: Canned) -> None:
    canned.answer(
        {
            "models": [
                {"name": "models/brand-new", **CHATS},
                {"name": "models/plain", "thinking": False, "maxTemperature": 1.5, **CHATS},
            ]
        }
    )
    new, plain = gemini_at(canned.url).models.list(CREDENTIAL)
    assert (new.id, new.label, new.max_input_tokens, new.price) == ("brand-new", "brand-new", None, None)
    assert new.capabilities.thinking_modes is None
    assert plain.capabilities.thinking_modes == ()
    assert (new.capabilities.max_temperature, plain.capabilities.max_temperature) == (2.0, 1.5)
    known = gemini_at(canned.url).models.known("gemini-3.5-flash")
    assert known is not None
    assert known.capabilities.max_temperature == 2.0


def test_models_that_do_not_chat_are_left_out(canned: Canned) -> None:
    embedding = {"name": "models/embedding", "supportedGenerationMethods": ["embedContent"]}
    canned.answer({"models": [embedding, LISTED]})
    assert [model.id for model in gemini_at(canned.url).models.list(CREDENTIAL)] == ["gemini-3.1-pro-preview"]


def test_all_pages_are_read(canned: Canned) -> None:
    canned.answer({"models": [{"name": "models/a", **CHATS}], "nextPageToken": "t/2"})
    canned.answer(
        {"models": [{"name": "models/a", **CHATS}, {"name": "models/b", **CHATS}], "nextPageToken": "t3"}
    )
    canned.answer({"nextPageToken": ""})
    assert [model.id for model in gemini_at(canned.url).models.list(CREDENTIAL)] == ["a", "b"]
    assert [request.query for request in canned.requests] == [
        "pageSize=1000",
        "pageSize=1000&pageToken=t%2F2",
        "pageSize=1000&pageToken=t3",
    ]


def test_a_list_that_never_ends_is_cut(canned: Canned) -> None:
    for page in range(30):
        canned.answer({"models": [{"name": f"models/m{page}", **CHATS}], "nextPageToken": str(page)})
    assert len(gemini_at(canned.url).models.list(CREDENTIAL)) == 20


def test_an_id_from_a_person_cannot_leave_its_place_in_the_path(canned: Canned) -> None:
    canned.answer(LISTED)
    gemini_at(canned.url).models.get(CREDENTIAL, "../files?x=1")
    assert (canned.requests[0].path, canned.requests[0].query) == ("/v1beta/models/..%2Ffiles%3Fx%3D1", "")


def test_an_unknown_model_is_not_found(canned: Canned) -> None:
    canned.answer({"error": {"code": 404, "message": "No.", "status": "NOT_FOUND"}}, status=404)
    with pytest.raises(NotFound):
        gemini_at(canned.url).models.get(CREDENTIAL, "none")
    canned.answer("<html>", content_type="text/html")
    with pytest.raises(UnexpectedAnswer):
        gemini_at(canned.url).models.list(CREDENTIAL)


def test_the_catalogue_is_dated_and_has_no_price_of_nothing() -> None:
    catalogue = Catalogue.load("providers.gemini")
    assert len(catalogue.models) > 10
    for model in catalogue.models.values():
        assert model.max_input_tokens, model.id
        assert model.capabilities.thinking_modes, model.id
        if model.price is not None:
            assert model.price.as_of == date(2026, 11, 22)
            assert min(model.price.input, model.price.output, model.price.cache_read or 1) > 0
    retired = catalogue.models["gemini-3.1-flash-lite"]
    assert retired.retires_at == datetime(2027, 5, 7, tzinfo=UTC)


def test_a_long_prompt_costs_more() -> None:
    known = gemini_at("https://example.org").models.known("gemini-2.5-pro")
    assert known is not None
    assert known.price is not None
    short = Usage(input_tokens=100_000, output_tokens=1000, cache_read_tokens=100_000)
    assert known.price.cost(short) == Decimal("0.1475")
    long = Usage(input_tokens=100_001, output_tokens=1000, cache_read_tokens=100_000)
    assert known.price.cost(long) == Decimal("0.2900025")
