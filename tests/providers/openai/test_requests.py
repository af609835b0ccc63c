"""What is sent, on both wires."""

from __future__ import annotations

import json
from typing import Any

import pytest

from providers.messages import (
    ChatMessage,
    ChatRequest,
    ContentPart,
    DocumentPart,
    ImagePart,
    ProviderPart,
    RedactedThinkingPart,
    TextPart,
    ThinkingConfig,
    ThinkingPart,
    ToolDefinition,
    ToolResultPart,
    ToolUsePart,
)
from providers.openai.completions_request import encode_completion
from providers.openai.responses_request import encode_response, encode_token_count

WEATHER = ToolDefinition(name="get_weather", description="Weather", input_schema={"type": "object"})
REASONING = {
    "type": "reasoning",
    "id": "rs_1",
    "summary": [],
    "encrypted_content": "g",
    "status": "completed",
}
CONVERSATION = (
    ChatMessage("user", (TextPart(text="Hi", cache="5m"), ImagePart(media_type="image/png", data="AAA"))),
    ChatMessage("user", (DocumentPart(data="BBB", title="a.pdf"), DocumentPart(data="CCC"))),
    ChatMessage(
        "assistant",
        (
            ThinkingPart(text="Hm", signature="claude's"),
            RedactedThinkingPart(data="x"),
            ProviderPart(provider="openai", block=REASONING),
            ProviderPart(provider="openai", block={"type": "web_search_call", "id": "ws_1"}),
            ProviderPart(provider="anthropic", block={"type": "reasoning"}),
            TextPart(text="One", citations=({"url": "https://example.org"},)),
            TextPart(text=" "),
            TextPart(text="Two"),
            ToolUsePart(id="toolu_1", name="get_weather", input={"city": "Rome"}),
        ),
    ),
    ChatMessage("user", (ToolResultPart(tool_use_id="toolu_1", text="Rain", is_error=True),)),
    ChatMessage("user", (TextPart(text="And?"),)),
)


def request(*messages: ChatMessage, **more: Any) -> ChatRequest:
    return ChatRequest(model="m", messages=messages or CONVERSATION, **more)


def response(takes_sampling: bool = False, *messages: ChatMessage, **more: Any) -> Any:
    body = encode_response(request(*messages, **more), provider="openai", takes_sampling=takes_sampling)
    return json.loads(body)


def completion(
    takes_sampling: bool = False, is_vendor: bool = True, *messages: ChatMessage, **more: Any
) -> Any:
    body = encode_completion(
        request(*messages, **more), provider="openai", takes_sampling=takes_sampling, is_vendor=is_vendor
    )
    return json.loads(body)


def user(*parts: ContentPart) -> ChatMessage:
    return ChatMessage("user", parts)


def test_a_conversation_becomes_input_items() -> None:
    body = response(system="Be brief.", metadata_user_id="u1")
    assert (body["instructions"], body["store"], body["stream"]) == ("Be brief.", False, True)
    assert (body["max_output_tokens"], body["safety_identifier"]) == (8192, "u1")
    assert body["input"] == [
        {
            "role": "user",
            "content": [
                {"type": "input_text", "text": "Hi"},
                {"type": "input_image", "image_url": "data:image/png;base64,AAA"},
                {
                    "type": "input_file",
                    "filename": "a.pdf",
                    "file_data": "data:application/pdf;base64,BBB",
                },
                {
                    "type": "input_file",
                    "filename": "document.pdf",
                    "file_data": "data:application/pdf;base64,CCC",
                },
            ],
        },
        {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "g"},
        {"role": "assistant", "content": "One\n\nTwo"},
        {
            "type": "function_call",
            "call_id": "toolu_1",
            "name": "get_weather",
            "arguments": '{"city":"Rome"}',
        },
        {"type": "function_call_output", "call_id": "toolu_1", "output": "Error: Rain"},
        {"role": "user", "content": [{"type": "input_text", "text": "And?"}]},
    ]


