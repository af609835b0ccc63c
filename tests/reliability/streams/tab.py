"""A browser tab as a program: what chat/static/chat/js does about sockets, cursors and the outbox, and nothing on screen.

It reconnects by itself, resends what was not acknowledged, follows answers by the cursor rule, and keeps what it
shows until it is reloaded.
"""

from __future__ import annotations

import asyncio
import random
import socket
import time
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import msgspec
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidMessage

from chat.log import Cursor, Ended, Frame, LogEvent, TextDelta
from tests.reliability.streams.inside_names import MODEL
from tests.reliability.streams.installation import Person

RECONNECT_S = 0.05  # a browser waits half a second; tests are in a hurry
_BROKEN = (ConnectionClosed, InvalidHandshake, InvalidMessage, OSError, TimeoutError, EOFError)
_event = msgspec.json.Decoder(LogEvent)


class _Event(msgspec.Struct, frozen=True, tag="event", tag_field="type"):
    generation: str
    seq: int
    at: int
    event: msgspec.Raw


class _Whole(msgspec.Struct, frozen=True, tag="whole", tag_field="type"):
    generation: str
    seq: int
    events: list[LogEvent]
    more: bool


class _Head(msgspec.Struct, frozen=True):
    type: str


_head = msgspec.json.Decoder(_Head)
_event_frame = msgspec.json.Decoder(_Event)
_whole_frame = msgspec.json.Decoder(_Whole)
_any = msgspec.json.Decoder()


class Shown:
    """One answer as the tab shows it."""

    def __init__(self) -> None:
        self.cursor = Cursor()
        self.pieces: list[str] = []
        self.arriving: list[str] = []  # pieces of a whole answer that is not complete yet
        self.ended: Ended | None = None
        self.waits_for_snapshot = True
        self.first_at = 0.0

    @property
    def text(self) -> str:
        return "".join(self.pieces)

    def replace(self, whole: _Whole) -> None:
        """The answer comes in one piece, in place of what is shown."""
        self.arriving += [event.text for event in whole.events if isinstance(event, TextDelta)]
        if not whole.more:
            self.pieces, self.arriving = self.arriving, []
            self.cursor = Cursor(whole.seq)

    def take(self, frame: Frame) -> bool:
        """Show what is new of a frame; False if something before it is missing."""
        new = self.cursor.take(frame)
        if new == "gap":
            return False
        if new is not None and isinstance(new.event, TextDelta):
            self.first_at = self.first_at or time.time()
            self.pieces.append(new.event.text)
        elif new is not None and isinstance(new.event, Ended):
            self.ended = new.event
        return True


