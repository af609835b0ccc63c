"""The only module that opens a socket.

Two doors: `call` for one short answer, from sync code, and `open_stream` for a long one, from an
event loop. Each has one shared client, because a new client loads the CA bundle (50-70 ms) and
opens a new connection. Neither follows redirects, keeps cookies or retries: a redirect would take
the credentials along, cookies would tie unlike users together, and retries belong to the caller.

httpx's own async connection layer costs two to three times the CPU of aiohttp's for a stream of
small chunks, so aiohttp's transport sits under httpx's interface here; nothing else may know.
"""

from __future__ import annotations

import asyncio
import atexit
import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import aclosing, asynccontextmanager, suppress
from functools import cache, partial
from http.cookiejar import CookieJar, DefaultCookiePolicy
from ssl import SSLContext
from weakref import WeakKeyDictionary

import aiohttp
import httpx
import msgspec
from httpx_aiohttp import AiohttpTransport
from httpx_aiohttp.transport import AiohttpResponseStream

from providers.deadline import Deadline
from providers.errors import ProviderError, UnexpectedAnswer
from providers.observe import SentRequest, notify_observers, observe_requests
from providers.transport_errors import TRANSPORT_FAILURES, response_timeout, transport_error

__all__ = [
    "CallTimeouts",
    "HttpAnswer",
    "HttpRequest",
    "HttpStream",
    "SentRequest",
    "StreamTimeouts",
    "aclose_clients",
    "call",
    "observe_requests",
    "open_stream",
]

# A thousand answers at once in one process is far over what one event loop can carry.
_MAX_CONNECTIONS = 1000
_MAX_KEEPALIVE = 50
_KEEPALIVE_S = 30.0  # shorter than the idle limit of common load balancers (60 s)
_LAST_BYTES_S = 0.1
_BODY = "maestro.body"  # where httpx lets transports put what is theirs
_SLICE_BYTES = 256 * 1024
# The longest honest short answer is a page of 1,000 models, under 2 MiB.
_MAX_ANSWER_BYTES = 16 * 1024 * 1024


class HttpRequest(msgspec.Struct, frozen=True, kw_only=True):
    """One request, complete: `headers` are sent as given, `body` is encoded already."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes | None = None

    def __repr__(self) -> str:  # headers and body hold secrets
        return f"HttpRequest({self.method} {self.url})"


class HttpAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A short answer of `host`. Header names are lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    host: str

    def __repr__(self) -> str:  # a token endpoint's body holds secrets
        return f"HttpAnswer({self.status} of {self.host})"


class CallTimeouts(msgspec.Struct, frozen=True, kw_only=True):
    """Seconds: to connect, of silence, and for the whole body (looked at as it arrives)."""

    connect_s: float = 10.0
    read_s: float = 60.0
    total_s: float = 90.0


class StreamTimeouts(msgspec.Struct, frozen=True, kw_only=True):
    """Seconds: to connect, until the first byte of the body, and of silence after it. No total."""

    connect_s: float = 10.0
    first_event_s: float = 120.0
    idle_s: float = 120.0


class _Transport(AiohttpTransport):
    """Hands the body over as aiohttp has it: on httpx's way each token would pass four generators more."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        response = await super().handle_async_request(request)
        assert isinstance(response.stream, AiohttpResponseStream)
        response.extensions[_BODY] = response.stream._aiohttp_response.content
        return response


class _Chunks:
    """The body as it arrives. No generator, for the same reason."""

    __slots__ = ("_deadline", "_first_byte_by", "_host", "_idle_s", "_loop", "_read")

    def __init__(
        self, read: Callable[[], Awaitable[bytes]], *, host: str, first_byte_by: float, idle_s: float
    ) -> None:
        self._read = read
        self._host = host
        self._first_byte_by: float | None = first_byte_by
        self._idle_s = idle_s
        self._loop = asyncio.get_running_loop()
        self._deadline = Deadline()

    def __aiter__(self) -> _Chunks:
        return self

    async def __anext__(self) -> bytes:
        at = self._first_byte_by or self._loop.time() + self._idle_s
        try:
            with self._deadline.by(at):
                chunk = await self._read()
        except TRANSPORT_FAILURES as error:
            raise transport_error(error, host=self._host) from error
        if not chunk:
            raise StopAsyncIteration
        self._first_byte_by = None
        return chunk

    async def aclose(self) -> None:
        """Take the timer back."""
        self._deadline.close()


