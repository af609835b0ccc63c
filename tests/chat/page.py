"""A page as the server sees it: a signed-in websocket, and the browser's rule for reading events."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from asgiref.testing import ApplicationCommunicator
from channels.testing import WebsocketCommunicator
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client

from chat.log import units
from chat.threads import in_thread
from maestro.asgi import router
from sessions_app.models import ProviderSession
from tests.chat.rows import QUESTION

Frame = dict[str, Any]
_TEXT = {"text_delta": "text", "thinking_delta": "text", "tool_input_delta": "partial_json"}


class Reader:
    """Builds a generation's text from `event` frames by the rule that the protocol gives to browsers."""

    def __init__(self, after_seq: int = 0) -> None:
        self.seq, self.offset, self.whole = after_seq, 0, True
        self.text = self._arriving = ""
        self.ended: Frame | None = None

    @property
    def last_whole(self) -> int:
        return self.seq if self.whole else self.seq - 1

    def take(self, frame: Frame) -> None:
        if frame["type"] == "whole":
            self._arriving += "".join(one["text"] for one in frame["events"] if one["type"] == "text_delta")
            if not frame["more"]:
                self.seq, self.offset, self.whole = frame["seq"], 0, True
                self.text, self._arriving = self._arriving, ""
            return
        event = frame["event"]
        piece: str = event.get(_TEXT.get(event["type"], ""), "")
        if frame["seq"] < self.seq:
            return
        if frame["seq"] == self.seq:
            known = self.offset - frame["at"]
            assert known >= 0, "a gap"
            piece = piece.encode("utf-16-le")[2 * known :].decode("utf-16-le") if not self.whole else ""
            self.offset += units(piece)
        else:
            assert (frame["seq"], frame["at"]) == (self.seq + 1, 0), "a gap"
            self.seq, self.offset, self.whole = frame["seq"], units(piece), event["type"] not in _TEXT
        if event["type"] == "text_delta":
            self.text += piece
        if event["type"] == "ended":
            self.ended = event


class Socket(WebsocketCommunicator):
    """A websocket whose server closes its database connections as it does in production.

    Channels' own communicator turns that off while it sends and receives, and where two do so at once it stays off.
    """

    async def send_input(self, message: Any) -> None:
        await ApplicationCommunicator.send_input(self, message)

    async def receive_output(self, timeout: float = 1) -> Any:  # noqa: ASYNC109 - the signature of what it replaces
        return await ApplicationCommunicator.receive_output(self, timeout)


class Page:
    """One websocket with helpers; frames that a helper does not want are kept for the next."""

    def __init__(self, socket: Socket) -> None:
        self.socket = socket
        self.kept: list[Frame] = []
        self.reading = asyncio.Lock()  # else one reader could keep the frame that another waits for

    async def send(self, **frame: Any) -> None:
        await self.socket.send_to(text_data=json.dumps(frame, default=str))

    async def receive(self, wanted: Callable[[Frame], bool]) -> Frame:
        """The next frame that is `wanted`."""
        async with self.reading:
            for position, frame in enumerate(self.kept):
                if wanted(frame):
                    return self.kept.pop(position)
            while True:
                frame = json.loads(await self.socket.receive_from(timeout=5))
                if wanted(frame):
                    return frame
                self.kept.append(frame)

    async def receive_type(self, kind: str) -> Frame:
        return await self.receive(lambda frame: frame["type"] == kind)

    async def ask(self, session: ProviderSession, text: str = QUESTION, **changes: Any) -> Frame:
        """Send a message; returns its `ack` or `error`."""
        frame = {"conversation": uuid.uuid4(), "client_id": uuid.uuid4(), "text": text, "session": session.pk}
        return await self.do("send", **{**frame, **changes})

    async def do(self, kind: str, **fields: Any) -> Frame:
        """Send a frame of this type; returns its `ack` or `error`."""
        ref = uuid.uuid4().hex
        await self.send(type=kind, ref=ref, **fields)
        return await self.receive(lambda one: one.get("ref") == ref)

    async def state(self, wanted: Callable[[Frame], object]) -> Frame:
        """The next `conversation` frame that is wanted."""
        return await self.receive(lambda one: one["type"] == "conversation" and bool(wanted(one)))

    async def attach(self, generation: str, after_seq: int = 0) -> Frame:
        await self.send(type="attach", generation=generation, after_seq=after_seq)
        return await self.receive_type("snapshot")

    async def read(self, reader: Reader, until: Callable[[Reader], object] = lambda one: one.ended) -> Reader:
        """Let `reader` take events until it is content, by default with the end."""
        while not until(reader):
            reader.take(await self.receive(lambda frame: frame["type"] in {"event", "whole"}))
        return reader

    async def closed(self) -> int:
        """The code with which the server closes."""
        while True:
            output = await self.socket.receive_output(timeout=5)
            if output["type"] == "websocket.close":
                code: int = output["code"]
                return code
            self.kept.append(json.loads(output["text"]))


def cookie_of(user: User) -> str:
    """A fresh login of `user`: the value of the cookie."""
    client = Client()
    client.force_login(user)
    return client.cookies[settings.SESSION_COOKIE_NAME].value


@asynccontextmanager
async def open_page(
    user: User | None, *, cookie: str | None = None, agent: str = "", language: str = ""
) -> AsyncIterator[Page]:
    """A connected page of `user`, past its `ready`; `None` is nobody. `language` is what its browser prefers."""
    if cookie is None and user is not None:
        cookie = await in_thread(cookie_of, user)
    headers = [(b"origin", b"http://testserver"), (b"host", b"testserver")]
    headers += [(b"cookie", f"{settings.SESSION_COOKIE_NAME}={cookie}".encode())] if cookie else []
    headers += [(b"user-agent", agent.encode())] if agent else []
    headers += [(b"accept-language", language.encode())] if language else []
    socket = Socket(router, "/ws/chat/", headers=headers)
    connected, _ = await socket.connect(timeout=5)
    assert connected
    page = Page(socket)
    try:
        yield page
    finally:
        await socket.disconnect()
