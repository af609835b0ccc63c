from __future__ import annotations

import logging
from collections.abc import AsyncIterator

import msgspec
import pytest

from providers.anthropic.handler import MessageHandler
from providers.errors import Overloaded, ServerFailed, StreamCutOff, UnexpectedAnswer
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
    ThinkingSigned,
    ToolInputDelta,
    ToolUseReady,
    ToolUseStarted,
    Usage,
    UsageReported,
    encode_event,
)
from providers.messages import RedactedThinkingPart, TextPart
from providers.reply import ReplyBuilder
from providers.shown import Shown, Source
from providers.sse import ServerSentEvent, SseDecoder
from providers.streaming import parse_stream
from tests.providers.canned import FIXTURES

ALL_FIXTURES = sorted(path.stem for path in FIXTURES.glob("*.sse"))
USAGE = Usage(input_tokens=25, output_tokens=15)


def body_of(fixture: str) -> bytes:
    return (FIXTURES / f"{fixture}.sse").read_bytes()


async def one_by_one(*chunks: bytes) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk


async def read(*chunks: bytes) -> list[Event]:
    handler = MessageHandler(provider="anthropic", request_id="req_1")
    return [event async for event in parse_stream(one_by_one(*chunks), handler)]


async def content_of(fixture: str) -> list[Event]:
    """The events between the start and the last usage."""
    events = await read(body_of(fixture))
    return [event for event in events if not isinstance(event, MessageStarted | UsageReported | Completed)]


async def failure_of(*chunks: bytes) -> Failed:
    last = (await read(*chunks))[-1]
    assert isinstance(last, Failed)
    return last


async def test_text_comes_as_it_was_sent() -> None:
    assert await read(body_of("text")) == [
        MessageStarted(
            message_id="msg_01",
            model="claude-opus-5-5",
            usage=Usage(input_tokens=25, output_tokens=1),
            request_id="req_1",
        ),
        TextDelta(text="Paris is"),
        TextDelta(text=" the capital.\u2028Ça va? 🗼"),
        UsageReported(usage=USAGE),
        Completed(stop_reason=StopReason(reason="end_turn"), usage=USAGE),
    ]


async def test_thinking_keeps_its_last_signature() -> None:
    assert await content_of("thinking") == [
        ThinkingDelta(text="Let me "),
        ThinkingDelta(text="think."),
        ThinkingSigned(signature="c2ln"),
        ThinkingSigned(signature="c2lnMg=="),
        TextDelta(text="Done.", index=1),
    ]
    last = (await read(body_of("thinking")))[-1]
    assert isinstance(last, Completed)
    assert last.usage == Usage(input_tokens=25, output_tokens=20, thinking_tokens=9)


async def test_redacted_thinking_comes_whole() -> None:
    reply = ReplyBuilder()
    for event in await read(body_of("redacted_thinking")):
        reply.add(event)
    assert reply.parts == (RedactedThinkingPart(data="b3BhcXVl"), TextPart(text="Hidden reasons."))


@pytest.mark.parametrize("fixture", ["tool_use", "crlf"])
async def test_a_tool_request_is_parsed_when_it_is_complete(fixture: str) -> None:
    assert await content_of(fixture) == [
        TextDelta(text="I'll look."),
        ToolUseStarted(id="toolu_01", name="get_weather", index=1),
        ToolInputDelta(partial_json='{"city": "Par', index=1),
        ToolInputDelta(partial_json='is", "days": 2}', index=1),
        ToolUseReady(id="toolu_01", name="get_weather", input={"city": "Paris", "days": 2}, index=1),
    ]


async def test_empty_tool_input_stays_an_empty_object() -> None:
    assert (await content_of("empty_tool_input"))[-1] == ToolUseReady(id="toolu_02", name="now", input={})


async def test_tool_input_that_is_not_json_is_a_failure_that_does_not_repeat_it() -> None:
    failed = await failure_of(body_of("invalid_tool_input"))
    assert isinstance(failed.error, UnexpectedAnswer)
    assert "“now” is not a JSON object" in failed.error.message
    assert "private" not in failed.error.message


async def test_tool_input_cut_by_the_token_limit_is_left_out() -> None:
    events = await read(body_of("max_tokens_in_tool_input"))
    assert not [event for event in events if isinstance(event, ToolUseReady)]
    assert events[-1] == Completed(stop_reason=StopReason(reason="max_tokens"), usage=USAGE)


