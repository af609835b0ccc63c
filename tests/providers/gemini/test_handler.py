from __future__ import annotations

import logging
from collections.abc import AsyncIterator

import pytest

from providers.errors import InvalidRequest, Overloaded, RateLimited, StreamCutOff, UnexpectedAnswer
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
)
from providers.gemini.handler import GeminiHandler
from providers.messages import TextPart, ThinkingPart, ToolUsePart
from providers.reply import ReplyBuilder
from providers.sse import SseDecoder
from providers.streaming import parse_stream
from tests.providers.gemini import FIXTURES, MODEL, body_of

ALL_FIXTURES = sorted(path.stem for path in FIXTURES.glob("*.sse"))
USAGE = Usage(input_tokens=8, output_tokens=7)
TEXT = [
    MessageStarted(
        message_id="resp-1",
        model=MODEL,
        usage=Usage(input_tokens=8, output_tokens=2),
        request_id="req_1",
    ),
    TextDelta(text="Paris is"),
    TextDelta(text=" the capital.\u2028Ça va? 🗼"),
]
END = [UsageReported(usage=USAGE), Completed(stop_reason=StopReason(reason="end_turn"), usage=USAGE)]


async def one_by_one(*chunks: bytes) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk


async def read(*chunks: bytes) -> list[Event]:
    handler = GeminiHandler(provider="gemini", request_id="req_1")
    return [event async for event in parse_stream(one_by_one(*chunks), handler)]


async def content_of(fixture: str) -> list[Event]:
    """The events between the start and the usage."""
    events = await read(body_of(fixture))
    return [event for event in events if not isinstance(event, MessageStarted | UsageReported | Completed)]


async def reply_of(fixture: str) -> ReplyBuilder:
    reply = ReplyBuilder()
    for event in await read(body_of(fixture)):
        reply.add(event)
    return reply


async def end_of(fixture: str) -> Completed:
    last = (await read(body_of(fixture)))[-1]
    assert isinstance(last, Completed)
    return last


async def failure_of(fixture: str) -> Failed:
    last = (await read(body_of(fixture)))[-1]
    assert isinstance(last, Failed)
    return last


@pytest.mark.parametrize("fixture", ["text", "crlf"])
async def test_text_comes_as_it_was_sent(fixture: str) -> None:
    assert await read(body_of(fixture)) == [*TEXT, *END]


async def test_a_reason_in_every_event_does_not_cut_the_answer() -> None:
    reply = await reply_of("stop_in_every_event")
    assert reply.text == "Paris is the capital.\u2028Ça va? 🗼"
    assert reply.usage == USAGE


async def test_without_a_reason_the_answer_is_cut_off() -> None:
    failed = await failure_of("missing_end")
    assert isinstance(failed.error, StreamCutOff)
    assert failed.error.request_id == "req_1"


async def test_what_follows_the_reason_still_counts_until_the_body_ends() -> None:
    reply = await reply_of("after_the_end")
    assert reply.parts == (
        TextPart(text="Paris is the capital.\u2028Ça va? 🗼"),
        ThinkingPart(text="", signature="c2lnMQ=="),
    )
    assert reply.usage.output_tokens == 9


async def test_thoughts_and_text_are_blocks_of_their_own() -> None:
    assert await content_of("thinking") == [
        ThinkingDelta(text="**Looking**"),
        ThinkingDelta(text=" it up."),
        TextDelta(text="Done.", index=1),
        ThinkingSigned(signature="c2lnMQ==", index=2),
    ]
    assert (await end_of("thinking")).usage == Usage(input_tokens=8, output_tokens=16, thinking_tokens=9)


async def test_what_was_signed_is_not_merged_with_what_follows() -> None:
    assert (await reply_of("signed_thought")).parts == (
        ThinkingPart(text="Hm.", signature="c2lnMA=="),
        TextPart(text="Yes."),
        ThinkingPart(text="", signature="c2lnMQ=="),
        TextPart(text=" Sure."),
    )


async def test_a_tool_request_comes_whole_behind_its_signature() -> None:
    assert await content_of("tool_use") == [
        TextDelta(text="I'll look."),
        ThinkingSigned(signature="c2lnMg==", index=1),
        ToolUseStarted(id="call-77", name="get_weather", index=2),
        ToolInputDelta(partial_json='{"city":"Paris","days":2}', index=2),
        ToolUseReady(id="call-77", name="get_weather", input={"city": "Paris", "days": 2}, index=2),
    ]
    assert (await end_of("tool_use")).stop_reason == StopReason(reason="tool_use")


async def test_tool_requests_without_ids_get_ids_that_differ() -> None:
    parts = [part for part in (await reply_of("parallel_tools")).parts if isinstance(part, ToolUsePart)]
    assert [(part.name, part.input) for part in parts] == [
        ("get_weather", {"city": "Paris"}),
        ("get_weather", {"city": "Rome"}),
        ("now", {}),
    ]
    assert [part.id for part in parts] == [f"gemini-call-resp-1-{number}" for number in (1, 2, 3)]


@pytest.mark.parametrize(
    ("fixture", "reason"),
    [
        ("max_tokens", StopReason(reason="max_tokens")),
        ("new_finish_reason", StopReason(reason="newer_than_this")),
        (
            "safety",
            StopReason(
                reason="refusal",
                category="SAFETY",
                explanation="Google's safety filter stopped the answer.",
            ),
        ),
        (
            "finish_message",
            StopReason(reason="refusal", category="SAFETY", explanation="Stopped by category DANGEROUS."),
        ),
        (
            "blocked_prompt_with_sentence",
            StopReason(reason="refusal", category="SAFETY", explanation="Not this."),
        ),
    ],
)
async def test_why_it_stopped_is_told_in_the_words_of_all_providers(fixture: str, reason: StopReason) -> None:
    assert (await end_of(fixture)).stop_reason == reason


