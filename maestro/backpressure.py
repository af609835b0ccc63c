"""Lets a websocket that does not read be felt under daphne, as it is under other servers.

daphne hands each frame to Twisted's transport, which keeps what the other side does not take: without bound, and the
sender never learns. Here sending waits while more than 64 KiB lie there, and so the page's own bounds work.
https://docs.twisted.org/en/stable/core/howto/producers.html
"""

from __future__ import annotations

import asyncio
from typing import Any


class Patient:
    """An ASGI application whose websockets wait for their readers."""

    def __init__(self, application: Any) -> None:
        self._application = application

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        # daphne's `send` is a partial over its protocol; the `send` of other servers waits by itself.
        protocol = next(iter(getattr(send, "args", ())), None)
        if scope["type"] == "websocket" and hasattr(protocol, "registerProducer"):
            send = _Waiting(protocol, send).send
        await self._application(scope, receive, send)


class _Waiting:
    """Twisted's name for who is told to pause and to go on is a producer."""

    def __init__(self, protocol: Any, send: Any) -> None:
        self._protocol, self._send = protocol, send
        self._is_told = False
        self._may_go_on = asyncio.Event()
        self._may_go_on.set()

    async def send(self, message: Any) -> None:
        """Send, and return when the transport has room again or the connection is gone."""
        await self._send(message)
        if message["type"] == "websocket.accept":
            self._listen()
        elif message["type"] == "websocket.send":
            await self._may_go_on.wait()

    def _listen(self) -> None:
        if not self._is_told and self._protocol.transport is not None:
            self._is_told = True
            self._protocol.unregisterProducer()  # that of the HTTP request which the websocket began as
            self._protocol.registerProducer(self, True)

    def pauseProducing(self) -> None:  # noqa: N802  # Twisted's names
        self._may_go_on.clear()

    def resumeProducing(self) -> None:  # noqa: N802
        self._may_go_on.set()

    def stopProducing(self) -> None:  # noqa: N802
        self._may_go_on.set()