async def test_web_search_gives_blocks_and_citations() -> None:
    search, result, citation, text = await content_of("web_search")
    assert search == BlockReceived(
        block={
            "type": "server_tool_use",
            "id": "srvtoolu_01",
            "name": "web_search",
            "input": {"query": "news"},
        },
        provider="anthropic",
        shown=Shown(title="Searched the web", detail="news"),
    )
    assert isinstance(result, BlockReceived)
    assert result.shown is not None
    assert result.shown.title == "Found 1 page"
    assert result.block["content"][0]["encrypted_content"] == "ZW5j"
    assert isinstance(citation, CitationReceived)
    assert citation.citation["encrypted_index"] == "aWR4"
    assert text == TextDelta(text="It was said.", index=2)
    last = (await read(body_of("web_search")))[-1]
    assert isinstance(last, Completed)
    assert (last.usage.web_search_requests, last.usage.input_tokens) == (1, 900)


async def test_every_block_that_comes_whole_is_passed_on() -> None:
    events = await content_of("every_whole_block")
    assert [event.block["type"] for event in events if isinstance(event, BlockReceived)] == [
        "web_search_tool_result",
        "web_fetch_tool_result",
        "code_execution_tool_result",
        "bash_code_execution_tool_result",
        "text_editor_code_execution_tool_result",
        "tool_search_tool_result",
        "container_upload",
        "fallback",
    ]


async def test_a_compaction_is_one_block() -> None:
    compaction = {"type": "compaction", "content": "Earlier: hello.", "encrypted_content": "ZW5j"}
    words = Shown(title="Summarised the older messages", text="Earlier: hello.")
    assert (await content_of("compaction"))[0] == BlockReceived(
        block=compaction, provider="anthropic", shown=words
    )


async def test_an_error_in_the_middle_is_the_last_event() -> None:
    events = await read(body_of("error_mid_stream"))
    assert events[1] == TextDelta(text="Half an ans")
    failed = events[-1]
    assert isinstance(failed, Failed)
    assert isinstance(failed.error, Overloaded)
    assert (failed.error.message, failed.error.request_id) == ("Overloaded", "req_mid")


async def test_an_unknown_error_type_is_the_providers_fault() -> None:
    failed = await failure_of(b'event: error\ndata: {"type":"error","error":{"type":"new","message":""}}\n\n')
    assert isinstance(failed.error, ServerFailed)
    assert failed.error.request_id == "req_1"
    assert failed.error.message == "The provider gave no reason."


@pytest.mark.parametrize(
    ("fixture", "reason"),
    [
        ("refusal", StopReason(reason="refusal", category="cyber", explanation="Not this.")),
        ("max_tokens", StopReason(reason="max_tokens")),
        ("stop_sequence", StopReason(reason="stop_sequence", sequence="END")),
        ("every_whole_block", StopReason(reason="pause_turn")),
        ("new_stop_reason", StopReason(reason="invented_tomorrow")),
    ],
)
async def test_says_why_the_model_stopped(fixture: str, reason: StopReason) -> None:
    last = (await read(body_of(fixture)))[-1]
    assert isinstance(last, Completed)
    assert last.stop_reason == reason


async def test_an_end_without_a_reason_is_unknown() -> None:
    assert await read(b'event: message_stop\ndata: {"type":"message_stop"}\n\n') == [
        Completed(stop_reason=StopReason(reason="unknown"), usage=Usage())
    ]


async def test_counters_replace_and_omitted_ones_stay() -> None:
    reports = [event.usage for event in await read(body_of("usage")) if isinstance(event, UsageReported)]
    first = Usage(
        input_tokens=100,
        output_tokens=5,
        cache_write_tokens=40,
        cache_read_tokens=7,
        cache_write_1h_tokens=30,
    )
    assert reports == [first, msgspec.structs.replace(first, output_tokens=9, cache_read_tokens=8)]