def test_a_conversation_becomes_messages() -> None:
    body = completion(system="Be brief.", metadata_user_id="u1")
    assert body["stream_options"] == {"include_usage": True}
    system, first, answer, result, last = body["messages"]
    assert system == {"role": "system", "content": "Be brief."}
    assert [part["type"] for part in first["content"]] == ["text", "image_url", "file", "file"]
    assert first["content"][1]["image_url"] == {"url": "data:image/png;base64,AAA"}
    assert first["content"][2]["file"] == {
        "filename": "a.pdf",
        "file_data": "data:application/pdf;base64,BBB",
    }
    function = {"name": "get_weather", "arguments": '{"city":"Rome"}'}
    assert answer == {
        "role": "assistant",
        "content": "One\n\nTwo",
        "tool_calls": [{"id": "toolu_1", "type": "function", "function": function}],
    }
    assert result == {"role": "tool", "tool_call_id": "toolu_1", "content": "Error: Rain"}
    assert last == {"role": "user", "content": "And?"}


def test_only_tools_make_a_turn_without_text() -> None:
    turn = ChatMessage("assistant", (ToolUsePart(id="1", name="f", input={}),))
    assert completion(False, True, turn)["messages"][0]["content"] is None
    thought = ChatMessage("assistant", (ThinkingPart(text="Hm"),))
    assert completion(False, True, user(TextPart(text="x")), thought)["messages"] == [
        {"role": "user", "content": "x"}
    ]


@pytest.mark.parametrize(
    ("choice", "in_responses", "in_chat"),
    [
        ("auto", "auto", "auto"),
        ("none", "none", "none"),
        ("any", "required", "required"),
        (
            "get_weather",
            {"type": "function", "name": "get_weather"},
            {"type": "function", "function": {"name": "get_weather"}},
        ),
    ],
)
def test_tools_are_translated(choice: str, in_responses: object, in_chat: object) -> None:
    more = {"tools": (WEATHER,), "tool_choice": choice, "server_tools": ({"type": "web_search"},)}
    body = response(**more)
    assert body["tools"] == [
        {
            "type": "function",
            "name": "get_weather",
            "description": "Weather",
            "parameters": {"type": "object"},
            "strict": False,
        },
        {"type": "web_search"},
    ]
    assert (body["tool_choice"], body["include"]) == (in_responses, ["reasoning.encrypted_content"])
    body = completion(**more)
    assert body["tools"][0]["function"]["name"] == "get_weather"
    assert body["tool_choice"] == in_chat


def test_without_tools_no_encrypted_reasoning_is_asked_for() -> None:
    assert "include" not in response()
    assert not {"tools", "tool_choice", "reasoning"} & set(response())


@pytest.mark.parametrize(
    ("more", "reasoning", "effort"),
    [
        ({"thinking": ThinkingConfig(mode="adaptive")}, {"summary": "auto"}, None),
        ({"thinking": ThinkingConfig(mode="disabled")}, {"effort": "none"}, "none"),
        ({"effort": "xhigh"}, {"effort": "xhigh"}, "xhigh"),
        (
            {"effort": "low", "thinking": ThinkingConfig(mode="enabled", budget_tokens=2048)},
            {"summary": "auto", "effort": "low"},
            "low",
        ),
    ],
)
def test_thinking_is_translated(more: dict[str, Any], reasoning: object, effort: str | None) -> None:
    assert response(**more)["reasoning"] == reasoning
    assert completion(**more).get("reasoning_effort") == effort


def test_sampling_goes_only_where_it_is_taken() -> None:
    chosen = {"temperature": 0.2, "top_p": 0.9, "top_k": 5}
    assert not {"temperature", "top_p", "top_k"} & set(response(**chosen))
    body = response(True, **chosen)
    assert (body["temperature"], body["top_p"], "top_k" in body) == (0.2, 0.9, False)
    body = completion(True, False, **chosen)
    assert (body["temperature"], body["top_k"]) == (0.2, 5)
    assert "top_k" not in completion(True, True, **chosen)


def test_the_limit_has_another_name_on_other_servers() -> None:
    assert completion(max_tokens=5)["max_completion_tokens"] == 5
    body = completion(False, False, max_tokens=5, metadata_user_id="u1")
    assert body["max_tokens"] == 5
    assert not {"max_completion_tokens", "safety_identifier"} & set(body)


def test_no_more_stop_sequences_than_are_taken() -> None:
    stops = ("a", "b", "c", "d", "e")
    assert completion(stop_sequences=stops)["stop"] == ["a", "b", "c", "d"]
    assert "stop" not in response(stop_sequences=stops)


def test_a_count_has_only_the_prompt() -> None:
    counted = json.loads(encode_token_count(request(system="Be brief."), provider="openai"))
    assert set(counted) == {"model", "input", "instructions"}
