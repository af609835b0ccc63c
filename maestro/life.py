"""The end of a web process, under whatever server: answers get their time, then they are stored as interrupted, and
no request is left behind half done.

uvicorn and others say by ASGI's lifespan events when they begin and end
(https://asgi.readthedocs.io/en/latest/specs/lifespan.html). daphne says nothing, so its reactor is asked to wait.
"""

from __future__ import annotations

import asyncio
import os
import sys
import threading
import time
from typing import Any

from chat import runner
from sessions_app.services.detached import token_calls

GRACE_S = 30.0  # for answers that are still running when the server is told to stop
LAST_REQUESTS_S = 5.0  # for requests that are under way when the last answer has ended
LAST_THREADS_S = 5.0  # for what threads still do when the event loop has ended
_RESTARTING = b"The server is restarting. Nothing was lost; try again in a moment.\n"


class Requests:
    """The requests that are under way. Once it is closed no more are let in, and whoever ends the process can wait for
    the last one: a thread of Django that waits for an event loop which has ended waits for ever, and the process
    with it."""

    def __init__(self) -> None:
        self.is_closed = False
        self._count = 0
        self._none = asyncio.Event()
        self._none.set()

    def __enter__(self) -> None:
        self._count += 1
        self._none.clear()

    def __exit__(self, *_: object) -> None:
        self._count -= 1
        if self._count == 0:
            self._none.set()

    async def close(self, timeout_s: float) -> None:
        """Let no more in, and wait up to `timeout_s` seconds for those that are."""
        self.is_closed = True
        try:
            await asyncio.wait_for(self._none.wait(), timeout_s)
        except TimeoutError:
            return  # it waits for a provider, and is cut off


_requests = Requests()


class Lived:
    """An ASGI application that begins and ends with its server."""

    def __init__(self, application: Any, *, requests: Requests = _requests) -> None:
        self._application, self._requests = application, requests
        self._has_begun = False

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await _live(receive, send)
            return
        if not self._has_begun:
            self._has_begun = True
            if (reactor := _running_reactor()) is not None:
                wait_for_answers(reactor)
        if self._requests.is_closed:
            await _refuse(scope, send)
        elif scope["type"] == "http":
            with self._requests:
                await self._application(scope, receive, send)
        else:
            await self._application(scope, receive, send)


def _running_reactor() -> Any:
    """daphne's, if that serves us. Looked up and not imported, because Twisted takes 16 MB that other servers can do
    without."""
    reactor = sys.modules.get("twisted.internet.reactor")
    return reactor if reactor is not None and reactor.running else None


def wait_for_answers(reactor: Any) -> None:
    """Have daphne's reactor wait for the answers when it is told to stop. Twice is as good as once."""
    reactor.addSystemEventTrigger("before", "shutdown", _ended)


def _ended() -> Any:
    """A Deferred, for which the reactor waits."""
    return sys.modules["twisted.internet.defer"].Deferred.fromFuture(asyncio.ensure_future(_end_in_time()))


async def _end_in_time() -> None:
    """daphne itself waits for requests as long as somebody waits for their answers."""
    await _end()
    threading.Thread(target=_exit_at_last, name="exit", daemon=True).start()


def _exit_at_last() -> None:
    """The interpreter waits for every thread at its exit, and one whose request was cut off never ends. Only a token
    call is worth waiting for: its answer must be stored."""
    time.sleep(LAST_THREADS_S)
    for call in token_calls():
        call.join()
    os._exit(0)


async def _end() -> None:
    await runner.shutdown(GRACE_S)
    await _requests.close(LAST_REQUESTS_S)


async def _refuse(scope: Any, send: Any) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1012})  # service restart; the page comes again
        return
    headers = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"retry-after", b"2"),
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": 503, "headers": headers})
    await send({"type": "http.response.body", "body": _RESTARTING})


async def _live(receive: Any, send: Any) -> None:
    await receive()
    runner.start_housekeeping()  # the runs of dead processes do not wait for the first page
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await _end()
    await send({"type": "lifespan.shutdown.complete"})
