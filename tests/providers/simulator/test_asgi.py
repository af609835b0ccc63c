"""What a real server does only by chance: pieces of a body, and clients that leave at odd moments."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

import msgspec
import pytest

from providers.simulator.app import create_app
from providers.simulator.switches import Script
from tests.providers.simulator.client import HEADERS, body_for

END = {"type": "http.disconnect"}


async def answer_to(
    received: Iterable[dict[str, Any]], *, script: Script | None = None, stays: bool = False
) -> tuple[list[dict[str, Any]], int]:
    """What the app sends for these messages, after which the client leaves or `stays`; and how many clients
    it saw leave."""
    app, queue, sent = create_app(script or Script(pace=0)), list(received), []

    async def receive() -> dict[str, Any]:
        if stays and not queue:
            await asyncio.Event().wait()
        return queue.pop(0) if queue else END

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    headers = [(name.encode(), value.encode()) for name, value in HEADERS.items()]
    headers += [(b"content-type", b"application/json"), (b"accept", b"a"), (b"Accept", b"b")]
    await app({"type": "http", "method": "POST", "path": "/v1/messages", "headers": headers}, receive, send)
    return sent, app.state.disconnects


def pieces(body: bytes) -> list[dict[str, Any]]:
    half = len(body) // 2
    return [
        {"type": "http.request", "body": body[:half], "more_body": True},
        {"type": "http.request", "body": body[half:]},
    ]


async def test_client_that_leaves_while_sending_gets_nothing() -> None:
    sent, disconnects = await answer_to([{"type": "http.request", "body": b"{", "more_body": True}])
    assert (sent, disconnects) == ([], 1)


async def test_client_that_leaves_before_the_first_event_costs_no_tokens() -> None:
    sent, disconnects = await answer_to(pieces(msgspec.json.encode(body_for("hi", stream=True))))
    assert all(b"content_block" not in message.get("body", b"") for message in sent)
    assert disconnects == 1


@pytest.mark.parametrize("fault", ["hang_up", "cut"])
async def test_server_without_a_way_to_close_gets_a_broken_promise(fault: str) -> None:
    script = Script(pace=0, fault=fault, after=0)
    received = pieces(msgspec.json.encode(body_for("hi", stream=True)))
    sent, _ = await answer_to(received, script=script, stays=True)
    promised = dict(sent[0]["headers"])[b"content-length"]
    assert int(promised) > sum(len(message.get("body", b"")) for message in sent)
    assert sent[-1]["more_body"] is False
