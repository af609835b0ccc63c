from __future__ import annotations

import json
from typing import Any

import pytest

from providers.anthropic.request import encode_chat, encode_token_count
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
from tests.providers.canned import ask

Sent = dict[str, Any]


def body_of(request: ChatRequest, *, takes_sampling: bool = True) -> Sent:
    body: Sent = json.loads(encode_chat(request, provider="anthropic", takes_sampling=takes_sampling))
    return body


def sent_messages(*messages: ChatMessage, **more: Any) -> list[Sent]:
    request = ChatRequest(model="m", messages=messages, **more)
    sent: list[Sent] = body_of(request)["messages"]
    return sent


def user(*parts: ContentPart) -> ChatMessage:
    return ChatMessage("user", parts)


def model(*parts: ContentPart) -> ChatMessage:
    return ChatMessage("assistant", parts)


def test_a_plain_question_sends_only_what_it_must() -> None:
    assert body_of(ask("Hi", max_tokens=100)) == {
        "model": "claude-opus-5-5",
        "max_tokens": 100,
        "stream": True,
        "messages": [{"role": "user", "content": [{"type": "text", "text": "Hi"}]}],
    }


def test_every_option_has_its_place() -> None:
    tool = ToolDefinition(name="now", description="The time", input_schema={"type": "object"})
    search = {"type": "web_search_20260318", "name": "web_search", "max_uses": 3}
    body = body_of(
        ask(
            system="Be short.",
            tools=(tool,),
            server_tools=(search,),
            tool_choice="any",
            thinking=ThinkingConfig(mode="adaptive"),
            effort="high",
            stop_sequences=("END",),
            cache_prompt="1h",
            metadata_user_id="u-1",
        )
    )
    kept = {"type": "ephemeral", "ttl": "1h"}
    assert body["system"] == [{"type": "text", "text": "Be short.", "cache_control": kept}]
    assert body["tools"] == [
        {"name": "now", "description": "The time", "input_schema": {"type": "object"}},
        search,
    ]
    assert body["tool_choice"] == {"type": "any"}
    assert body["thinking"] == {"type": "adaptive", "display": "summarized"}
    assert body["output_config"] == {"effort": "high"}
    assert body["stop_sequences"] == ["END"]
    assert body["cache_control"] == kept
    assert body["metadata"] == {"user_id": "u-1"}


@pytest.mark.parametrize(
    ("config", "sent"),
    [
        (ThinkingConfig(mode="disabled"), {"type": "disabled"}),
        (ThinkingConfig(mode="enabled", budget_tokens=2000), {"type": "enabled", "budget_tokens": 2000}),
        (ThinkingConfig(mode="enabled"), {"type": "enabled", "budget_tokens": 4096}),
    ],
)
def test_thinking_has_three_modes(config: ThinkingConfig, sent: Sent) -> None:
    assert body_of(ask(thinking=config))["thinking"] == sent


@pytest.mark.parametrize(
    ("choice", "sent"),
    [("auto", {"type": "auto"}), ("none", {"type": "none"}), ("now", {"type": "tool", "name": "now"})],
)
def test_a_tool_can_be_chosen(choice: str, sent: Sent) -> None:
    assert body_of(ask(tool_choice=choice))["tool_choice"] == sent


def test_sampling_is_sent_only_if_set_and_taken() -> None:
    names = {"temperature", "top_p", "top_k"}
    assert not names & body_of(ask()).keys()
    assert not names & body_of(ask(temperature=0.5), takes_sampling=False).keys()
    thinking = ask(temperature=0.5, thinking=ThinkingConfig(mode="adaptive"))
    assert not names & body_of(thinking).keys()
    not_thinking = ask(temperature=0.0, top_k=5, thinking=ThinkingConfig(mode="disabled"))
    body = body_of(not_thinking)
    assert {name: body[name] for name in names & body.keys()} == {"temperature": 0.0, "top_k": 5}


