"""The simulator on OpenAI's wire: what it refuses, and how it says so."""

from __future__ import annotations

from typing import Any

import httpx
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from providers.simulator.compose import compose
from providers.simulator.failures import AnswerError
from providers.simulator.openai import responses
from providers.simulator.openai.completions import make_dialect
from providers.simulator.openai.requests import read_completion, read_response
from providers.simulator.state import SimulatorState
from providers.simulator.switches import Switches
from providers.simulator.validation import check_rules
from tests.providers.simulator.client import get, send
from tests.support.simulator import RunningSimulator

KEY = "sk-proj-sim-1"
MODEL = "simulator-large"
USER = {"role": "user", "content": "hi"}
SIMPLE = st.none() | st.booleans() | st.integers(-1, 5000) | st.text(max_size=12) | st.sampled_from(
    ("function_call", "function_call_output", "reasoning", "message", "input_text", "image_url", "auto", "required")
)  # fmt: skip
FIELDS = ("type", "text", "role", "content", "name", "arguments", "call_id", "output", "function", "effort")
ANYTHING = st.recursive(
    SIMPLE,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(FIELDS), inner, max_size=4),
    max_leaves=8,
)


def post(
    simulator: RunningSimulator, path: str, body: object, key: str = KEY, **headers: str
) -> httpx.Response:
    named = {"authorization": f"Bearer {key}"} if key else {}
    raw = body if isinstance(body, bytes) else msgspec.json.encode(body)
    kind = {"content-type": "application/json"}
    return send(f"{simulator.url}/openai/v1{path}", content=raw, headers={**kind, **named, **headers})


def code_of(answer: httpx.Response) -> Any:
    assert set(answer.json()["error"]) == {"message", "type", "param", "code"}
    return answer.json()["error"]["code"]


@pytest.mark.parametrize(
    ("key", "headers", "code"),
    [
        ("", {}, "none"),
        ("sk-ant-api03-x", {}, "invalid_api_key"),
        ("sk-proj-sim-revoked", {}, "invalid_api_key"),
        ("sk-sim-ort-x", {}, "invalid_api_key"),
        ("sk-sim-oat-x", {}, "token_expired"),
        (KEY, {"openai-organization": "org-of-others"}, "mismatched_organization"),
    ],
)
def test_who_may_not_ask_is_told(
    simulator: RunningSimulator, key: str, headers: dict[str, str], code: str
) -> None:
    answer = post(simulator, "/responses", {"model": MODEL, "input": "hi"}, key, **headers)
    assert (answer.status_code, code_of(answer)) == (401, code)
    assert answer.headers["x-request-id"]


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (400, b"{"),
        (400, {"model": MODEL}),
        (400, {"model": MODEL, "input": []}),
        (400, {"model": MODEL, "input": "hi", "colour": "red"}),
        (400, {"model": MODEL, "input": [{"role": "nobody", "content": "hi"}]}),
        (400, {"model": MODEL, "input": [{"role": "user", "content": 5}]}),
        (400, {"model": MODEL, "input": [{"role": "user", "content": [{"type": "smell"}]}]}),
        (400, {"model": MODEL, "input": [{"role": "user", "content": [{"type": "input_text"}]}]}),
        (400, {"model": MODEL, "input": [{"role": "system", "content": "only"}]}),
        (400, {"model": MODEL, "input": [{"type": "weather"}]}),
        (400, {"model": MODEL, "input": [{"type": "function_call", "name": "f", "arguments": "{"}]}),
        (400, {"model": MODEL, "input": [{"type": "function_call_output", "call_id": "x", "output": "y"}]}),
        (400, {"model": MODEL, "input": "hi", "tool_choice": "perhaps"}),
        (400, {"model": MODEL, "input": "hi", "temperature": 0.5}),
        (
            400,
            {
                "model": MODEL,
                "input": [
                    {
                        "role": "user",
                        "content": [{"type": "input_image", "image_url": "https://example.org/a.png"}],
                    }
                ],
            },
        ),
        (404, {"model": "gpt-unknown", "input": "hi"}),
    ],
)
def test_a_bad_response_request_is_explained(simulator: RunningSimulator, status: int, body: object) -> None:
    answer = post(simulator, "/responses", body)
    assert answer.status_code == status, answer.text
    assert (code_of(answer) == "model_not_found") is (status == 404)


