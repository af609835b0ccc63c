"""Recorded streams of the Responses API, and what is made of them."""

from __future__ import annotations

import pytest

from providers.errors import (
    Overloaded,
    ProviderError,
    RateLimited,
    ServerFailed,
    SpendLimitReached,
    UnexpectedAnswer,
)
from providers.events import (
    BlockReceived,
    CitationReceived,
    Completed,
    Event,
    Failed,
    MessageStarted,
    StopReason,
    TextDelta,
    ThinkingDelta,
    ToolInputDelta,
    ToolUseReady,
    ToolUseStarted,
    Usage,
)
from providers.openai.responses_handler import ResponsesHandler
from providers.reply import ReplyBuilder
from tests.providers.openai import read

USAGE = Usage(
    input_tokens=10,
    output_tokens=9,
    cache_read_tokens=60,
    cache_write_tokens=30,
    cache_write_1h_tokens=10,
    thinking_tokens=4,
    web_search_requests=2,
)


async def events_of(fixture: str, *, keeps_reasoning: bool = False) -> list[Event]:
    handler = ResponsesHandler(provider="openai", request_id="req_1", keeps_reasoning=keeps_reasoning)
    return await read(fixture, handler)


async def error_of(fixture: str) -> ProviderError:
    last = (await events_of(fixture))[-1]
    assert isinstance(last, Failed)
    assert last.error.request_id == "req_1"
    return last.error


async def stop_of(fixture: str) -> StopReason:
    last = (await events_of(fixture))[-1]
    assert isinstance(last, Completed)
    return last.stop_reason


def text_of(events: list[Event]) -> str:
    reply = ReplyBuilder()
    for event in events:
        reply.add(event)
    return reply.text


@pytest.mark.parametrize("fixture", ["text", "crlf", "without_names", "after_the_end"])
async def test_text_comes_in_pieces_and_ends_once(fixture: str) -> None:
    events = await events_of(fixture)
    started = MessageStarted(message_id="resp_1", model="gpt-6.1-sol", usage=Usage(), request_id="req_1")
    assert events[0] == started
    assert [event for event in events if isinstance(event, TextDelta)] == [
        TextDelta(text="Grüße"),
        TextDelta(text=", Welt 🌍"),
    ]
    assert events[-1] == Completed(stop_reason=StopReason(reason="end_turn"), usage=USAGE)


async def test_summaries_and_reasoning_are_thinking_of_their_own_blocks() -> None:
    events = await events_of("reasoning")
    assert [event for event in events if isinstance(event, ThinkingDelta)] == [
        ThinkingDelta(text="Step 0.", index=0),
        ThinkingDelta(text="Step 1.", index=1),
        ThinkingDelta(text="Raw.", index=2),
    ]
    assert not [event for event in events if isinstance(event, BlockReceived)]


async def test_encrypted_reasoning_is_kept_where_tools_need_it_back() -> None:
    events = await events_of("reasoning", keeps_reasoning=True)
    [block] = [event for event in events if isinstance(event, BlockReceived)]
    assert (block.provider, block.index) == ("openai", 3)
    assert block.block["encrypted_content"] == "gAAA"


async def test_a_function_call_becomes_a_tool_request() -> None:
    events = await events_of("function_call")
    assert ToolUseStarted(id="call_1", name="get_weather") in events
    assert ToolInputDelta(partial_json='{"city":') in events
    assert ToolUseReady(id="call_1", name="get_weather", input={"city": "Paris"}) in events
    assert (await stop_of("function_call")).reason == "tool_use"


async def test_a_call_without_arguments_is_a_call() -> None:
    events = await events_of("function_call_without_arguments")
    assert ToolUseReady(id="call_1", name="get_weather", input={}) in events


async def test_a_malformed_call_is_a_failure_unless_the_answer_was_cut_short() -> None:
    error = await error_of_malformed("malformed_function_call")
    assert "get_weather" in error.message
    assert (await stop_of("max_tokens_in_function_call")).reason == "max_tokens"


async def error_of_malformed(fixture: str) -> ProviderError:
    last = (await events_of(fixture))[-1]
    assert isinstance(last, Failed)
    assert isinstance(last.error, UnexpectedAnswer)
    return last.error


@pytest.mark.parametrize(
    ("fixture", "stop"),
    [
        ("content_filter", StopReason(reason="refusal", category="content_filter")),
        ("new_incomplete_reason", StopReason(reason="max_messages")),
        ("refusal", StopReason(reason="refusal", explanation="I cannot do that.")),
    ],
)
async def test_the_reason_for_stopping_is_told(fixture: str, stop: StopReason) -> None:
    assert await stop_of(fixture) == stop


async def test_a_refusal_is_text_for_the_person() -> None:
    assert text_of(await events_of("refusal")) == "I cannot do that."


@pytest.mark.parametrize(
    ("fixture", "kind", "sentence"),
    [
        ("failed", ServerFailed, "The model failed."),
        ("failed_rate_limit", RateLimited, "Slow down."),
        ("failed_without_reason", ServerFailed, "The provider gave no reason."),
        ("error_flat", Overloaded, "Busy."),
        ("error_nested", SpendLimitReached, "You exceeded your current quota."),
        ("wrong_shape", UnexpectedAnswer, "cannot be read"),
        ("html_inside", UnexpectedAnswer, "cannot be read"),
    ],
)
async def test_a_failure_keeps_the_providers_sentence(
    fixture: str, kind: type[ProviderError], sentence: str
) -> None:
    error = await error_of(fixture)
    assert type(error) is kind
    assert sentence in error.message


async def test_tools_of_the_vendor_and_sources_are_passed_on() -> None:
    events = await events_of("web_search")
    [block] = [event for event in events if isinstance(event, BlockReceived)]
    assert (block.provider, block.block["type"]) == ("openai", "web_search_call")
    [source] = [event for event in events if isinstance(event, CitationReceived)]
    assert source.citation["url"] == "https://example.org"
    assert source.index == next(event.index for event in events if isinstance(event, TextDelta))


async def test_what_is_not_known_is_counted_and_passed_over() -> None:
    handler = ResponsesHandler(provider="openai")
    assert text_of(await read("unknown", handler)) == "Text"
    assert dict(handler.skipped) == {"event response.scent.delta": 1, "item scent_call": 1}
