from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

import pytest

from providers.errors import (
    ConnectionLost,
    Overloaded,
    ProviderError,
    ResponseTimeout,
    StreamCutOff,
    UnexpectedAnswer,
)
from providers.events import Completed, Event, Failed, StopReason, TextDelta, Usage
from providers.sse import MAX_EVENT_BYTES, ServerSentEvent
from providers.streaming import parse_stream

DONE = Completed(stop_reason=StopReason(reason="end_turn"), usage=Usage())


class Echo:
    """A vendor with three words: text, `end`, and `bad`."""

    def handle(self, event: ServerSentEvent) -> Sequence[Event]:
        match event.data:
            case b"end":
                return (DONE,)
            case b"bad":
                raise Overloaded("bad")
            case text:
                return (TextDelta(text=text.decode()),)

    def finish(self) -> Failed:
        return Failed(error=StreamCutOff("cut"))


async def chunks(*items: bytes | ProviderError) -> AsyncIterator[bytes]:
    for item in items:
        if isinstance(item, ProviderError):
            raise item
        yield item


async def read(*items: bytes | ProviderError) -> list[Event]:
    return [event async for event in parse_stream(chunks(*items), Echo())]


async def test_ends_with_the_vendors_last_event() -> None:
    assert await read(b"data: a\n\nda", b"ta: end\n\n") == [TextDelta(text="a"), DONE]


async def test_nothing_is_seen_after_the_last_event() -> None:
    assert await read(b"data: end\n\ndata: a\n\ndata: bad\n\n", b"data: a\n\n") == [DONE]


async def test_a_body_without_the_last_event_was_cut_off() -> None:
    events = await read(b"data: a\n\ndata: end\n")
    assert events[0] == TextDelta(text="a")
    assert isinstance(events[-1], Failed)
    assert isinstance(events[-1].error, StreamCutOff)
    [only] = await read()
    assert isinstance(only, Failed)


@pytest.mark.parametrize("error", [ConnectionLost("lost"), ResponseTimeout("silent")])
async def test_a_transport_error_is_the_last_event(error: ProviderError) -> None:
    assert await read(b"data: a\n\n", error) == [TextDelta(text="a"), Failed(error=error)]


async def test_what_the_handler_cannot_read_is_the_last_event() -> None:
    events = await read(b"data: a\n\ndata: bad\n\ndata: end\n\n")
    assert events[0] == TextDelta(text="a")
    assert isinstance(events[1], Failed)
    assert isinstance(events[1].error, Overloaded)
    assert len(events) == 2


async def test_an_event_without_end_is_the_last_event() -> None:
    events = await read(b"data: a\n\ndata: ", b"x" * MAX_EVENT_BYTES, b"data: end\n\n")
    assert events[0] == TextDelta(text="a")
    assert isinstance(events[1], Failed)
    assert isinstance(events[1].error, UnexpectedAnswer)
    assert len(events) == 2


async def test_an_exception_thrown_in_by_the_caller_is_not_taken_for_the_providers() -> None:
    stream = parse_stream(chunks(b"data: a\n\n"), Echo())
    await anext(stream)
    with pytest.raises(Overloaded):
        await stream.athrow(Overloaded("the caller's own"))
