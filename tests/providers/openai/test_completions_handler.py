"""Recorded streams of the Chat Completions API, also as other servers vary it."""

from __future__ import annotations

import pytest

from providers.errors import Overloaded, ProviderError, ServerFailed, StreamCutOff, UnexpectedAnswer
from providers.events import (
    Completed,
    Event,
    Failed,
    MessageStarted,
    StopReason,
    TextDelta,
    ToolInputDelta,
    ToolUseReady,
    Usage,
)
from providers.messages import TextPart, ThinkingPart
from providers.openai.completions_handler import CompletionsHandler
from providers.reply import ReplyBuilder
from tests.providers.openai import read

USAGE = Usage(
    input_tokens=10, output_tokens=9, cache_read_tokens=60, cache_write_tokens=30, thinking_tokens=4
)


async def events_of(fixture: str) -> list[Event]:
    return await read(f"chat_{fixture}", CompletionsHandler(request_id="req_1"))


async def reply_of(fixture: str) -> ReplyBuilder:
    reply = ReplyBuilder()
    for event in await events_of(fixture):
        reply.add(event)
    return reply


async def test_text_comes_in_pieces_with_usage_at_the_end() -> None:
    events = await events_of("text")
    assert events[0] == MessageStarted(
        message_id="chatcmpl-1", model="gpt-oss", usage=Usage(), request_id="req_1"
    )
    assert [event for event in events if isinstance(event, TextDelta)] == [
        TextDelta(text="Grüße"),
        TextDelta(text=", Welt 🌍"),
    ]
    assert events[-1] == Completed(stop_reason=StopReason(reason="end_turn"), usage=USAGE)


@pytest.mark.parametrize("fixture", ["no_done", "double_done"])
async def test_the_last_line_may_be_missing_or_come_twice(fixture: str) -> None:
    reply = await reply_of(fixture)
    assert (reply.text, reply.error) == ("Text", None)


async def test_a_last_line_without_a_reason_for_stopping_is_a_cut() -> None:
    reply = await reply_of("done_too_early")
    assert reply.text == "Te"
    assert isinstance(reply.error, StreamCutOff)


async def test_reasoning_has_two_names_elsewhere() -> None:
    assert (await reply_of("reasoning")).parts == (ThinkingPart(text="Hmm"), TextPart(text="42"))


async def test_tool_calls_are_told_when_they_are_complete() -> None:
    events = await events_of("tools")
    assert [event for event in events if isinstance(event, ToolUseReady)] == [
        ToolUseReady(id="call_1", name="get_weather", input={"city": "Paris"}, index=0),
        ToolUseReady(id="call_2", name="get_time", input={}, index=1),
    ]
    assert ToolInputDelta(partial_json='{"city":') in events
    assert isinstance(events[-1], Completed)
    assert (events[-1].stop_reason.reason, events[-1].usage) == ("tool_use", USAGE)


async def test_calls_that_share_a_number_are_told_apart_by_their_ids() -> None:
    events = await events_of("tools_with_one_number")
    ready = [event.name for event in events if isinstance(event, ToolUseReady)]
    assert ready == ["one", "two"]
    assert isinstance(events[-1], Completed)
    assert events[-1].stop_reason.reason == "tool_use"


async def test_a_call_without_an_id_gets_one() -> None:
    [ready] = [event for event in await events_of("tool_without_id") if isinstance(event, ToolUseReady)]
    assert ready.id


async def test_a_malformed_call_is_a_failure_unless_the_answer_was_cut_short() -> None:
    failed = (await events_of("malformed_tool"))[-1]
    assert isinstance(failed, Failed)
    assert isinstance(failed.error, UnexpectedAnswer)
    short = (await events_of("length_in_tool"))[-1]
    assert isinstance(short, Completed)
    assert short.stop_reason.reason == "max_tokens"


@pytest.mark.parametrize(
    ("fixture", "stop"),
    [
        ("content_filter", StopReason(reason="refusal", category="content_filter")),
        ("refusal", StopReason(reason="refusal", explanation="I cannot.")),
        ("new_reason", StopReason(reason="insufficient_system_resource")),
    ],
)
async def test_the_reason_for_stopping_is_told(fixture: str, stop: StopReason) -> None:
    assert (await reply_of(fixture)).stop_reason == stop


@pytest.mark.parametrize(
    ("fixture", "kind", "sentence"),
    [
        ("error", Overloaded, "Busy."),
        ("error_as_text", ServerFailed, "something broke"),
        ("wrong_shape", UnexpectedAnswer, "cannot be read"),
    ],
)
async def test_an_error_ends_the_answer(fixture: str, kind: type[ProviderError], sentence: str) -> None:
    reply = await reply_of(fixture)
    assert type(reply.error) is kind
    assert reply.error is not None
    assert sentence in reply.error.message
    assert reply.error.request_id == "req_1"


async def test_named_events_are_not_of_this_wire() -> None:
    handler = CompletionsHandler()
    await read("chat_unknown", handler)
    assert dict(handler.skipped) == {"event scent": 1}
