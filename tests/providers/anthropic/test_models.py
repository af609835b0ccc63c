from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from providers.catalogue import Catalogue
from providers.credentials import ApiKeyCredential, Secret
from providers.errors import NotFound, UnexpectedAnswer
from providers.events import Usage
from providers.model_info import Price
from providers.registry import build_provider
from tests.providers.canned import CREDENTIAL, Canned, anthropic_at
from tests.support.simulator import API_KEY, RunningSimulator

YES, NO = {"supported": True}, {"supported": False}
LISTED = {
    "type": "model",
    "id": "claude-opus-5-5",
    "display_name": "Opus as listed",
    "created_at": "2026-09-01T00:00:00Z",
    "max_input_tokens": 500_000,
    "max_tokens": 64_000,
    "lifecycle": "deprecated",
    "retires_at": "2027-01-01T00:00:00Z",
    "capabilities": {
        "image_input": YES,
        "pdf_input": NO,
        "thinking": {"supported": True, "types": {"adaptive": YES, "enabled": NO, "disabled": YES}},
        "effort": {"supported": True, "low": YES, "medium": NO, "high": YES, "max": YES, "xhigh": None},
        "server_tools": {"supported": True, "web_search": YES, "code_execution": NO},
        "a_new_one": YES,
    },
}


def test_the_list_wins_over_the_catalogue_which_adds_prices(canned: Canned) -> None:
    canned.answer({"data": [LISTED], "has_more": False})
    [model] = anthropic_at(canned.url).models.list(CREDENTIAL)
    assert (model.id, model.label) == ("claude-opus-5-5", "Opus as listed")
    assert (model.max_input_tokens, model.max_output_tokens) == (500_000, 64_000)
    assert (model.lifecycle, model.retires_at) == ("deprecated", datetime(2027, 1, 1, tzinfo=UTC))
    assert model.created_at == datetime(2026, 9, 1, tzinfo=UTC)
    assert (model.capabilities.images, model.capabilities.pdfs) == (True, False)
    assert model.capabilities.thinking_modes == ("adaptive", "disabled")
    assert model.capabilities.efforts == ("low", "high", "max")
    assert model.capabilities.server_tools == ("web_search",)
    assert model.capabilities.sampling is False
    assert model.price is not None
    assert (model.price.input, model.price.output) == (Decimal(4), Decimal(20))


def test_what_the_list_leaves_out_comes_from_the_catalogue_or_stays_unknown(canned: Canned) -> None:
    canned.answer(
        {
            "data": [
                {"id": "claude-sonnet-4-5-20250929", "created_at": 5, "lifecycle": "sleeping"},
                {"id": "brand-new", "created_at": "once"},
            ]
        }
    )
    old, new = anthropic_at(canned.url).models.list(CREDENTIAL)
    assert (old.label, old.max_input_tokens, old.lifecycle) == ("Claude Sonnet 4.5", 200_000, "deprecated")
    assert old.capabilities.sampling is True
    assert (new.label, new.max_input_tokens, new.price, new.created_at) == ("brand-new", None, None, None)
    assert new.lifecycle == "active"
    assert new.capabilities.images is None


def test_all_pages_are_read(canned: Canned) -> None:
    canned.answer({"data": [{"id": "a"}, {"id": "b"}], "has_more": True, "last_id": "b"})
    canned.answer({"data": [{"id": "b"}, {"id": "c/d"}], "has_more": True})
    canned.answer({"data": [{"id": "e"}], "has_more": False, "last_id": "e"})
    assert [model.id for model in anthropic_at(canned.url).models.list(CREDENTIAL)] == ["a", "b", "c/d", "e"]
    assert [request.query for request in canned.requests] == [
        "limit=1000",
        "limit=1000&after_id=b",
        "limit=1000&after_id=c%2Fd",
    ]


