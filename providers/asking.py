"""The two ways to ask a vendor's API: one short answer, or one that streams. Knows no vendor's words."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from typing import TypeVar

import msgspec

from providers.errors import ProviderError
from providers.events import Event, Failed
from providers.http import (
    CallTimeouts,
    HttpAnswer,
    HttpRequest,
    HttpStream,
    StreamTimeouts,
    call,
    open_stream,
)
from providers.refusals import unexpected_answer
from providers.streaming import Handler, parse_stream

T = TypeVar("T")
ReadError = Callable[[HttpAnswer], ProviderError]


def ask_once(
    request: HttpRequest, timeouts: CallTimeouts, *, answer_type: type[T], read_error: ReadError
) -> T:
    """Send one request and decode its answer. Raises a `ProviderError`."""
    answer = call(request, timeouts)
    if answer.status != 200:
        raise read_error(answer)
    try:
        return msgspec.json.decode(answer.body, type=answer_type)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise unexpected_answer(answer) from error


async def ask_for_stream(
    make_request: Callable[[], HttpRequest],
    timeouts: StreamTimeouts,
    *,
    make_handler: Callable[[Mapping[str, str]], Handler],
    read_error: ReadError,
) -> AsyncGenerator[Event, None]:
    """Send one request, and its answer as events; the last one is `Completed` or `Failed`.

    `make_request` may raise a `ProviderError` for what cannot be sent; it ends the answer too. `make_handler` gets the headers of the answer. Closing the generator closes the connection.
    """
    try:
        async with open_stream(make_request(), timeouts) as answer:
            refusal = await _refusal(answer, read_error)
            if refusal is not None:
                raise refusal
            async with (
                aclosing(answer.chunks()) as chunks,
                aclosing(parse_stream(chunks, make_handler(answer.headers))) as events,
            ):
                async for event in events:
                    yield event
            await answer.finish()
    except ProviderError as error:
        yield Failed(error=error)


async def _refusal(answer: HttpStream, read_error: ReadError) -> ProviderError | None:
    """The error that came instead of a stream, if any."""
    if answer.status != 200:
        return read_error(await answer.read())
    if not answer.headers.get("content-type", "").startswith("text/event-stream"):
        return unexpected_answer(await answer.read())
    return None
