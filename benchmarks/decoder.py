"""Events per second: our decoder and typed handlers, httpx-sse with json, and the vendors' SDKs.

For each wire all read the same body of 50,000 server-sent events from memory, in the same chunks, in one
process, taking turns; what counts is the ratio of the medians. Run: python -m benchmarks.decoder [WIRE …]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from typing import NamedTuple

import httpx
import httpx_sse

from benchmarks import bodies, sdks
from providers.anthropic.handler import MessageHandler
from providers.events import Completed
from providers.gemini.handler import GeminiHandler
from providers.openai.completions_handler import CompletionsHandler
from providers.openai.responses_handler import ResponsesHandler
from providers.sse import SseDecoder
from providers.streaming import Handler, parse_stream

EVENTS = 50_000
PAIR, SDK = "httpx-sse + json", "official SDK"
Reader = Callable[[list[bytes]], int]


class Wire(NamedTuple):
    """One vendor's stream, and how many times as fast as the others ours must be."""

    make_body: Callable[[int], bytes]
    make_handler: Callable[[], Handler]
    sdk: Reader
    goals: Mapping[str, float]


WIRES = {
    "anthropic": Wire(
        bodies.anthropic_messages,
        lambda: MessageHandler(provider="anthropic"),
        sdks.anthropic_messages,
        {PAIR: 3.0, SDK: 10.0},
    ),
    "openai": Wire(
        bodies.openai_responses,
        lambda: ResponsesHandler(provider="openai"),
        sdks.openai_responses,
        {PAIR: 3.0, SDK: 5.0},
    ),
    "openai-chat": Wire(
        bodies.openai_completions, CompletionsHandler, sdks.openai_completions, {PAIR: 3.0, SDK: 5.0}
    ),
    "gemini": Wire(
        bodies.gemini,
        lambda: GeminiHandler(provider="gemini"),
        sdks.gemini,
        {PAIR: 3.0, SDK: 5.0},
    ),
}


def ours(make_handler: Callable[[], Handler], chunks: list[bytes]) -> int:
    """Bytes to typed events, without an event loop."""
    decoder, handler, count = SseDecoder(), make_handler(), 0
    for chunk in chunks:
        for raw in decoder.feed(chunk):
            count += 1
            for _ in handler.handle(raw):
                pass
    return count


def ours_as_stream(make_handler: Callable[[], Handler], chunks: list[bytes]) -> int:
    """The same through `parse_stream`, as production runs it; the last event proves that all were read."""

    async def feed() -> AsyncIterator[bytes]:
        for chunk in chunks:
            yield chunk

    async def read() -> object:
        event: object = None
        async for event in parse_stream(feed(), make_handler()):  # noqa: B007
            pass
        return event

    assert isinstance(asyncio.run(read()), Completed)
    return EVENTS


class _Body(httpx.SyncByteStream):
    def __init__(self, chunks: list[bytes]) -> None:
        self._chunks = chunks

    def __iter__(self) -> Iterator[bytes]:
        yield from self._chunks


def httpx_sse_and_json(chunks: list[bytes]) -> int:
    """The usual pair: events as strings, data as dictionaries."""
    response = httpx.Response(200, headers={"content-type": "text/event-stream"}, stream=_Body(chunks))
    count = 0
    for event in httpx_sse.EventSource(response).iter_sse():
        if event.data != "[DONE]":
            json.loads(event.data)
        count += 1
    return count


def readers_of(wire: Wire) -> dict[str, Reader]:
    """Everybody who reads this wire's body, ours first."""
    return {
        "ours": lambda chunks: ours(wire.make_handler, chunks),
        "ours, parse_stream": lambda chunks: ours_as_stream(wire.make_handler, chunks),
        PAIR: httpx_sse_and_json,
        SDK: wire.sdk,
    }


def measure(readers: Mapping[str, Reader], chunks: list[bytes], rounds: int) -> dict[str, float]:
    """Median events per second of each reader; the readers take turns, so that load hits all alike."""
    seconds: dict[str, list[float]] = {name: [] for name in readers}
    for _ in range(rounds):
        for name, read in readers.items():
            began = time.process_time()  # CPU time: other programs on the machine do not count
            count = read(chunks)
            seconds[name].append(time.process_time() - began)
            assert count == EVENTS, f"{name} saw {count} events"
    return {name: EVENTS / statistics.median(times) for name, times in seconds.items()}


def report(name: str, wire: Wire, *, size: int, rounds: int) -> bool:
    """Measure one wire and print its figures; whether every goal was reached."""
    body = wire.make_body(EVENTS)
    chunks = [body[start : start + size] for start in range(0, len(body), size)]
    rates = measure(readers_of(wire), chunks, rounds)
    print(f"{name}: {EVENTS:,} events, {len(body) / 1e6:.1f} MB, chunks of {size:,} bytes, {rounds} rounds")
    for reader, rate in rates.items():
        print(f"  {reader:20} {rate:>10,.0f} events per CPU second")
    for reader, goal in wire.goals.items():
        print(f"  ours is {rates['ours'] / rates[reader]:.1f} × {reader} (goal: {goal:g} ×)")
    return all(rates["ours"] / rates[reader] >= goal for reader, goal in wire.goals.items())


def main() -> None:
    """Measure, print, and fail if a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("wires", nargs="*", metavar="WIRE", help=f"of {', '.join(WIRES)}; default: all")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument(
        "--chunk", type=int, default=16_384, help="bytes in a chunk (default: what aiohttp reads)"
    )
    options = parser.parse_args()
    names = options.wires or list(WIRES)
    reached = [report(name, WIRES[name], size=options.chunk, rounds=options.rounds) for name in names]
    raise SystemExit(0 if all(reached) else 1)


if __name__ == "__main__":
    main()