@pytest.mark.parametrize(
    ("page", "calls"),
    [
        ({"data": [{"id": "a"}], "has_more": True, "last_id": "a"}, 2),
        ({"data": [], "has_more": True}, 1),
    ],
)
def test_a_list_that_does_not_advance_ends(canned: Canned, page: object, calls: int) -> None:
    canned.answer(page)
    anthropic_at(canned.url).models.list(CREDENTIAL)
    assert len(canned.requests) == calls


def test_a_list_without_end_is_cut(canned: Canned) -> None:
    for page in range(30):
        canned.answer({"data": [{"id": str(page)}], "has_more": True})
    assert len(anthropic_at(canned.url).models.list(CREDENTIAL)) == 20


def test_one_model_is_asked_for_by_its_quoted_id(canned: Canned) -> None:
    canned.answer(LISTED)
    assert anthropic_at(canned.url).models.get(CREDENTIAL, "a/../b?c").label == "Opus as listed"
    assert canned.requests[0].path == "/v1/models/a%2F..%2Fb%3Fc"


def test_an_unknown_model_is_not_found(simulator: RunningSimulator) -> None:
    models = build_provider("simulator", {"base_url": simulator.url}).models
    credential = ApiKeyCredential(Secret(API_KEY))
    with pytest.raises(NotFound):
        models.get(credential, "no-such-model")
    listed = models.list(credential)
    assert len(listed) >= 3
    assert models.get(credential, listed[0].id) == listed[0]
    assert models.known(listed[0].id) is None


def test_an_odd_list_is_no_list(canned: Canned) -> None:
    canned.answer({"data": [{"name": "no id"}]})
    with pytest.raises(UnexpectedAnswer):
        anthropic_at(canned.url).models.list(CREDENTIAL)


def test_the_catalogue_is_known_without_asking() -> None:
    models = build_provider("anthropic", {}).models
    dated = models.known("claude-opus-4-5-20251101")
    assert dated is not None
    assert (dated.id, dated.label) == ("claude-opus-4-5-20251101", "Claude Opus 4.5")
    assert models.known("gpt-6") is None
    newest = models.known("claude-fable-5-2")
    assert newest is not None
    assert (newest.max_input_tokens, newest.price) == (None, None)
    retired = models.known("claude-3-opus-20240229")
    assert retired is not None
    assert retired.lifecycle == "retired"
    assert (retired.capabilities.max_temperature, retired.capabilities.prompt_cache) == (1.0, True)


def test_a_newer_api_version_takes_no_sampling() -> None:
    models = build_provider("anthropic", {"version": "2026-10-21"}).models
    model = models.known("claude-haiku-4-5")
    assert model is not None
    assert model.capabilities.sampling is False


def test_the_catalogue_is_complete_and_dated() -> None:
    models = Catalogue.load("providers.anthropic").models.values()
    assert len(models) > 20
    for model in models:
        assert model.label.startswith("Claude ")
        if model.price is not None:
            assert model.price.as_of >= date(2026, 11, 22)
            assert model.price.input < model.price.output


def test_prices_follow_the_published_rules() -> None:
    haiku = Catalogue.load("providers.anthropic").find("claude-haiku-5-5")
    assert haiku is not None
    assert haiku.price is not None
    million = 1_000_000
    assert haiku.price.cost(Usage(input_tokens=100_000)) == Decimal("0.01")
    assert haiku.price.cost(Usage(input_tokens=million, output_tokens=million)) == Decimal("3.00")
    assert haiku.price.cost(Usage(cache_read_tokens=million)) == Decimal("0.05")
    cached = Usage(cache_write_tokens=40_000, cache_write_1h_tokens=10_000)
    assert haiku.price.cost(cached) == Decimal("0.00575")
    unknown = Price(as_of=date(2026, 1, 1), input=Decimal(1), output=Decimal(2))
    assert unknown.cost(Usage(cache_read_tokens=1)) is None
    assert unknown.cost(Usage(output_tokens=million)) == Decimal(2)
