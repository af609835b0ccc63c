from __future__ import annotations

from typing import Any

import pytest

from tests.providers.simulator.client import HEADERS, get
from tests.support.simulator import RunningSimulator

ALL = ["simulator-large", "simulator-small", "simulator-thinking"]


def listed(simulator: RunningSimulator, query: str = "") -> dict[str, Any]:
    answer = get(f"{simulator.url}/v1/models?{query}", headers=HEADERS)
    assert answer.status_code == 200, answer.text
    page: dict[str, Any] = answer.json()
    return page


def ids(page: dict[str, Any]) -> list[str]:
    return [model["id"] for model in page["data"]]


def test_lists_models_that_can_be_used(simulator: RunningSimulator) -> None:
    page = listed(simulator)
    assert ids(page) == ALL
    assert (page["has_more"], page["first_id"], page["last_id"]) == (False, ALL[0], ALL[-1])


def test_pages_forward_and_backward(simulator: RunningSimulator) -> None:
    first = listed(simulator, "limit=2")
    second = listed(simulator, f"limit=2&after_id={first['last_id']}")
    before = listed(simulator, f"limit=1&before_id={ALL[2]}")
    assert (ids(first), first["has_more"]) == (ALL[:2], True)
    assert (ids(second), second["has_more"]) == (ALL[2:], False)
    assert (ids(before), before["has_more"]) == ([ALL[1]], True)


def test_page_switch_makes_pages_small(simulator: RunningSimulator) -> None:
    simulator.set(page=1)
    assert ids(listed(simulator, "limit=1000")) == ALL[:1]


def test_lifecycle_shows_retired_models(simulator: RunningSimulator) -> None:
    assert ids(listed(simulator, "lifecycle=retired")) == ["simulator-retired"]
    assert ids(listed(simulator, "lifecycle=active&lifecycle=retired")) == [*ALL, "simulator-retired"]
    assert listed(simulator, "lifecycle=deprecated")["first_id"] is None


@pytest.mark.parametrize(
    "query",
    ["limit=0", "limit=many", "limit=1001", "lifecycle=young", "after_id=x", "after_id=x&before_id=y"],
)
def test_senseless_query_is_refused(simulator: RunningSimulator, query: str) -> None:
    assert get(f"{simulator.url}/v1/models?{query}", headers=HEADERS).status_code == 400


def test_describes_one_model(simulator: RunningSimulator) -> None:
    model = get(f"{simulator.url}/v1/models/simulator-small", headers=HEADERS).json()
    assert (model["max_input_tokens"], model["max_tokens"]) == (200_000, 64_000)
    assert model["capabilities"]["thinking"]["types"]["enabled"] == {"supported": True}
    assert model["capabilities"]["effort"]["supported"] is False


def test_unknown_model_is_not_found(simulator: RunningSimulator) -> None:
    answer = get(f"{simulator.url}/v1/models/nothing", headers=HEADERS)
    assert (answer.status_code, answer.json()["error"]["type"]) == (404, "not_found_error")