def test_sources_of_another_vendor_stay_here() -> None:
    foreign = {"type": "url_citation", "url": "https://example.org"}
    [_, answer] = sent_messages(user(TextPart(text="?")), model(TextPart(text="Yes.", citations=(foreign,))))
    assert answer["content"] == [{"type": "text", "text": "Yes."}]


def test_every_part_has_its_block() -> None:
    cited = {"type": "char_location", "cited_text": "c"}
    search = {"type": "server_tool_use", "id": "s"}
    assert sent_messages(
        user(
            ImagePart(media_type="image/png", data="aW1n"),
            DocumentPart(data="cGRm", title="Report"),
            DocumentPart(data="cGRm"),
            TextPart(text="See?", citations=(cited,)),
        ),
        model(
            ThinkingPart(text="Hm.", signature="c2ln"),
            RedactedThinkingPart(data="eHg="),
            ProviderPart(provider="anthropic", block=search),
            TextPart(text="Yes.", citations=(cited,)),
            ToolUsePart(id="t", name="f", input={"a": 1}),
        ),
        user(TextPart(text="Go on."), ToolResultPart(tool_use_id="t", text="broken", is_error=True)),
    ) == [
        {
            "role": "user",
            "content": [
                {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "aW1n"}},
                {
                    "type": "document",
                    "source": {"type": "base64", "media_type": "application/pdf", "data": "cGRm"},
                    "title": "Report",
                },
                {
                    "type": "document",
                    "source": {"type": "base64", "media_type": "application/pdf", "data": "cGRm"},
                },
                {"type": "text", "text": "See?"},
            ],
        },
        {
            "role": "assistant",
            "content": [
                {"type": "thinking", "thinking": "Hm.", "signature": "c2ln"},
                {"type": "redacted_thinking", "data": "eHg="},
                search,
                {"type": "text", "text": "Yes.", "citations": [cited]},
                {"type": "tool_use", "id": "t", "name": "f", "input": {"a": 1}},
            ],
        },
        {
            "role": "user",
            "content": [
                {"type": "tool_result", "tool_use_id": "t", "content": "broken", "is_error": True},
                {"type": "text", "text": "Go on."},
            ],
        },
    ]


def test_turns_of_one_role_become_one_and_empty_ones_disappear() -> None:
    assert sent_messages(
        user(TextPart(text="One.")),
        model(ThinkingPart(text="cut off"), TextPart(text="  \n"), ProviderPart(provider="other", block={})),
        user(TextPart(text="Two.")),
    ) == [{"role": "user", "content": [{"type": "text", "text": "One."}, {"type": "text", "text": "Two."}]}]


def test_at_most_four_places_are_cached_and_the_last_ones_win() -> None:
    parts = [TextPart(text=str(n), cache="5m") for n in range(6)]
    [message] = sent_messages(user(*parts))
    marked = [block["text"] for block in message["content"] if "cache_control" in block]
    assert marked == ["2", "3", "4", "5"]
    [message] = sent_messages(user(*parts), cache_prompt="5m")
    assert len([block for block in message["content"] if "cache_control" in block]) == 3
    assert message["content"][-1]["cache_control"] == {"type": "ephemeral", "ttl": "5m"}


def test_the_system_prompt_takes_one_of_the_places() -> None:
    parts = [TextPart(text=str(n), cache="5m") for n in range(4)]
    body = body_of(ChatRequest(model="m", messages=(user(*parts),), system="Be short.", cache_prompt="5m"))
    marked = [block["text"] for block in body["messages"][0]["content"] if "cache_control" in block]
    assert marked == ["2", "3"]
    assert body_of(ask(system="Be short."))["system"] == "Be short."


def test_reasoning_is_never_marked_for_the_cache() -> None:
    [message] = sent_messages(model(ThinkingPart(text="Hm.", signature="c2ln", cache="5m")))
    assert "cache_control" not in message["content"][0]


def test_a_token_count_asks_for_the_prompt_alone() -> None:
    request = ask(system="S", stop_sequences=("END",), temperature=1.0, metadata_user_id="u", effort="low")
    assert json.loads(encode_token_count(request, provider="anthropic")).keys() == {
        "model",
        "messages",
        "system",
        "output_config",
    }
