"""A provider that costs next to nothing: paced answers on Anthropic's wire, each delta with its number and send time.

A process of its own. The prompt says what to answer: `bench id=7 rate=25 count=500`, deltas per second (0: as fast as
the reader takes them) and how many. The text of each delta is `number@microseconds ` of the machine's monotonic clock,
so whoever reads at the far end sees loss, order and delay. `GET /closed` tells when readers left before the end, and
`GET /asked` when each prompt arrived: `{"7": microseconds}`.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
import time

import httptools
import uvloop

_ORDER = re.compile(rb"bench id=(\d+) rate=([\d.]+) count=(\d+)")
_BURST = 64  # deltas between two looks at the reader, where the rate is 0
_HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nrequest-id: req_bench\r\ntransfer-encoding: chunked\r\n\r\n"
_START = (
    b'event: message_start\ndata: {"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant",'
    b'"model":"bench","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":9,"output_tokens":1}}}\n\n'
    b'event: content_block_start\ndata: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}\n\n'
)
_DELTA = (
    b'event: content_block_delta\ndata: {"type":"content_block_delta","index":0,'
    b'"delta":{"type":"text_delta","text":"%d@%d "}}\n\n'
)
_END = (
    b'event: content_block_stop\ndata: {"type":"content_block_stop","index":0}\n\n'
    b'event: message_delta\ndata: {"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},'
    b'"usage":{"output_tokens":9}}\n\n'
    b'event: message_stop\ndata: {"type":"message_stop"}\n\n'
)


def now_us() -> int:
    """Microseconds of the clock that all processes of this machine share."""
    return time.monotonic_ns() // 1000


class Answering(asyncio.Protocol):
    """One connection, answer after answer."""

    asked: dict[str, int] = {}
    closed: dict[str, int] = {}

    def __init__(self) -> None:
        self._parser = httptools.HttpRequestParser(self)
        self._body = bytearray()
        self._url = b""
        self._timer: asyncio.TimerHandle | None = None
        self._is_writable = True
        self._id = ""
        self._rate, self._count, self._sent = 0.0, 0, 0
        self._began = 0.0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self._transport = transport
        self._loop = asyncio.get_running_loop()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self.closed[self._id] = now_us()

    def pause_writing(self) -> None:
        self._is_writable = False

    def resume_writing(self) -> None:
        self._is_writable = True

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_url(self, url: bytes) -> None:
        self._url = url

    def on_body(self, body: bytes) -> None:
        self._body += body

    def on_message_complete(self) -> None:
        body, self._body = bytes(self._body), bytearray()
        order = _ORDER.search(body[body.rfind(b"bench id=") :])
        if order is None:
            told = {b"/closed": self.closed, b"/asked": self.asked}.get(self._url, {})
            found = json.dumps(told).encode()
            self._transport.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%b" % (len(found), found))
            return
        self._id = order[1].decode()
        self._rate, self._count, self._sent = float(order[2]), int(order[3]), 0
        self.asked[self._id] = now_us()
        self._transport.write(_HEAD + _chunk(_START))
        self._began = self._loop.time()
        self._timer = self._loop.call_soon(self._next)  # type: ignore[assignment]  # a Handle cancels alike

    def _next(self) -> None:
        if self._rate:
            self._send(1)
        elif self._is_writable:
            self._send(min(_BURST, self._count - self._sent))
        if self._sent >= self._count:
            self._timer = None
            self._transport.write(_chunk(_END) + b"0\r\n\r\n")
        elif self._rate:
            self._timer = self._loop.call_at(self._began + self._sent / self._rate, self._next)
        else:
            self._timer = self._loop.call_later(0.0005, self._next)

    def _send(self, count: int) -> None:
        pieces = [_chunk(_DELTA % (number, now_us())) for number in range(self._sent, self._sent + count)]
        self._transport.write(b"".join(pieces))
        self._sent += count


def _chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


async def _serve(port: int) -> None:
    server = await asyncio.get_running_loop().create_server(Answering, "127.0.0.1", port, backlog=1024)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(_serve(int(sys.argv[1])))
