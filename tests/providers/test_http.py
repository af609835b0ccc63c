from __future__ import annotations

import asyncio
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import aclosing, contextmanager

import aiohttp
import httpx
import pytest

from providers import http as http_module
from providers.errors import (
    ConnectFailed,
    ConnectionLost,
    ProviderError,
    ResponseTimeout,
    UnexpectedAnswer,
)
from providers.http import (
    CallTimeouts,
    HttpRequest,
    SentRequest,
    StreamTimeouts,
    aclose_clients,
    call,
    observe_requests,
    open_stream,
)
from providers.observe import mask, mask_secrets_in
from providers.transport_errors import transport_error
from tests.providers.canned import API_KEY, Canned
from tests.support.simulator import API_KEY as SIMULATOR_KEY
from tests.support.simulator import RunningSimulator
from tests.support.waiting import until

pytestmark = pytest.mark.usefixtures("closed_clients")

QUICK = CallTimeouts(connect_s=2, read_s=0.2, total_s=2)
QUICK_STREAM = StreamTimeouts(connect_s=2, first_event_s=2, idle_s=2)

Raw = Callable[[socket.socket], None]


def get(url: str, **headers: str) -> HttpRequest:
    return HttpRequest(method="GET", url=url, headers=headers)


def question(simulator: RunningSimulator, **switches: str) -> HttpRequest:
    headers = {f"x-simulator-{name.replace('_', '-')}": value for name, value in switches.items()}
    body = b'{"model":"simulator-large","max_tokens":99,"stream":true,"messages":[{"role":"user","content":"Hi"}]}'
    return HttpRequest(
        method="POST",
        url=f"{simulator.url}/v1/messages",
        headers={
            "x-api-key": SIMULATOR_KEY,
            "anthropic-version": "2023-06-01",
            "content-type": "application/json",
            **headers,
        },
        body=body,
    )


