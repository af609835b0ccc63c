"""One loop for every vendor: bytes → server-sent events → a handler → our events.

Owns the terminal rule: exactly one `Completed` or `Failed`, and it is the last event; the caller may
also just close the generator. Knows no vendor and opens nothing: `chunks` comes from `http.py`.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Iterable
from typing import Protocol

from providers.errors import ProviderError, UnexpectedAnswer
from providers.events import Completed, Event, Failed
from providers.sse import EventTooLarge, ServerSentEvent, SseDecoder

_TERMINAL = (Completed, Failed)


class Handler(Protocol):
    """Turns one vendor's server-sent events into ours. One handler for one answer."""

    def handle(self, event: ServerSentEvent) -> Iterable[Event]:
        """Our events for this one, often none. Raises `ProviderError` if it cannot be understood."""

    def finish(self) -> Completed | Failed:
        """The terminal event for a body that ended without one: `Completed` only where the vendor has none of
        its own, or said before why it stopped."""


async def parse_stream(chunks: AsyncIterator[bytes], handler: Handler) -> AsyncGenerator[Event, None]:
    """All events of one answer. Raises nothing of the tree in `errors`: those end in `Failed`."""
    decoder = SseDecoder()
    while True:
        try:
            chunk = await anext(chunks)
        except StopAsyncIteration:
            yield handler.finish()
            return
        except ProviderError as error:
            yield Failed(error=error)
            return
        for event in _events_of(chunk, decoder, handler):
            yield event
            if isinstance(event, _TERMINAL):
                return  # the vendor may send more after its last event; nobody may see it


def _events_of(chunk: bytes, decoder: SseDecoder, handler: Handler) -> list[Event]:
    """What one chunk brings. A list, so that no exception thrown in by a consumer is taken for ours."""
    events: list[Event] = []
    failure: ProviderError | None = None
    try:
        raw_events = decoder.feed(chunk)
    except EventTooLarge as error:
        raw_events = error.before
        failure = UnexpectedAnswer("The provider sent an event that is too large to be part of an answer.")
    try:
        for raw in raw_events:
            events += handler.handle(raw)
    except ProviderError as error:
        failure = error
    if failure is not None:
        events.append(Failed(error=failure))
    return events