@pytest.mark.parametrize(
    "messages",
    [
        [],
        [{"role": "assistant", "content": None, "tool_calls": 5}],
        [{"role": "assistant", "content": None, "tool_calls": [{"id": "1"}]}],
        [{"role": "user", "content": [{"type": "file", "file": {"file_data": "nothing"}}]}],
    ],
)
def test_a_bad_completion_request_is_explained(simulator: RunningSimulator, messages: object) -> None:
    answer = post(simulator, "/chat/completions", {"model": MODEL, "messages": messages})
    assert answer.status_code == 400, answer.text
    assert code_of(answer)


def test_without_being_asked_a_stream_has_no_usage(simulator: RunningSimulator) -> None:
    body = {"model": MODEL, "messages": [USER], "stream": True}
    assert b'"prompt_tokens"' not in post(simulator, "/chat/completions", body).content
    body["stream_options"] = {"include_usage": True}
    answer = post(simulator, "/chat/completions", body).content
    assert b'"prompt_tokens"' in answer
    assert answer.endswith(b"data: [DONE]\n\n")


def test_stop_sequences_and_chosen_tools_are_obeyed(simulator: RunningSimulator) -> None:
    body = {"model": MODEL, "messages": [{"role": "user", "content": "Say: one two three"}], "stop": "two"}
    [choice] = post(simulator, "/chat/completions", body).json()["choices"]
    assert (choice["message"]["content"], choice["finish_reason"]) == ("one ", "stop")
    tool = {"type": "function", "function": {"name": "f", "parameters": {"properties": {}}}}
    chosen = {"type": "function", "function": {"name": "f"}}
    more = {"messages": [USER], "tools": [tool], "tool_choice": chosen, "max_tokens": 50}
    [choice] = post(simulator, "/chat/completions", {"model": MODEL, **more}).json()["choices"]
    assert choice["message"]["tool_calls"][0]["function"]["name"] == "f"


def test_a_search_is_an_item_with_a_source(simulator: RunningSimulator) -> None:
    body = {"model": MODEL, "input": "search the web", "tools": [{"type": "web_search"}]}
    search, message = post(simulator, "/responses", body).json()["output"]
    assert (search["type"], search["status"]) == ("web_search_call", "completed")
    assert message["content"][0]["annotations"][0]["type"] == "url_citation"
    streamed = post(simulator, "/responses", {**body, "stream": True}).text
    assert "response.web_search_call.searching" in streamed
    assert "response.output_text.annotation.added" in streamed


def test_short_calls_break_on_a_switch(simulator: RunningSimulator) -> None:
    simulator.set(fault="overloaded")
    headers = {"authorization": f"Bearer {KEY}"}
    for path in ("/models", "/models/simulator-large"):
        assert get(f"{simulator.url}/openai/v1{path}", headers=headers).status_code == 503
    assert post(simulator, "/responses/input_tokens", {"model": MODEL, "input": "hi"}).status_code == 503
    simulator.set(fault="html")
    answer = get(f"{simulator.url}/openai/v1/models", headers=headers)
    assert answer.text.startswith("<!doctype html>")


def status_of(read: Any, body: dict[str, Any]) -> int:
    """All that the simulator does with a body, short of sending it."""
    try:
        _, ours = read(msgspec.json.encode(body))
        check_rules(ours, version="2023-06-01")
        reply = compose(ours, Switches(), SimulatorState())
    except AnswerError as error:
        return error.status
    assert list(responses.stream_events(reply, 1, False))
    assert list(make_dialect(with_usage=True).events(reply, 1, True))[-1].data == "[DONE]"
    return 200


@settings(max_examples=150, deadline=None)
@given(value=ANYTHING, other=ANYTHING)
def test_any_request_is_answered_or_explained(value: Any, other: Any) -> None:
    for place in ("tools", "tool_choice", "reasoning", "input"):
        assert status_of(read_response, {"model": MODEL, "input": "hi", place: value}) in (200, 400, 404)
    items = [{"role": "user", "content": other}, value]
    assert status_of(read_response, {"model": MODEL, "input": items}) in (200, 400, 404)
    assert status_of(read_completion, {"model": MODEL, "messages": items, "tools": [other]}) in (
        200,
        400,
        404,
    )
