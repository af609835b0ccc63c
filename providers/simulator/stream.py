"""Sending a reply as a stream: at a pace, with the faults that happen inside one, until the client leaves.

How the events look is the business of a wire's `Dialect`. When the client closes the connection, generation
stops with the next piece and is counted.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

import msgspec

from providers.messages import JsonObject
from providers.simulator.asgi import ClientGoneError, Exchange
from providers.simulator.compose import Reply
from providers.simulator.failures import AnswerError
from providers.simulator.numbered import numbered_line
from providers.simulator.state import Delivery, SimulatorState
from providers.simulator.switches import Switches

EVENT_STREAM = "text/event-stream; charset=utf-8"
# Four bytes in UTF-8, of which a cut inside the character sends two.
WIDE_CHARACTER = "🌍".encode()
FAULTS_AFTER = ("error", "cut", "cut_utf8", "truncate", "stall", "silence")


class StreamEvent(msgspec.Struct, frozen=True):
    """One event, and how many tokens it stands for (that is how long it takes to generate).

    An object is sent as JSON, named after its `type` unless the wire has no names; text is sent as it is.
    """

    data: JsonObject | str
    tokens: int = 0
    is_named: bool = True

    def encode(self) -> bytes:
        """The event in text/event-stream form."""
        if isinstance(self.data, str):
            return b"data: %b\n\n" % self.data.encode()
        line = b"data: %b\n\n" % msgspec.json.encode(self.data)
        return b"event: %b\n%b" % (self.data["type"].encode(), line) if self.is_named else line


class Dialect(NamedTuple):
    """How one wire streams: the events of a reply (reply, tokens per delta, whether to mix in some of no known
    type), the error in the middle, a delta of text, and what is sent while nothing happens."""

    events: Callable[[Reply, int, bool], Iterator[StreamEvent]]
    error: Callable[[AnswerError, str], StreamEvent]
    text_delta: Callable[[str], StreamEvent]
    ping: bytes


class _NumberedDelta(StreamEvent, frozen=True, kw_only=True):
    """A line of text whose time is taken when it is encoded, which is when it is sent."""

    text_delta: Callable[[str], StreamEvent]
    number: int
    size: int

    def encode(self) -> bytes:
        """The event in text/event-stream form."""
        return self.text_delta(numbered_line(self.number, self.size)).encode()


class ReplyStream:
    """One streamed answer."""

    def __init__(
        self,
        exchange: Exchange,
        dialect: Dialect,
        *,
        switches: Switches,
        fault: str,
        delivery: Delivery,
        state: SimulatorState,
    ) -> None:
        self._exchange = exchange
        self._dialect = dialect
        self._switches = switches
        self._fault = fault
        self._delivery = delivery
        self._state = state
        self._tokens = 0
        self._began_at = 0.0

    async def send(self, reply: Reply, headers: Mapping[str, str]) -> None:
        """Send everything; return early, without an error, when the client leaves."""
        will_be_cut = self._fault in ("cut", "cut_utf8")
        start = self._exchange.start_to_cut if will_be_cut else self._exchange.start
        await start(200, EVENT_STREAM, {"cache-control": "no-cache", **headers})
        self._began_at = asyncio.get_running_loop().time()
        self._state.open_streams += 1
        try:
            await self._send_events(reply)
        except ClientGoneError:
            self._delivery.client_left = True
        finally:
            self._delivery.ended_at = time.time()
            self._state.open_streams -= 1

    async def _send_events(self, reply: Reply) -> None:
        for number, event in enumerate(self._events(reply)):
            if number == self._switches.after and self._fault in FAULTS_AFTER and await self._fail():
                return
            await self._generate(event)
            await self._write(event.encode())
        if self._fault in ("cut", "cut_utf8"):  # the answer was shorter than `after`
            await self._exchange.cut()
        else:
            await self._exchange.finish()

    def _events(self, reply: Reply) -> Iterator[StreamEvent]:
        unknown = self._fault == "unknown_events"
        for event in self._dialect.events(reply, self._switches.chunk, unknown):
            if event.tokens and self._switches.numbered:
                yield from self._numbered()
            else:
                yield event

    def _numbered(self) -> Iterator[StreamEvent]:
        delta, size = self._dialect.text_delta, self._switches.size
        for number in range(1, self._switches.numbered + 1):
            yield _NumberedDelta("", tokens=1, text_delta=delta, number=number, size=size)
            if self._delivery.is_long_enough:
                return

    async def _generate(self, event: StreamEvent) -> None:
        """Take the time that the event's tokens take, against the clock so that delays do not add up."""
        due = 0.0
        if event.tokens and self._switches.pace > 0:
            self._tokens += event.tokens
            now = asyncio.get_running_loop().time()
            due = self._began_at + self._tokens / self._switches.pace - now
        await self._exchange.pause(due)
        if event.tokens:
            self._state.tokens_generated += event.tokens
            self._delivery.tokens += event.tokens
            self._delivery.last_token_at = time.time()

    async def _write(self, event: bytes) -> None:
        await self._exchange.write(event)
        self._state.events_sent += 1

    async def _fail(self) -> bool:
        """Do what the fault says; True if the answer ends with it."""
        match self._fault:
            case "error":
                failure = AnswerError(529, "Simulated: overloaded in the middle of the answer.")
                await self._write(self._dialect.error(failure, self._delivery.request_id).encode())
                await self._exchange.finish()
            case "truncate":
                await self._exchange.finish()
            case "cut":
                await self._exchange.cut()
            case "cut_utf8":
                await self._exchange.write(self._delta_cut_inside_a_character())
                await self._exchange.cut()
            case "stall":
                await self._stall(pings=True)
                return False
            case _:
                await self._stall(pings=False)
                return False
        return True

    async def _stall(self, *, pings: bool) -> None:
        remaining = self._switches.seconds
        step = min(self._switches.ping, remaining) if pings else remaining
        while remaining > 0:
            await self._exchange.pause(min(step, remaining))
            remaining -= step
            if pings:
                await self._write(self._dialect.ping)

    def _delta_cut_inside_a_character(self) -> bytes:
        whole = self._dialect.text_delta(WIDE_CHARACTER.decode()).encode()
        return whole[: whole.index(WIDE_CHARACTER) + 2]
