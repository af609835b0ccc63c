from __future__ import annotations

import pytest

from providers.simulator.app import create_app
from tests.providers.simulator.client import HEADERS, get, post, send
from tests.support import plain
from tests.support.server import loopback
from tests.support.simulator import API_KEY, RunningSimulator


def test_works_at_the_root_of_a_server() -> None:
    with loopback(create_app()) as url:
        assert get(f"{url}/v1/models/", headers=HEADERS).status_code == 404
        assert get(f"{url}/v1/models", headers=HEADERS).status_code == 200


@pytest.mark.parametrize("path", ["", "/", "/v2/messages"])
def test_unknown_path_is_not_found(simulator: RunningSimulator, path: str) -> None:
    answer = get(simulator.url + path)
    assert (answer.status_code, answer.json()["error"]["type"]) == (404, "not_found_error")


def test_wrong_method_says_which_is_right(simulator: RunningSimulator) -> None:
    answer = get(f"{simulator.url}/v1/messages", headers=HEADERS)
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


def test_requests_are_counted_and_kept_with_their_headers(simulator: RunningSimulator) -> None:
    post(simulator, "hi", {"anthropic-beta": "a, b"})
    seen = simulator.state.seen("/v1/messages")[0]
    assert simulator.state.calls["POST /v1/messages"] == 1
    assert (seen.headers["x-api-key"], seen.headers["anthropic-beta"]) == (API_KEY, "a, b")
    assert b'"hi"' in seen.body


def test_control_shows_counters_without_secrets_and_sets_switches(simulator: RunningSimulator) -> None:
    url = f"{simulator.url}/control"
    post(simulator, "hi")
    shown = get(url)
    assert shown.json()["counters"]["calls"]["POST /v1/messages"] == 1
    assert API_KEY not in shown.text
    assert send(url, json={"fault": "overloaded"}).json()["switches"]["fault"] == "overloaded"
    assert post(simulator, "hi").status_code == 529
    assert send(url, json={}).json()["switches"]["fault"] == ""


@pytest.mark.parametrize(
    "arguments",
    [
        {"data": {"pace": "1"}},
        {"json": {"colour": "red"}},
        {"content": b"{", "headers": {"content-type": "application/json"}},
    ],
)
def test_control_refuses_what_it_does_not_know(
    simulator: RunningSimulator, arguments: dict[str, object]
) -> None:
    assert send(f"{simulator.url}/control", **arguments).status_code == 400


async def test_speaks_http_only() -> None:
    async def nothing(*_: object) -> dict[str, object]:
        return {}

    with pytest.raises(ValueError, match="not websocket"):
        await create_app()({"type": "websocket"}, nothing, nothing)  # type: ignore[arg-type]


def test_head_has_no_body(simulator: RunningSimulator) -> None:
    answer = plain.head(f"{simulator.url}/v1/models", headers=HEADERS)
    assert (answer.status_code, answer.content) == (200, b"")
