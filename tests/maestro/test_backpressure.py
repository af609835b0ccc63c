"""Sending waits while the transport is full, and only then; how daphne itself behaves is proved in tests/reliability."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any

import pytest

from maestro.backpressure import Patient


class Protocol:
    """daphne's, as far as it matters: who is told when the transport is full."""

    transport = object()

    def __init__(self) -> None:
        self.producer: Any = "of the HTTP request"
        self.sent: list[str] = []

    def unregisterProducer(self) -> None:  # noqa: N802  # Twisted's names
        self.producer = None

    def registerProducer(self, producer: Any, streaming: bool) -> None:  # noqa: N802
        assert self.producer is None
        assert streaming
        self.producer = producer


async def reply(protocol: Protocol, message: dict[str, str]) -> None:
    protocol.sent.append(message["type"])


async def three_frames(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "websocket.accept"})
    for _ in range(3):
        await send({"type": "websocket.send"})


@pytest.mark.parametrize("goes_on_by", ["resumeProducing", "stopProducing"])
async def test_a_full_transport_holds_the_sender_until_it_has_room_or_is_gone(goes_on_by: str) -> None:
    protocol = Protocol()
    send = partial(reply, protocol)

    async def full_after_the_first(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "websocket.accept"})
        protocol.producer.pauseProducing()
        await three_frames(scope, receive, send)

    working = asyncio.create_task(Patient(full_after_the_first)({"type": "websocket"}, None, send))
    done, _ = await asyncio.wait([working], timeout=0.05)
    assert not done
    assert protocol.sent == ["websocket.accept", "websocket.accept", "websocket.send"]
    getattr(protocol.producer, goes_on_by)()
    await asyncio.wait_for(working, 5)
    assert protocol.sent[2:] == ["websocket.send"] * 3


@pytest.mark.parametrize("kind", ["http", "websocket"])
async def test_other_servers_and_requests_are_left_alone(kind: str) -> None:
    sent: list[str] = []

    async def send(message: dict[str, str]) -> None:
        sent.append(message["type"])

    await Patient(three_frames)({"type": kind}, None, send)
    assert len(sent) == 4
