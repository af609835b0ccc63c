"""The least program that still decodes: what every figure of the streams is divided by.

One process: asyncio, httptools for the upstream's HTTP, one typed msgspec decode for each event, one websocket frame
for each delta. No Django, no login, no storage, no merging, no resume. A page sends `{"prompt": "bench …"}`.
Run: python -m benchmarks.floor PORT UPSTREAM_PORT [uvloop]
"""

from __future__ import annotations

import asyncio
import sys
from urllib.parse import urlsplit

import httptools
import msgspec
import uvloop
from websockets.frames import Frame, Opcode
from websockets.http11 import Request
from websockets.server import ServerProtocol


class Delta(msgspec.Struct, frozen=True):
    text: str = ""


class StreamEvent(msgspec.Struct):
    type: str
    delta: Delta = Delta()


class Prompt(msgspec.Struct):
    prompt: str


class Out(msgspec.Struct, tag_field="type", tag="event"):
    seq: int
    text: str


class Done(msgspec.Struct, tag_field="type", tag="ended"):
    pass


_event = msgspec.json.Decoder(StreamEvent).decode
_prompt = msgspec.json.Decoder(Prompt).decode
_encode = msgspec.json.Encoder().encode


class Upstream(asyncio.Protocol):
    """Reads one answer and hands every delta on."""

    def __init__(self, page: Page, prompt: str) -> None:
        self._page, self._prompt = page, prompt
        self._parser = httptools.HttpResponseParser(self)
        self._rest = b""
        self._seq = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self._transport = transport
        body = msgspec.json.encode({"prompt": self._prompt})
        transport.write(
            b"POST /v1/messages HTTP/1.1\r\nhost: upstream\r\ncontent-length: %d\r\n\r\n%b"
            % (len(body), body)
        )

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_body(self, body: bytes) -> None:
        *events, self._rest = (self._rest + body).split(b"\n\n")
        for one in events:
            event = _event(one[one.index(b"\ndata: ") + 7 :])
            if event.type == "content_block_delta":
                self._seq += 1
                self._page.send(_encode(Out(seq=self._seq, text=event.delta.text)))
            elif event.type == "message_stop":
                self._page.send(_encode(Done()))
                self._transport.close()


class Page(asyncio.Protocol):
    """One websocket."""

    upstream_port = 0

    def __init__(self) -> None:
        self._socket = ServerProtocol()
        self._tasks: set[asyncio.Task[None]] = set()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._socket.receive_data(data)
        for event in self._socket.events_received():
            if isinstance(event, Request):
                self._socket.send_response(self._socket.accept(event))
            elif isinstance(event, Frame) and event.opcode is Opcode.TEXT:
                task = asyncio.get_running_loop().create_task(self._ask(_prompt(event.data).prompt))
                self._tasks.add(task)
        self._flush()

    async def _ask(self, prompt: str) -> None:
        await asyncio.get_running_loop().create_connection(
            lambda: Upstream(self, prompt), "127.0.0.1", self.upstream_port
        )

    def send(self, text: bytes) -> None:
        self._socket.send_text(text)
        self._flush()

    def _flush(self) -> None:
        self._transport.write(b"".join(self._socket.data_to_send()))


async def serve(port: int, upstream: str) -> None:
    """Serve pages until killed. `upstream` is the provider's base URL."""
    Page.upstream_port = urlsplit(upstream).port or 80
    server = await asyncio.get_running_loop().create_server(Page, "127.0.0.1", port, backlog=1024)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    run = uvloop.run if sys.argv[3:] == ["uvloop"] else asyncio.run
    run(serve(int(sys.argv[1]), sys.argv[2]))
