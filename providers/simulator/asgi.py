"""One HTTP request and its answer, on bare ASGI.

Owns reading the body, sending, cutting the connection and noticing that the client left. Knows
nothing of the vendor's wire. https://asgi.readthedocs.io/en/latest/specs/www.html
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any, cast
from urllib.parse import parse_qs

import msgspec

# ASGI's own shapes: open dictionaries by specification.
Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
ASGIApp = Callable[[Scope, Receive, Send], Awaitable[None]]

JSON = "application/json"
HTML = "text/html; charset=utf-8"
# A server may offer in `scope["extensions"]` a function that closes the connection; ASGI itself has none.
CLOSE_EXTENSION = "simulator.close"
# A cut answer promises this many bytes and stops earlier; every server then closes the connection.
PROMISED_BYTES = 1_000_000_000


class ClientGoneError(Exception):
    """The client closed the connection before the answer was complete."""


class BodyTooLargeError(Exception):
    """The request body is over the limit."""


class Exchange:
    """A request with the means to answer it once.

    `path` is relative to where the app is mounted. `query` keeps every value of a repeated name.
    `headers` has lower-case names; of a repeated header the values are joined by a comma.
    """

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.method = str(scope["method"])
        self.path = _relative_path(scope)
        self.query = parse_qs(scope.get("query_string", b"").decode("latin-1"), keep_blank_values=True)
        self.headers = _headers(scope)
        self.body = b""
        self.started = False
        self.gone = asyncio.Event()
        self.extra_headers: dict[str, str] = {}
        self._finished = False
        self._receive = receive
        self._send = send
        self._close_connection = _closer(scope, send)
        self._watcher: asyncio.Task[None] | None = None

    async def read_body(self, limit: int) -> None:
        """Fill `body`, then watch for the client's leaving. Raises `BodyTooLargeError`, `ClientGoneError`."""
        pieces: list[bytes] = []
        size, more, too_large = 0, True, False
        while more:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                self.gone.set()
                raise ClientGoneError
            piece = message.get("body", b"")
            size += len(piece)
            too_large = size > limit
            if too_large:
                pieces.clear()
            else:
                pieces.append(piece)
            more = message.get("more_body", False)
        self._watcher = asyncio.create_task(self._watch())
        if too_large:
            raise BodyTooLargeError
        self.body = b"".join(pieces)

    async def pause(self, seconds: float) -> None:
        """Wait, or stop waiting at once with `ClientGoneError` when the client leaves."""
        if seconds <= 0:
            await asyncio.sleep(0)
        else:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.gone.wait(), seconds)
        if self.gone.is_set():
            raise ClientGoneError

    async def start(self, status: int, content_type: str, headers: Mapping[str, str] | None = None) -> None:
        """Send the status line and headers."""
        lines = {"content-type": content_type, **self.extra_headers, **(headers or {})}
        raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in lines.items()]
        self.started = True
        await self._send({"type": "http.response.start", "status": status, "headers": raw})

    async def write(self, data: bytes) -> None:
        """Send a piece of the body. Raises `ClientGoneError` when nobody is there to read it."""
        if self.gone.is_set():
            raise ClientGoneError
        await self._send({"type": "http.response.body", "body": data, "more_body": True})

    async def finish(self, data: bytes = b"") -> None:
        """Send the last piece."""
        self._finished = True
        await self._send({"type": "http.response.body", "body": data, "more_body": False})

    async def answer(
        self, status: int, body: bytes, content_type: str = JSON, headers: Mapping[str, str] | None = None
    ) -> None:
        """Send a complete answer."""
        await self.start(status, content_type, {"content-length": str(len(body)), **(headers or {})})
        await self.finish(b"" if self.method == "HEAD" else body)

    async def answer_json(
        self, value: object, *, status: int = 200, headers: Mapping[str, str] | None = None
    ) -> None:
        """Send `value` as JSON."""
        await self.answer(status, msgspec.json.encode(value), headers=headers)

    async def hang_up(self) -> None:
        """Close the connection without an answer where the server offers that, else right after the headers."""
        if self._close_connection is None:
            await self.start_to_cut(200, JSON)
        await self.cut()

    async def start_to_cut(
        self, status: int, content_type: str, headers: Mapping[str, str] | None = None
    ) -> None:
        """As `start`, for an answer that `cut` will end."""
        promise = {"content-length": str(PROMISED_BYTES), "connection": "close"}
        await self.start(status, content_type, {**(headers or {}), **promise})

    async def cut(self) -> None:
        """End the body before the promised length, so that the client sees a broken connection."""
        if self._close_connection is not None:
            self._finished = True
            self._close_connection()
        else:
            await self.finish()

    async def close(self) -> None:
        """Stop watching. Call it last."""
        if self._watcher is not None:
            self._watcher.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._watcher

    async def _watch(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        if not self._finished:
            self.gone.set()


def _closer(scope: Scope, send: Send) -> Callable[[], None] | None:
    """How to close this connection early, if the server lets us."""
    if closer := (scope.get("extensions") or {}).get(CLOSE_EXTENSION):
        return cast("Callable[[], None]", closer)
    # daphne's `send` is a partial over its request, and twisted ignores a promise that is not kept.
    request = next(iter(getattr(send, "args", ())), None)
    return getattr(request, "loseConnection", None)


def _relative_path(scope: Scope) -> str:
    path, root = str(scope["path"]), str(scope.get("root_path", "")).rstrip("/")
    # Servers differ in whether `path` contains `root_path`; the specification says it does.
    if root and (path == root or path.startswith(root + "/")):
        path = path[len(root) :]
    return path or "/"


def _headers(scope: Scope) -> dict[str, str]:
    headers: dict[str, str] = {}
    for raw_name, raw_value in scope["headers"]:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return headers
