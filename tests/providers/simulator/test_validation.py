from __future__ import annotations

from typing import Any

import pytest

from tests.providers.simulator.client import HEADERS, body_for, post, send
from tests.support.simulator import RunningSimulator

TOOL = {"name": "t", "input_schema": {"type": "object"}}
USE = {"type": "tool_use", "id": "toolu_1", "name": "t", "input": {}}
RESULT = {"type": "tool_result", "tool_use_id": "toolu_1"}
CACHED = {"type": "text", "text": "a", "cache_control": {"type": "ephemeral"}}


def user(content: Any) -> dict[str, Any]:
    return {"role": "user", "content": content}


def assistant(content: Any) -> dict[str, Any]:
    return {"role": "assistant", "content": content}


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"max_tokens": 0}, "max_tokens"),
        ({"max_tokens": "many"}, "max_tokens"),
        ({"max_tokens": 200_000}, "maximum allowed"),
        ({"colour": "red"}, "colour"),
        ({"messages": []}, "messages"),
        ({"messages": [{"role": "robot", "content": "hi"}]}, "role"),
        ({"messages": [user("")]}, "must not be empty"),
        ({"messages": [user([{"type": "text", "text": ""}])]}, "non-empty"),
        ({"messages": [user([{"type": "text"}])]}, "Field required"),
        ({"messages": [user([{"type": "hologram"}])]}, "hologram"),
        ({"messages": [user("hi"), assistant("So,")]}, "prefill"),
        ({"messages": [user([RESULT])]}, "unexpected tool_use_id"),
        ({"messages": [user("hi"), assistant([USE]), user("and?")]}, "has no tool_result"),
        ({"messages": [user([{"type": "image", "source": {}}])]}, "source.type"),
        ({"messages": [user([{"type": "image", "source": "x"}])]}, "image.source"),
        (
            {
                "messages": [
                    user([{"type": "image", "source": {"type": "base64", "media_type": "image/tiff"}}])
                ]
            },
            "media_type",
        ),
        (
            {
                "messages": [
                    user([{"type": "image", "source": {"type": "base64", "media_type": "image/png"}}])
                ]
            },
            "source.data",
        ),
        ({"messages": [user([CACHED] * 5)]}, "maximum of 4"),
        ({"messages": [user("x" * 4_000_100)]}, "prompt is too long"),
        ({"temperature": 0.5}, "deprecated for this model"),
        ({"model": "simulator-small", "temperature": 1.5}, "temperature"),
        ({"thinking": {"type": "enabled", "budget_tokens": 2000}}, "not supported by this model"),
        ({"model": "simulator-small", "thinking": {"type": "enabled", "budget_tokens": 5}}, "at least 1024"),
        ({"model": "simulator-small", "thinking": {"type": "enabled", "budget_tokens": 5000}}, "less than"),
        ({"tools": [{}]}, "name"),
        ({"tools": [{"name": "t", "input_schema": {"type": "object", "properties": [1]}}]}, "properties"),
        ({"system": [{"type": "text"}]}, "text"),
        ({"messages": [user([{"type": "tool_result", "tool_use_id": []}])]}, "tool_use_id"),
        ({"tools": [{"name": "t"}]}, "input_schema"),
        ({"tool_choice": {"type": "any"}}, "while providing tools"),
        ({"model": "simulator-thinking", "tools": [TOOL], "tool_choice": {"type": "any"}}, "always thinks"),
    ],
)
def test_bad_request_is_explained(
    simulator: RunningSimulator, changes: dict[str, Any], sentence: str
) -> None:
    answer = post(simulator, "hi", **changes)
    assert answer.status_code == 400, answer.text
    assert answer.json()["error"]["type"] == "invalid_request_error"
    assert sentence in answer.json()["error"]["message"]


@pytest.mark.parametrize("model", ["nothing", "simulator-retired"])
def test_unknown_or_retired_model_is_not_found(simulator: RunningSimulator, model: str) -> None:
    answer = post(simulator, "hi", model=model)
    assert (answer.status_code, answer.json()["error"]["message"]) == (404, f"model: {model}")


@pytest.mark.parametrize(
    "changes",
    [
        {"model": "simulator-small", "temperature": 0.5},
        {"model": "simulator-small", "thinking": {"type": "enabled", "budget_tokens": 2000}},
        {"messages": [user([{"type": "image", "source": {"type": "url", "url": "https://x.test/a.png"}}])]},
        {"messages": [user("t"), assistant([USE]), user([RESULT])]},
        {"metadata": {"user_id": "u"}, "service_tier": "auto", "output_config": {"effort": "low"}},
        {"model": "simulator-thinking", "tools": [TOOL], "tool_choice": {"type": "auto"}},
    ],
)
def test_good_request_is_taken(simulator: RunningSimulator, changes: dict[str, Any]) -> None:
    assert post(simulator, "hi", **changes).status_code == 200


@pytest.mark.parametrize(
    "changes",
    [
        {"model": "simulator-small", "temperature": 1.0},
        {"messages": [user([{"type": "text", "text": "a", "citations": [{}]}])]},
        {
            "messages": [
                user("a"),
                assistant([{"type": "document", "source": {"type": "text", "data": "b"}}]),
                user("c"),
            ]
        },
    ],
)
def test_newer_version_refuses_what_the_older_takes(
    simulator: RunningSimulator, changes: dict[str, Any]
) -> None:
    assert post(simulator, "hi", **changes).status_code == 200
    assert post(simulator, "hi", {"anthropic-version": "2026-10-21"}, **changes).status_code == 400


@pytest.mark.parametrize("body", [b"{", b"[1]", b"\xff", b'{"model": "\xff"}'])
def test_body_that_is_no_json_object_is_refused(simulator: RunningSimulator, body: bytes) -> None:
    headers = {**HEADERS, "content-type": "application/json"}
    answer = send(f"{simulator.url}/v1/messages", headers=headers, content=body)
    assert (answer.status_code, answer.json()["error"]["type"]) == (400, "invalid_request_error")


def test_other_content_types_are_refused(simulator: RunningSimulator) -> None:
    answer = send(f"{simulator.url}/v1/messages", headers=HEADERS, data={"model": "simulator-large"})
    assert "content-type" in answer.json()["error"]["message"]


def test_counting_takes_no_max_tokens(simulator: RunningSimulator) -> None:
    answer = send(f"{simulator.url}/v1/messages/count_tokens", headers=HEADERS, json=body_for("hi"))
    assert answer.status_code == 400


def test_huge_body_is_too_large(simulator: RunningSimulator) -> None:
    headers = {**HEADERS, "content-type": "application/json"}
    huge = b" " * (32 * 1024 * 1024 + 1)
    answer = send(f"{simulator.url}/v1/messages", headers=headers, content=huge)
    assert (answer.status_code, answer.json()["error"]["type"]) == (413, "request_too_large")