class HttpStream:
    """An answer whose body is still arriving. Use it inside `open_stream` only."""

    def __init__(self, response: httpx.Response, *, first_byte_by: float, idle_s: float) -> None:
        self.status = response.status_code
        self.headers: Mapping[str, str] = dict(response.headers)
        self.host = response.url.host
        if "content-encoding" in response.headers:
            self._read: Callable[[], Awaitable[bytes]] = partial(anext, response.aiter_bytes(), b"")
        else:
            self._read = response.extensions[_BODY].readany
        self._first_byte_by = first_byte_by
        self._idle_s = idle_s

    def chunks(self) -> _Chunks:
        """The body as it arrives; close the iterator. Its steps raise `ConnectionLost` or `ResponseTimeout`."""
        return _Chunks(self._read, host=self.host, first_byte_by=self._first_byte_by, idle_s=self._idle_s)

    async def finish(self) -> None:
        """Wait a moment for the end of a body whose last event is known, so that the connection can be
        used again; if it does not come, the connection is closed like any other."""
        with suppress(TimeoutError, ProviderError):
            async with asyncio.timeout(_LAST_BYTES_S), aclosing(self.chunks()) as chunks:
                async for _ in chunks:
                    pass

    async def read(self) -> HttpAnswer:
        """The whole body of an error answer. Raises as `chunks`, and `UnexpectedAnswer` if it is huge."""
        body = bytearray()
        async with aclosing(self.chunks()) as chunks:
            async for chunk in chunks:
                body += chunk
                _check_size(len(body), self.host)
        return HttpAnswer(status=self.status, headers=self.headers, body=bytes(body), host=self.host)


def call(request: HttpRequest, timeouts: CallTimeouts) -> HttpAnswer:
    """Send one request and read its whole answer, whatever its status; from sync code.

    Raises `ConnectFailed` (nothing was sent), `ConnectionLost`, `ResponseTimeout`, or
    `UnexpectedAnswer` (a redirect, or a body that is far too large).
    """
    limits = httpx.Timeout(timeouts.read_s, connect=timeouts.connect_s, pool=timeouts.connect_s)
    deadline = time.monotonic() + timeouts.total_s
    client = _sync_client(os.getpid())
    try:
        wire = _build(client, request, limits)
        response = client.send(wire, stream=True)
        try:
            _refuse_redirect(response)
            return _read(response, deadline)
        finally:
            response.close()
    except TRANSPORT_FAILURES as error:
        raise transport_error(error, host=_host_of(request)) from error


@asynccontextmanager
async def open_stream(request: HttpRequest, timeouts: StreamTimeouts) -> AsyncIterator[HttpStream]:
    """Send one request and hand over its answer while the body arrives; from an event loop.

    Leaving the context, also by cancellation, closes the connection unless the body was read to its
    end. Raises as `call`.
    """
    first_byte_by = asyncio.get_running_loop().time() + timeouts.connect_s + timeouts.first_event_s
    # aiohttp's `connect` (httpx's `pool`) covers DNS too, its `sock_connect` (`connect`) does not.
    limits = httpx.Timeout(None, connect=timeouts.connect_s, pool=timeouts.connect_s)
    client = _async_client()
    try:
        wire = _build(client, request, limits)
        async with asyncio.timeout_at(first_byte_by):
            response = await client.send(wire, stream=True)
    except TRANSPORT_FAILURES as error:
        raise transport_error(error, host=_host_of(request)) from error
    try:
        _refuse_redirect(response)
        yield HttpStream(response, first_byte_by=first_byte_by, idle_s=timeouts.idle_s)
    finally:
        with suppress(*TRANSPORT_FAILURES):  # a connection that breaks while it is closed is closed
            await response.aclose()


