"""A websocket client that costs next to nothing, so that 200 of them are no load of their own.

Knows frames of a server (unmasked) and nothing of their meaning. Offers compression as browsers do.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from pathlib import Path

_TEXT, _CLOSE, _PING = 0x1, 0x8, 0x9
_MASK = bytes(4)  # a mask of zeros is a mask, and changes nothing


class Wire(asyncio.Protocol):
    """One websocket; `on_text` gets every text frame, `opened` and `closed` are futures."""

    def __init__(self, host: str, cookie: str, on_text: Callable[[bytes], None]) -> None:
        loop = asyncio.get_running_loop()
        self.opened: asyncio.Future[None] = loop.create_future()
        self.closed: asyncio.Future[int] = loop.create_future()
        self._host, self._cookie, self._on_text = host, cookie, on_text
        self._buffer = b""
        self._is_open = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self._transport = transport
        transport.write(
            f"GET /ws/chat/ HTTP/1.1\r\nHost: {self._host}\r\nOrigin: http://{self._host}\r\nConnection: Upgrade\r\n"
            f"Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
            f"Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n"
            f"Cookie: sessionid={self._cookie}\r\n\r\n".encode()
        )

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.opened.done():
            self.opened.set_exception(ConnectionError("refused"))
        if not self.closed.done():
            self.closed.set_result(0)

    def data_received(self, data: bytes) -> None:
        self._buffer = self._buffer + data if self._buffer else data
        if not self._is_open and not self._open():
            return
        start, end = 0, len(self._buffer)
        while end - start >= 2:
            head, size = _size(self._buffer, start, end)
            if not head or end - start < head + size:
                break
            self._take(self._buffer[start] & 0x0F, self._buffer[start + head : start + head + size])
            start += head + size
        self._buffer = self._buffer[start:]

    def _open(self) -> bool:
        head, found, self._buffer = self._buffer.partition(b"\r\n\r\n")
        if not found:
            self._buffer = head
            return False
        if not head.startswith(b"HTTP/1.1 101"):
            self.opened.set_exception(ConnectionError(head[:200].decode("latin-1")))
            return False
        assert b"permessage-deflate" not in head.lower(), "the server compresses"
        self._is_open = True
        self.opened.set_result(None)
        return True

    def _take(self, opcode: int, payload: bytes) -> None:
        if opcode == _TEXT:
            self._on_text(payload)
        elif opcode == _PING:
            self._send(0xA, payload)
        elif opcode == _CLOSE and not self.closed.done():
            self.closed.set_result(int.from_bytes(payload[:2], "big"))

    def send(self, text: bytes) -> None:
        """Send a text frame."""
        self._send(_TEXT, text)

    def _send(self, opcode: int, payload: bytes) -> None:
        size = len(payload)
        length = bytes([0x80 | size]) if size < 126 else b"\xfe" + size.to_bytes(2, "big")
        self._transport.write(bytes([0x80 | opcode]) + length + _MASK + payload)

    def close(self) -> None:
        self._transport.abort()


def _size(data: bytes, start: int, end: int) -> tuple[int, int]:
    """Length of the frame's head and of its payload; a head of 0 means that more must arrive first."""
    size = data[start + 1] & 0x7F
    if size < 126:
        return 2, size
    wide = 2 if size == 126 else 8
    if end - start < 2 + wide:
        return 0, 0
    return 2 + wide, int.from_bytes(data[start + 2 : start + 2 + wide], "big")


async def connect(host: str, cookie: str, on_text: Callable[[bytes], None]) -> Wire:
    """An open websocket to `host` ("127.0.0.1:8000")."""
    address, port = host.rsplit(":", 1)
    _, wire = await asyncio.get_running_loop().create_connection(
        lambda: Wire(host, cookie, on_text), address, int(port)
    )
    await wire.opened
    return wire


def cpu_s(pid: int) -> float:
    """CPU seconds that a process has used, its threads included."""
    with Path(f"/proc/{pid}/stat").open() as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def rss_kb(pid: int) -> int:
    """Resident memory of a process in KiB."""
    with Path(f"/proc/{pid}/status").open() as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmRSS"))