async def test_a_blocked_prompt_is_a_refusal_that_says_so() -> None:
    end = await end_of("blocked_prompt")
    assert (end.stop_reason.reason, end.stop_reason.category) == ("refusal", "PROHIBITED_CONTENT")
    assert end.stop_reason.explanation is not None
    assert "blocked the prompt" in end.stop_reason.explanation
    assert end.usage == Usage(input_tokens=8)


async def test_a_malformed_tool_request_is_a_failure_that_does_not_repeat_it() -> None:
    failed = await failure_of("malformed_function_call")
    assert isinstance(failed.error, UnexpectedAnswer)
    assert failed.error.error_type == "MALFORMED_FUNCTION_CALL"
    assert "private" not in failed.error.message


async def test_a_missing_signature_is_our_fault_and_not_repeated() -> None:
    error = (await failure_of("missing_signature")).error
    assert isinstance(error, InvalidRequest)
    assert not error.retryable


async def test_every_counter_has_its_place() -> None:
    assert (await end_of("usage")).usage == Usage(
        input_tokens=430, output_tokens=47, cache_read_tokens=600, thinking_tokens=40
    )
    assert (await end_of("no_usage")).usage == Usage()


async def test_an_error_in_the_stream_ends_it() -> None:
    error = (await failure_of("error_mid_stream")).error
    assert isinstance(error, Overloaded)
    assert (error.message, error.request_id) == ("The model is overloaded. Please try again later.", "req_1")


async def test_an_error_instead_of_an_answer_is_all_there_is() -> None:
    body = b'data: {"error": {"code": 429, "message": "Slow down.", "status": "RESOURCE_EXHAUSTED"}}\n\n'
    [only] = await read(body)
    assert isinstance(only, Failed)
    assert isinstance(only.error, RateLimited)


async def test_a_signature_on_a_part_of_no_known_kind_is_kept() -> None:
    reply = await reply_of("unknown")
    assert reply.parts[0] == ThinkingPart(text="", signature="c2lnOQ==")


async def test_whole_parts_come_as_blocks_of_this_provider() -> None:
    blocks = [event for event in await content_of("whole_parts") if isinstance(event, BlockReceived)]
    assert [block.block["type"] for block in blocks] == [
        "executable_code",
        "code_execution_result",
        "inline_data",
    ]
    assert {block.provider for block in blocks} == {"gemini"}
    assert blocks[0].block["part"] == {
        "executableCode": {"language": "PYTHON", "code": "print(1)"},
        "thoughtSignature": "c2lnMQ==",
    }


async def test_sources_belong_to_the_text_and_come_once() -> None:
    events = await content_of("sources")
    cited = [event.citation for event in events if isinstance(event, CitationReceived)]
    assert [source.get("uri") or source["web"]["uri"] for source in cited] == [
        "https://example.org/c",
        "https://example.org/a",
        "https://example.org/d",
    ]
    assert (await reply_of("sources")).text == "Paris."


async def test_sources_of_no_text_are_left_out() -> None:
    body = b'data: {"candidates": [{"groundingMetadata": {"groundingChunks": [{"web": {}}]}}]}\n\n'
    assert not [event for event in await read(body) if isinstance(event, CitationReceived)]


async def test_what_is_not_known_is_skipped_and_counted(caplog: pytest.LogCaptureFixture) -> None:
    handler = GeminiHandler(provider="gemini")
    with caplog.at_level(logging.INFO, logger="providers.gemini.handler"):
        events = [event async for event in parse_stream(one_by_one(body_of("unknown")), handler)]
    assert [event for event in events if isinstance(event, TextDelta)] == [TextDelta(text="Paris.", index=1)]
    assert isinstance(events[-1], Completed)
    assert dict(handler.skipped) == {"event weather": 1, "part": 1}
    assert "event weather" in caplog.text
    assert isinstance(events[0], MessageStarted)
    assert events[0].request_id == "resp-1", "Google names a request by its response where no header does"


@pytest.mark.parametrize("fixture", ["not_json", "wrong_shape"])
async def test_an_event_that_cannot_be_read_ends_the_answer(fixture: str) -> None:
    body = body_of(fixture)
    events = await read(body)
    assert events[1] == TextDelta(text="Paris is")
    assert isinstance(events[-1], Failed)
    assert isinstance(events[-1].error, UnexpectedAnswer)


@pytest.mark.repeats
@pytest.mark.parametrize("fixture", ALL_FIXTURES)
async def test_every_fixture_cut_at_every_byte_has_one_last_event(fixture: str) -> None:
    body = body_of(fixture)
    for cut in range(len(body)):
        events = await read(body[:cut])
        ends = [event for event in events if isinstance(event, Completed | Failed)]
        assert ends == [events[-1]]
        if not isinstance(events[-1], Completed):
            continue
        sent = SseDecoder().feed(body[:cut])
        assert any(b"finishReason" in event.data or b"blockReason" in event.data for event in sent)


@pytest.mark.parametrize("fixture", ALL_FIXTURES)
async def test_the_size_of_chunks_does_not_matter(fixture: str) -> None:
    body = body_of(fixture)
    whole = await read(body)
    pieces = await read(*(body[start : start + 1] for start in range(len(body))))
    assert [repr(event) for event in pieces] == [repr(event) for event in whole]