@contextmanager
def raw_server(behave: Raw) -> Iterator[str]:
    """A server below HTTP: `behave` gets each accepted socket."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                accepted, _ = listener.accept()
            except OSError:
                return
            with accepted:
                accepted.recv(65536)
                behave(accepted)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(5)


def say(*pieces: bytes) -> Raw:
    def behave(accepted: socket.socket) -> None:
        for piece in pieces:
            accepted.sendall(piece)

    return behave


async def read_all(request: HttpRequest, timeouts: StreamTimeouts = QUICK_STREAM) -> bytes:
    async with open_stream(request, timeouts) as answer, aclosing(answer.chunks()) as chunks:
        return b"".join([chunk async for chunk in chunks])


async def stream_error(request: HttpRequest, timeouts: StreamTimeouts = QUICK_STREAM) -> ProviderError:
    with pytest.raises(ProviderError) as raised:
        await read_all(request, timeouts)
    return raised.value


def call_error(request: HttpRequest, timeouts: CallTimeouts = QUICK) -> ProviderError:
    with pytest.raises(ProviderError) as raised:
        call(request, timeouts)
    return raised.value


async def both_errors(request: HttpRequest) -> list[ProviderError]:
    return [await asyncio.to_thread(call_error, request), await stream_error(request)]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def test_a_call_gives_status_headers_and_body(canned: Canned) -> None:
    canned.answer(b"hello", status=418, content_type="text/plain", headers=[("X-Extra", "1")])
    answer = call(get(f"{canned.url}/path?q=1", accept="text/plain"), QUICK)
    assert (answer.status, answer.body, answer.host) == (418, b"hello", "127.0.0.1")
    assert answer.headers["x-extra"] == "1"
    assert (canned.requests[0].path, canned.requests[0].query) == ("/path", "q=1")


async def test_refused_connections_send_nothing() -> None:
    for error in await both_errors(get(f"http://127.0.0.1:{free_port()}/")):
        assert isinstance(error, ConnectFailed)
        assert not error.maybe_processed
        assert "it refuses connections" in error.message


async def test_an_unknown_name_sends_nothing() -> None:
    for error in await both_errors(get("http://no-such-host.invalid/")):
        assert isinstance(error, ConnectFailed)
        assert "no-such-host.invalid: its name is not known (DNS)" in error.message


async def test_a_server_without_tls_is_no_secure_connection(canned: Canned) -> None:
    for error in await both_errors(get(canned.url.replace("http://", "https://"))):
        assert isinstance(error, ConnectFailed)
        assert "no secure connection (TLS) is possible" in error.message


def test_a_certificate_that_is_not_valid_is_named() -> None:
    cause = ssl.SSLCertVerificationError("self-signed certificate")
    outer = httpx.ConnectError("x")
    outer.__cause__ = cause
    assert "its TLS certificate is not valid" in transport_error(outer, host="h").message


@pytest.mark.parametrize("url", ["ftp://127.0.0.1/", "http://[::1/", "nonsense"])
async def test_an_address_that_is_none_sends_nothing(url: str) -> None:
    for error in await both_errors(get(url)):
        assert isinstance(error, ConnectFailed)
        assert "not a valid http(s) URL" in error.message


async def test_a_connect_that_is_not_answered_sends_nothing() -> None:
    # A full backlog lets further connects hang.
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        held = []
        try:
            for _ in range(4):
                held.append(socket.socket())
                held[-1].setblocking(False)
                held[-1].connect_ex(listener.getsockname())
            url = get(f"http://127.0.0.1:{listener.getsockname()[1]}/")
            sync_error = await asyncio.to_thread(call_error, url, CallTimeouts(connect_s=0.1))
            async_error = await stream_error(url, StreamTimeouts(connect_s=0.1))
        finally:
            for one in held:
                one.close()
    for error in (sync_error, async_error):
        assert isinstance(error, ConnectFailed), error
        assert "it does not answer" in error.message


async def test_a_server_that_hangs_up_may_have_acted() -> None:
    with raw_server(say()) as url:
        for error in await both_errors(get(url)):
            assert isinstance(error, ConnectionLost), error
            assert error.maybe_processed


async def test_a_body_cut_in_the_middle_is_a_lost_connection() -> None:
    with raw_server(say(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf")) as url:
        for error in await both_errors(get(url)):
            assert isinstance(error, ConnectionLost), error


async def test_what_is_not_http_is_no_answer() -> None:
    with raw_server(say(b"220 mail.example ESMTP\r\n")) as url:
        sync_error, async_error = await both_errors(get(url))
    assert isinstance(sync_error, ConnectionLost)
    assert isinstance(async_error, UnexpectedAnswer)


async def test_compressed_nonsense_is_not_valid() -> None:
    head = b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 4\r\n\r\nhalf"
    with raw_server(say(head)) as url:
        for error in await both_errors(get(url)):
            assert isinstance(error, UnexpectedAnswer)


def test_silence_after_sending_is_a_time_out(simulator: RunningSimulator) -> None:
    simulator.set(delay=5)
    error = call_error(question(simulator))
    assert isinstance(error, ResponseTimeout)
    assert error.maybe_processed


def test_a_call_has_a_limit_for_the_whole_body(simulator: RunningSimulator) -> None:
    error = call_error(
        question(simulator, fault="stall", ping="0.01", after="2"), CallTimeouts(read_s=2, total_s=0.1)
    )
    assert isinstance(error, ResponseTimeout)


async def test_silence_before_the_first_byte_has_its_own_limit(simulator: RunningSimulator) -> None:
    simulator.set(delay=5)
    limits = StreamTimeouts(connect_s=0.1, first_event_s=0.1, idle_s=60)
    assert isinstance(await stream_error(question(simulator), limits), ResponseTimeout)


async def test_silence_in_the_middle_has_its_own_limit(simulator: RunningSimulator) -> None:
    limits = StreamTimeouts(connect_s=2, first_event_s=60, idle_s=0.1)
    error = await stream_error(question(simulator, fault="silence", after="2"), limits)
    assert isinstance(error, ResponseTimeout)
    await until(lambda: simulator.state.open_streams == 0)


async def test_pings_count_as_activity(simulator: RunningSimulator) -> None:
    limits = StreamTimeouts(connect_s=2, first_event_s=2, idle_s=1)
    pings = question(simulator, fault="stall", after="2", seconds="1.5", ping="0.05")
    body = await read_all(pings, limits)
    assert body.count(b"event: ping") > 5
    assert b"message_stop" in body


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_redirects_are_not_followed(canned: Canned, status: int) -> None:
    canned.answer(status=status, headers=[("location", f"{canned.url}/elsewhere")])
    for error in await both_errors(get(f"{canned.url}/here", authorization=f"Bearer {API_KEY}")):
        assert isinstance(error, UnexpectedAnswer)
        assert error.status == status
        assert "redirect" in error.message
    assert {request.path for request in canned.requests} == {"/here"}


async def test_cookies_are_not_kept(canned: Canned) -> None:
    canned.answer(b"{}", headers=[("set-cookie", "who=you; Path=/")])
    for _ in range(2):
        await asyncio.to_thread(call, get(canned.url), QUICK)
        async with open_stream(get(canned.url), QUICK_STREAM) as answer:
            assert (await answer.read()).body == b"{}"
    assert not [request for request in canned.requests if "cookie" in request.headers]


async def test_a_huge_answer_is_not_read_to_its_end(canned: Canned) -> None:
    canned.answer([b"x" * 1024 * 1024] * 17)
    sync_error = await asyncio.to_thread(call_error, get(canned.url), CallTimeouts())
    with pytest.raises(UnexpectedAnswer, match="far too large"):
        async with open_stream(get(canned.url), QUICK_STREAM) as answer:
            await answer.read()
    assert "far too large" in sync_error.message


async def test_leaving_the_context_closes_the_connection(simulator: RunningSimulator) -> None:
    async with open_stream(question(simulator, fault="stall", after="2"), QUICK_STREAM) as answer:
        await anext(answer.chunks())
        await until(lambda: simulator.state.open_streams == 1)
    await until(lambda: simulator.state.open_streams == 0)
    assert simulator.state.disconnects == 1


async def test_cancelling_closes_the_connection(simulator: RunningSimulator) -> None:
    task = asyncio.create_task(read_all(question(simulator, fault="stall", after="2")))
    await until(lambda: simulator.state.open_streams == 1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await until(lambda: simulator.state.open_streams == 0)


async def test_cancelling_before_the_answer_closes_the_connection(simulator: RunningSimulator) -> None:
    simulator.set(delay=30)
    task = asyncio.create_task(read_all(question(simulator)))
    await until(lambda: simulator.state.calls["POST /v1/messages"] == 1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await until(lambda: simulator.state.disconnects == 1)


async def test_finish_gives_up_on_a_body_that_goes_on(simulator: RunningSimulator) -> None:
    async with open_stream(question(simulator, fault="stall", ping="0.01"), QUICK_STREAM) as answer:
        await anext(answer.chunks())
        async with asyncio.timeout(2):
            await answer.finish()


async def test_one_client_serves_all_streams_of_a_loop(canned: Canned) -> None:
    canned.answer(b"x")
    clients, loop = http_module._async_clients, asyncio.get_running_loop()  # other tests have other loops
    seen = set()
    for _ in range(2):
        async with open_stream(get(canned.url), QUICK_STREAM) as answer:
            await answer.read()
        seen.add(clients[loop])
    assert len(seen) == 1
    await aclose_clients()
    await aclose_clients()
    assert loop not in clients
    assert seen.pop().is_closed


async def test_observers_see_what_is_sent_with_secrets_masked(canned: Canned) -> None:
    canned.answer(b"{}")
    seen: list[SentRequest] = []
    headers = {"x-api-key": API_KEY, "authorization": f"Bearer {API_KEY}"}
    with observe_requests(seen.append):
        await asyncio.to_thread(call, get(f"{canned.url}/sync", **headers), QUICK)
        async with open_stream(get(f"{canned.url}/async", **headers), QUICK_STREAM):
            pass
    call(get(f"{canned.url}/unseen"), QUICK)
    assert [(sent.method, sent.url) for sent in seen] == [
        ("GET", f"{canned.url}/sync"),
        ("GET", f"{canned.url}/async"),
    ]
    for sent in seen:
        assert sent.headers["x-api-key"] == "sk-ant-…a1b2"
        assert sent.headers["authorization"] == "Bearer sk-ant-…a1b2"
        assert API_KEY not in repr(sent)
        assert "host" in sent.headers


async def test_the_observed_headers_are_those_on_the_wire(canned: Canned) -> None:
    canned.answer(b"{}")
    seen: list[SentRequest] = []
    with observe_requests(seen.append):
        await asyncio.to_thread(call, get(canned.url, accept="a/b"), QUICK)
        async with open_stream(get(canned.url, accept="a/b"), QUICK_STREAM):
            pass
    assert [dict(sent.headers) for sent in seen] == [request.headers for request in canned.requests]


def test_masks_show_the_kind_and_a_long_secrets_last_four_characters() -> None:
    assert mask(API_KEY) == "sk-ant-…a1b2"
    assert mask("sk-ant-short") == "sk-ant-…"
    assert mask("Bearer " + "x" * 30) == "Bearer …xxxx"
    assert mask("") == "…"
    text = f"bad key {API_KEY}, Bearer abcdefgh12345"
    assert mask_secrets_in(text) == "bad key sk-ant-…a1b2, Bearer …"


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (aiohttp.SocketTimeoutError(), ResponseTimeout),
        (aiohttp.ConnectionTimeoutError(), ConnectFailed),
        (aiohttp.ServerDisconnectedError(), ConnectionLost),
        (aiohttp.ClientOSError(), ConnectionLost),
        (httpx.PoolTimeout("full"), ConnectFailed),
        (httpx.ReadTimeout("slow"), ResponseTimeout),
        (httpx.WriteError("gone"), ConnectionLost),
        (httpx.ProxyError("refused"), ConnectFailed),
        (TimeoutError(), ResponseTimeout),
    ],
)
def test_every_transport_failure_has_its_class(error: Exception, kind: type[ProviderError]) -> None:
    adapted = httpx.ConnectTimeout("what the adapter makes of it")
    if isinstance(error, aiohttp.ClientError):
        adapted.__cause__ = error
        assert type(transport_error(adapted, host="h")) is kind
    assert type(transport_error(error, host="h")) is kind


async def test_a_large_body_arrives_whole(canned: Canned) -> None:
    canned.answer(b"{}")
    body = bytes(range(256)) * 12_000
    request = HttpRequest(method="POST", url=canned.url, headers={}, body=body)
    async with open_stream(request, QUICK_STREAM) as answer:
        await answer.read()
    assert canned.requests[0].body == body
    assert canned.requests[0].headers["content-length"] == str(len(body))
    assert "transfer-encoding" not in canned.requests[0].headers
