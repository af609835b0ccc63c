from __future__ import annotations

import tracemalloc

import pytest

from providers.errors import Overloaded
from providers.events import (
    BlockReceived,
    CitationReceived,
    Completed,
    Failed,
    MessageStarted,
    StopReason,
    TextDelta,
    ThinkingDelta,
    ThinkingSigned,
    ToolInputDelta,
    ToolUseReady,
    ToolUseStarted,
    Usage,
    UsageReported,
)
from providers.messages import ProviderPart, RedactedThinkingPart, TextPart, ThinkingPart, ToolUsePart
from providers.reply import ReplyBuilder
from providers.shown import Shown, Source

STARTED = MessageStarted(message_id="m", model="model-1", usage=Usage(input_tokens=3), request_id="req_1")


def test_folds_a_whole_answer() -> None:
    reply = ReplyBuilder()
    search = {"type": "server_tool_use", "id": "s"}
    for event in (
        STARTED,
        ThinkingDelta(text="Let me ", index=0),
        ThinkingDelta(text="see.", index=0),
        ThinkingSigned(signature="old", index=0),
        ThinkingSigned(signature="new", index=0),
        BlockReceived(block={"type": "redacted_thinking", "data": "xx"}, index=1),
        CitationReceived(citation={"url": "u"}, index=2, source=Source(url="u")),
        TextDelta(text="It is ", index=2),
        TextDelta(text="so.", index=2),
        BlockReceived(block=search, index=3, provider="anthropic", shown=Shown(title="Searched")),
        ToolUseStarted(id="t", name="f", index=4),
        ToolInputDelta(partial_json="{}", index=4),
        ToolUseReady(id="t", name="f", input={"a": 1}, index=4),
        UsageReported(usage=Usage(input_tokens=3, output_tokens=4)),
    ):
        reply.add(event)
    assert reply.usage == Usage(input_tokens=3, output_tokens=4)
    assert reply.stop_reason is None
    reply.add(Completed(stop_reason=StopReason(reason="tool_use"), usage=Usage(output_tokens=9)))
    assert reply.parts == (
        ThinkingPart(text="Let me see.", signature="new"),
        RedactedThinkingPart(data="xx"),
        TextPart(text="It is so.", citations=({"url": "u"},), sources=(Source(url="u"),)),
        ProviderPart(provider="anthropic", block=search, shown=Shown(title="Searched")),
        ToolUsePart(id="t", name="f", input={"a": 1}),
    )
    assert (reply.text, reply.model, reply.request_id) == ("It is so.", "model-1", "req_1")
    assert reply.stop_reason == StopReason(reason="tool_use")
    assert reply.usage == Usage(output_tokens=9)


def test_keeps_what_came_before_a_failure() -> None:
    reply = ReplyBuilder()
    error = Overloaded("busy", request_id="req_2")
    for event in (
        STARTED,
        TextDelta(text="Half"),
        ToolUseStarted(id="t", name="f", index=1),
        Failed(error=error),
    ):
        reply.add(event)
    assert reply.parts == (TextPart(text="Half"),)
    assert reply.error is error
    assert reply.request_id == "req_2"


def test_a_failure_without_request_id_keeps_the_one_known() -> None:
    reply = ReplyBuilder()
    reply.add(STARTED)
    reply.add(Failed(error=Overloaded("busy")))
    assert reply.request_id == "req_1"


def test_continues_stored_parts() -> None:
    reply = ReplyBuilder(parts=[TextPart(text="Before. ")])
    reply.add(TextDelta(text="After."))
    assert reply.parts == (TextPart(text="Before. "), TextPart(text="After."))
    assert reply.text == "Before. After."


def test_a_block_that_changes_its_kind_is_replaced() -> None:
    reply = ReplyBuilder()
    reply.add(TextDelta(text="text", index=0))
    reply.add(ThinkingDelta(text="thought", index=0))
    assert reply.parts == (ThinkingPart(text="thought"),)


@pytest.mark.repeats
def test_a_long_answer_takes_the_room_of_its_text_and_not_of_its_pieces() -> None:
    pieces, reply = 50_000, ReplyBuilder()
    tracemalloc.start()
    try:
        for number in range(pieces):
            reply.add(TextDelta(text=f"{number:05d} ", index=number % 2))
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    first, second = (part.text for part in reply.parts if isinstance(part, TextPart))
    assert first == "".join(f"{number:05d} " for number in range(0, pieces, 2))
    assert second == "".join(f"{number:05d} " for number in range(1, pieces, 2))
    assert held < 2 * len(first + second)
