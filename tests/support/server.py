"""A real loopback server for any ASGI app: what a test talks to when the wire itself matters.

httpx's in-process transport hands over whole bodies, so streams, cuts and disconnects need this.
"""

from __future__ import annotations

import asyncio
import itertools
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn

from providers.simulator.asgi import CLOSE_EXTENSION, ASGIApp

START_SECONDS = 10.0


@contextmanager
def loopback(app: ASGIApp) -> Iterator[str]:
    """Serve `app` on a free port of 127.0.0.1; yields the base URL without a slash at its end.

    On leaving, open requests are dropped and the thread is joined.
    """
    config = uvicorn.Config(
        _with_close(app),
        http="h11",  # the one that every installation of uvicorn has
        ws="none",
        lifespan="off",
        log_config=None,
        log_level="critical",  # cut connections are meant here, and would fill the output
        access_log=False,
        timeout_graceful_shutdown=1,
        timeout_keep_alive=60,
    )
    server = _Server(config)
    # With the protocol named, asyncio sends small answers at once; else each call takes 40 ms longer.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    thread = threading.Thread(target=server.run_on, args=(listener,), name="loopback", daemon=True)
    thread.start()
    try:
        if not server.ready.wait(START_SECONDS):
            raise RuntimeError("the loopback server did not start")
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(START_SECONDS)
        listener.close()
        assert not thread.is_alive(), "the loopback server did not stop"


class Mounts:
    """An ASGI app that serves others, each below a path of its own; starting a server for each would cost
    a tenth of a second per test."""

    def __init__(self) -> None:
        self.url = ""
        self._apps: dict[str, ASGIApp] = {}
        self._numbers = itertools.count(1)

    @contextmanager
    def mounted(self, app: ASGIApp) -> Iterator[str]:
        """Serve `app` for a while; yields its base URL."""
        prefix = f"/app{next(self._numbers)}"
        self._apps[prefix] = app
        try:
            yield self.url + prefix
        finally:
            del self._apps[prefix]

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        prefix = "/" + scope["path"].split("/")[1]
        app = self._apps.get(prefix)
        if app is None:
            await send({"type": "http.response.start", "status": 404, "headers": []})
            await send({"type": "http.response.body", "body": b"nothing is mounted here"})
            return
        await app({**scope, "root_path": prefix}, receive, send)


class _Server(uvicorn.Server):
    """uvicorn in a thread: says when it listens, and leaves signals alone."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = threading.Event()

    def run_on(self, listener: socket.socket) -> None:
        """The thread's work: an event loop of its own until `should_exit`."""
        # asyncio.run would also install signal handling through uvicorn's `serve`; `_serve` does not.
        asyncio.run(self._serve([listener]))

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()


def _with_close(app: ASGIApp) -> ASGIApp:
    """Offer the app a way to close the connection without an answer, which ASGI has not."""

    async def with_close(scope: Any, receive: Any, send: Any) -> None:
        transport = receive.__self__.transport
        extensions = {**(scope.get("extensions") or {}), CLOSE_EXTENSION: transport.close}
        await app({**scope, "extensions": extensions}, receive, send)

    return with_close