async def test_the_unknown_is_skipped_and_counted(caplog: pytest.LogCaptureFixture) -> None:
    handler = MessageHandler(provider="anthropic")
    with caplog.at_level(logging.INFO):
        events = [event async for event in parse_stream(one_by_one(body_of("unknown")), handler)]
    assert [event for event in events if isinstance(event, TextDelta)] == [TextDelta(text="Known.", index=1)]
    assert isinstance(events[-1], Completed)
    assert handler.skipped == {
        "event vendor_notice": 1,
        "block hologram": 1,
        "delta hologram_delta": 1,
        "delta sparkle_delta": 1,
        "event not_json": 1,
        "event message": 1,
    }
    assert "hologram" in caplog.text


async def test_deltas_that_do_not_fit_their_block_are_ignored() -> None:
    assert await content_of("misfits") == [
        TextDelta(text="Already "),
        CitationReceived(citation={"type": "char_location", "cited_text": "c"}, source=Source(passage="c")),
        TextDelta(text="here."),
        ThinkingDelta(text="Early.", index=1),
        ThinkingSigned(signature="c2ln", index=1),
        ToolUseStarted(id="toolu_05", name="f", index=2),
        ToolUseReady(id="toolu_05", name="f", input={"given": 1}, index=2),
        BlockReceived(
            block={
                "type": "server_tool_use",
                "id": "srvtoolu_02",
                "name": "web_fetch",
                "input": {"url": "u"},
            },
            index=3,
            provider="anthropic",
            shown=Shown(title="Opened a page", detail="u"),
        ),
        BlockReceived(
            block={"type": "compaction", "content": "kept"},
            index=4,
            provider="anthropic",
            shown=Shown(title="Summarised the older messages", text="kept"),
        ),
    ]


async def test_nothing_counts_after_the_end() -> None:
    assert isinstance((await read(body_of("after_the_end")))[-1], Completed)


async def test_an_answer_may_begin_without_its_start() -> None:
    events = await read(body_of("no_message_start"))
    assert events[0] == TextDelta(text="Abrupt.")
    assert isinstance(events[-1], Completed)


@pytest.mark.parametrize(
    "data",
    [
        b"{",
        b"[]",
        b'{"index":0,"delta":{"type":"text_delta"}}',
        b'{"index":"0","delta":{"type":"text_delta","text":"x"}}',
        b'{"index":0,"delta":{"type":"text_delta","text":"\xff"}}',
        b'{"index":0,"delta":{"type":"citations_delta","citation":' + b'{"a":' * 100_000,
    ],
)
async def test_a_known_event_that_is_broken_ends_the_answer(data: bytes) -> None:
    failed = await failure_of(b"event: content_block_delta\ndata: " + data + b"\n\n", body_of("text"))
    assert isinstance(failed.error, UnexpectedAnswer)
    assert "“content_block_delta”" in failed.error.message


@pytest.mark.repeats
@pytest.mark.parametrize("fixture", ALL_FIXTURES)
async def test_a_cut_at_any_byte_changes_nothing(fixture: str) -> None:
    body = body_of(fixture)
    whole = [shown(event) for event in await read(body)]
    for at in range(len(body)):
        assert [shown(event) for event in events_of(body[:at], body[at:])] == whole, at


@pytest.mark.repeats
@pytest.mark.parametrize("fixture", ALL_FIXTURES)
async def test_the_terminal_rule_holds_for_every_truncation(fixture: str) -> None:
    body = body_of(fixture)
    whole = [shown(event) for event in await read(body)]
    for at in range(len(body)):
        events = await read(body[:at])
        assert [isinstance(event, Completed | Failed) for event in events] == [False] * (len(events) - 1) + [
            True
        ]
        shown_events = [shown(event) for event in events]
        was_cut = isinstance(events[-1], Failed) and isinstance(events[-1].error, StreamCutOff)
        assert shown_events[: len(events) - was_cut] == whole[: len(events) - was_cut], at
        assert was_cut or shown_events == whole, at


def shown(event: Event) -> bytes:
    """Events as JSON, because errors compare by identity."""
    return encode_event(event)


def events_of(*chunks: bytes) -> list[Event]:
    """As `read`, without an event loop: ten thousand of those would take long."""
    decoder, handler = SseDecoder(), MessageHandler(provider="anthropic", request_id="req_1")
    events: list[Event] = []
    for chunk in chunks:
        for raw in decoder.feed(chunk):
            events += handler.handle(ServerSentEvent(raw.name, raw.data))
            if events and isinstance(events[-1], Completed | Failed):
                return events
    return events