class Tab:
    """`address()` gives the server for the next connection. `shown` is by generation; `closes` why sockets ended."""

    def __init__(
        self, person: Person, address: Callable[[], str], *, bytes_per_s: float | None = None
    ) -> None:
        self.person = person
        self.shown: dict[str, Shown] = {}
        self.acks: dict[str, dict[str, Any]] = {}
        self.errors: list[dict[str, Any]] = []
        self.closes: list[int | None] = []
        self.connections = self.pongs = 0
        self.ready = asyncio.Event()
        self.on_frame: Callable[[_Event], None] | None = None
        self._address, self._bytes_per_s = address, bytes_per_s
        self._in_a_hurry = asyncio.Event()
        self._outbox: dict[str, dict[str, Any]] = {}
        self._changed = asyncio.Event()
        self._socket: ClientConnection | None = None

    # What a person does ------------------------------------------------------------------------------
    def ask(self, text: str, *, client_id: str | None = None, conversation: str | None = None) -> str:
        """Send a message in a conversation of its own; returns its `client_id`."""
        client_id = client_id or str(uuid.uuid4())
        self._outbox[client_id] = {
            "type": "send", "ref": client_id, "conversation": conversation or str(uuid.uuid4()), "client_id": client_id,
            "text": text, "session": self.person.session, "model": MODEL,
        }  # fmt: skip
        self._post(self._outbox[client_id])
        return client_id

    async def generation_of(self, client_id: str, *, seconds: float = 30) -> str:
        """The id of the run that answers a message, once the server has it."""
        await self.until(lambda: client_id in self.acks, seconds=seconds)
        return str(self.acks[client_id]["generation"])

    async def asked(self, text: str) -> str:
        """Send a message, follow its answer; the id of the run."""
        generation = await self.generation_of(self.ask(text))
        self.follow(generation)
        return generation

    def follow(self, generation: str) -> None:
        self.shown.setdefault(generation, Shown())
        self._attach(generation)

    def stop(self, generation: str) -> None:
        self._post({"type": "stop", "ref": f"stop:{generation}", "generation": generation})

    async def ping(self) -> float:
        """Seconds until the server answers: how slow this machine is now."""
        began, pings = time.monotonic(), self.pongs
        self._post({"type": "ping"})
        await self.until(lambda: self.pongs > pings)
        return time.monotonic() - began

    def send(self, frame: dict[str, Any]) -> None:
        """Any frame."""
        self._post(frame)

    def cut(self) -> None:
        """The connection breaks, without a word to either side."""
        if self._socket is not None:
            self._socket.transport.abort()

    def hurry(self) -> None:
        """From now on read as fast as it comes."""
        self._in_a_hurry.set()

    def reload(self) -> None:
        """Show nothing any more and begin again."""
        self.shown = {generation: Shown() for generation in self.shown}
        self.cut()

    # What a person sees ------------------------------------------------------------------------------
    async def until(self, condition: Callable[[], object], *, seconds: float = 30) -> None:
        """Wait for something that frames bring; fails the test after `seconds`."""
        async with asyncio.timeout(seconds):
            while not condition():
                self._changed.clear()
                await self._changed.wait()

    async def ended(self, generation: str, *, seconds: float = 60) -> Shown:
        """The answer when it is over."""
        await self.until(lambda: self.shown[generation].ended is not None, seconds=seconds)
        return self.shown[generation]

    async def end_of(self, generation: str, *, seconds: float = 60) -> Ended:
        """The last event of the answer."""
        last = (await self.ended(generation, seconds=seconds)).ended
        assert last is not None
        return last

    async def begun(self, generation: str, *, seconds: float = 30) -> Shown:
        """The answer once it has text."""
        await self.until(lambda: self.shown[generation].pieces, seconds=seconds)
        return self.shown[generation]

    # The connection ----------------------------------------------------------------------------------
    async def live(self) -> None:
        """Connect, read, and connect again, until cancelled."""
        while True:
            with suppress(*_BROKEN):
                async with self._connected() as connection:
                    self._resume()
                    async for frame in connection:
                        self._receive(frame)
                        await self._dawdle(len(frame))
            self.ready.clear()
            if self._socket is not None:
                self.closes.append(self._socket.close_code)
            self._socket = None
            await asyncio.sleep(random.uniform(0, RECONNECT_S))

    async def _dawdle(self, size: int) -> None:
        """Take as long for a frame of this size as a slow line; at 0 bytes per second, for ever."""
        if self._bytes_per_s is not None and self.shown and not self._in_a_hurry.is_set():
            seconds = size / self._bytes_per_s if self._bytes_per_s else None
            with suppress(TimeoutError):
                await asyncio.wait_for(self._in_a_hurry.wait(), seconds)

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[ClientConnection]:
        address = self._address()
        async with connect(
            address.replace("http", "ws", 1) + "/ws/chat/",
            additional_headers={"Cookie": f"sessionid={self.person.cookie}"},
            origin=address,  # type: ignore[arg-type]  # a NewType of str
            sock=None if self._bytes_per_s is None else _narrow_socket(address),
            max_queue=16 if self._bytes_per_s is None else 1,
            compression=None, max_size=None, ping_interval=None, close_timeout=1, open_timeout=10,
        ) as connection:  # fmt: skip
            self._socket = connection
            self.connections += 1
            yield connection

    def _resume(self) -> None:
        for message in self._outbox.values():
            self._post(message)
        for generation, shown in self.shown.items():
            if shown.ended is None:
                self._attach(generation)

    def _attach(self, generation: str) -> None:
        shown = self.shown[generation]
        shown.waits_for_snapshot = True
        after = shown.cursor.complete_seq
        self._post({"type": "attach", "ref": generation, "generation": generation, "after_seq": after})

    def _post(self, frame: dict[str, Any]) -> None:
        """Send now if there is a connection; the transport keeps what does not fit at once."""
        if self._socket is not None:
            task = asyncio.ensure_future(_sent(self._socket, msgspec.json.encode(frame).decode()))
            _sending.add(task)
            task.add_done_callback(_sending.discard)

    def _receive(self, raw: str | bytes) -> None:
        kind = _head.decode(raw).type
        if kind == "event":
            frame = _event_frame.decode(raw)
            if self.on_frame is not None:
                self.on_frame(frame)
            self._show(frame)
        elif kind == "whole":
            whole = _whole_frame.decode(raw)
            if (shown := self.shown.get(whole.generation)) is not None and not shown.waits_for_snapshot:
                shown.replace(whole)
        else:
            self._note(kind, _any.decode(raw))
        self._changed.set()

    def _show(self, frame: _Event) -> None:
        shown = self.shown.get(frame.generation)
        if shown is None or shown.waits_for_snapshot:
            return
        if not shown.take(Frame(frame.seq, frame.at, _event.decode(frame.event))):
            self._attach(frame.generation)

    def _note(self, kind: str, frame: dict[str, Any]) -> None:
        match kind:
            case "ready":
                self.ready.set()
            case "snapshot":
                if frame["generation"] in self.shown:
                    self.shown[frame["generation"]].waits_for_snapshot = False
                    self.shown[frame["generation"]].arriving.clear()
            case "ack" if "created" in frame:
                self._outbox.pop(frame["ref"], None)
                self.acks[frame["ref"]] = frame
            case "pong":
                self.pongs += 1
            case "error":
                self.errors.append(frame)


def _narrow_socket(address: str) -> socket.socket:
    """A connection of which the kernel keeps little, so that who reads slowly is felt at the other end."""
    narrow = socket.socket()
    narrow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    narrow.connect(("127.0.0.1", int(address.rpartition(":")[2])))
    narrow.setblocking(False)
    return narrow


_sending: set[asyncio.Task[None]] = set()


async def _sent(connection: ClientConnection, text: str) -> None:
    with suppress(ConnectionClosed):
        await connection.send(text)


@asynccontextmanager
async def tabs(person: Person, *addresses: Callable[[], str]) -> AsyncIterator[list[Tab]]:
    """Open tabs, one for each address, all connected; closed afterwards."""
    opened = [Tab(person, address) for address in addresses]
    lives = [asyncio.create_task(tab.live()) for tab in opened]
    try:
        for tab in opened:
            await asyncio.wait_for(tab.ready.wait(), 30)
        yield opened
    finally:
        for life in lives:
            life.cancel()
        await asyncio.gather(*lives, return_exceptions=True)
