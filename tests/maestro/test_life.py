"""The last seconds of a web process: who is still let in, and who is waited for."""

from __future__ import annotations

import asyncio
from typing import Any

from maestro.life import Lived, Requests


class Answered:
    """Collects what an application sends."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []

    async def __call__(self, message: dict[str, Any]) -> None:
        self.sent.append(message)


async def test_nobody_is_let_in_once_it_is_closed_and_each_is_told_to_come_again() -> None:
    served: list[str] = []

    async def application(scope: dict[str, str], receive: object, send: object) -> None:
        served.append(scope["type"])

    requests = Requests()
    lived = Lived(application, requests=requests)
    await lived({"type": "http"}, None, None)
    await requests.close(0.01)
    page, socket = Answered(), Answered()
    await lived({"type": "http"}, None, page)
    await lived({"type": "websocket"}, None, socket)
    assert served == ["http"]
    assert (page.sent[0]["status"], dict(page.sent[0]["headers"])[b"retry-after"]) == (503, b"2")
    assert socket.sent == [{"type": "websocket.close", "code": 1012}]


async def test_the_end_waits_for_requests_that_are_under_way_but_not_for_ever() -> None:
    going_on = asyncio.Event()

    async def application(scope: dict[str, str], receive: object, send: object) -> None:
        await going_on.wait()

    requests = Requests()
    request = asyncio.create_task(Lived(application, requests=requests)({"type": "http"}, None, None))
    await asyncio.sleep(0)
    await requests.close(0.01)
    assert not request.done(), "it gave up waiting"
    closing = asyncio.create_task(requests.close(30))
    going_on.set()
    await asyncio.gather(request, closing)