async def aclose_clients() -> None:
    """Close this event loop's client. Call it before the loop ends; a later stream opens a new one."""
    client = _async_clients.pop(asyncio.get_running_loop(), None)
    if client is not None:
        await client.aclose()


def _build(
    client: httpx.Client | httpx.AsyncClient, request: HttpRequest, limits: httpx.Timeout
) -> httpx.Request:
    headers = dict(request.headers)
    content: bytes | AsyncIterator[bytes] | None = request.body
    if request.body and len(request.body) > _SLICE_BYTES and isinstance(client, httpx.AsyncClient):
        headers["content-length"] = str(len(request.body))
        content = _slices(request.body)
    wire = client.build_request(request.method, request.url, headers=headers, content=content, timeout=limits)
    notify_observers(wire.method, str(wire.url), wire.headers)
    return wire


async def _slices(body: bytes) -> AsyncIterator[bytes]:
    """A large body (images, PDFs) in pieces, so that other streams of this loop get their turn."""
    for start in range(0, len(body), _SLICE_BYTES):
        yield body[start : start + _SLICE_BYTES]


def _read(response: httpx.Response, deadline: float) -> HttpAnswer:
    host = response.url.host
    body = bytearray()
    for chunk in response.iter_bytes():
        body += chunk
        _check_size(len(body), host)
        if time.monotonic() > deadline:
            raise response_timeout(host)
    return HttpAnswer(
        status=response.status_code, headers=dict(response.headers), body=bytes(body), host=host
    )


def _refuse_redirect(response: httpx.Response) -> None:
    if response.has_redirect_location:
        raise UnexpectedAnswer(
            f"{response.url.host} answered with a redirect. Redirects are not followed, because the "
            "credentials would go along. Check the configured address.",
            status=response.status_code,
        )


def _check_size(size: int, host: str) -> None:
    if size > _MAX_ANSWER_BYTES:
        raise UnexpectedAnswer(f"The answer of {host} is far too large. Check the configured address.")


def _host_of(request: HttpRequest) -> str:
    try:
        return httpx.URL(request.url).host or request.url
    except httpx.InvalidURL:
        return "the configured address"


@cache
def _tls() -> SSLContext:
    return httpx.create_ssl_context()


def _no_cookies() -> CookieJar:
    return CookieJar(policy=DefaultCookiePolicy(allowed_domains=[]))


# A pooled connection must not be shared with a forked child, so each process has its own client.
@cache
def _sync_client(_process: int) -> httpx.Client:
    limits = httpx.Limits(
        max_connections=_MAX_CONNECTIONS,
        max_keepalive_connections=_MAX_KEEPALIVE,
        keepalive_expiry=_KEEPALIVE_S,
    )
    client = httpx.Client(verify=_tls(), limits=limits, cookies=_no_cookies(), follow_redirects=False)
    atexit.register(client.close)
    return client


_async_clients: WeakKeyDictionary[asyncio.AbstractEventLoop, httpx.AsyncClient] = WeakKeyDictionary()


def _async_client() -> httpx.AsyncClient:
    loop = asyncio.get_running_loop()
    client = _async_clients.get(loop)
    if client is None:
        transport = _Transport(verify=_tls(), client=_aiohttp_session)
        client = httpx.AsyncClient(transport=transport, cookies=_no_cookies(), follow_redirects=False)
        _async_clients[loop] = client
    return client


def _aiohttp_session() -> aiohttp.ClientSession:
    connector = aiohttp.TCPConnector(ssl=_tls(), limit=_MAX_CONNECTIONS, keepalive_timeout=_KEEPALIVE_S)
    return aiohttp.ClientSession(
        connector=connector, cookie_jar=aiohttp.DummyCookieJar(), trust_env=True, auto_decompress=False
    )
