"""A person at a real server: makes an account, adds a session, and talks through a real websocket."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
from websockets.sync.client import ClientConnection, connect

from tests.support import plain
from tests.support.simulator import API_KEY
from tests.system.servers import Server

USERNAME, PASSWORD = "ada", "a-long-passphrase"
ANSWER_LIMIT_S = 30
# A page that is closed does not read what is still on its way; the client would wait for 10 s.
CLOSING_S = 0.5


class Person:
    """Signed in at one server; `session_id` is the id of the session that they added."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.cookies = httpx.Cookies()
        self.session_id = ""

    def make_account(self) -> None:
        path = self.server.setup_link.removeprefix(self.server.url)
        self.post(path, username=USERNAME, password1=PASSWORD, password2=PASSWORD)

    def sign_in(self) -> None:
        self.post("/accounts/login/", username=USERNAME, password=PASSWORD)

    def add_session(self) -> None:
        added = self.server.manage(
            "session", "add", "home", "--provider", "simulator", "--auth", "api_key", "--json",
            stdin=f"{API_KEY}\n",
        )  # fmt: skip
        assert added.returncode == 0, added.stderr
        self.session_id = json.loads(added.stdout)["id"]

    @contextmanager
    def page(self, *, origin: str | None = None) -> Iterator[Page]:
        """An open chat page: the websocket with the cookies of this browser."""
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        url = self.server.url.replace("http", "ws", 1) + "/ws/chat/"
        with connect(
            url,
            additional_headers={"Cookie": cookies},
            origin=origin or self.server.url,  # type: ignore[arg-type]  # a NewType of str
            compression=None,
            close_timeout=CLOSING_S,
        ) as socket:
            yield Page(socket, self.session_id)

    def post(self, path: str, **answers: str) -> None:
        """Fill in the form at `path` and send it; it must be accepted."""
        url = self.server.url + path
        with plain.client(cookies=self.cookies, timeout=30) as browser:
            browser.get(url)
            form = {**answers, "csrfmiddlewaretoken": browser.cookies["csrftoken"]}
            answer = browser.post(url, data=form, headers={"Referer": url})
            self.cookies = browser.cookies
        assert answer.status_code == 302, answer.text


class Page:
    """What the scripts of the chat page do, as far as a test needs it."""

    def __init__(self, socket: ClientConnection, session_id: str) -> None:
        self._socket = socket
        self._session_id = session_id
        self.ready = self.receive("ready")

    def ask(self, prompt: str) -> str:
        """Send a prompt in a new conversation; the id of its generation."""
        self.send(
            type="send", ref="1", conversation=str(uuid.uuid4()), client_id=str(uuid.uuid4()), text=prompt,
            session=self._session_id, model=None,
        )  # fmt: skip
        generation: str = self.receive("ack")["generation"]
        return generation

    def follow(self, generation: str) -> None:
        self.send(type="attach", ref="2", generation=generation, after_seq=0)

    def answer(self) -> tuple[str, dict[str, Any]]:
        """The text of the followed answer, and its last event."""
        text = ""
        while True:
            event: dict[str, Any] = self.receive("event")["event"]
            if event["type"] == "text_delta":
                text += event["text"]
            if event["type"] == "ended":
                return text, event

    def first_text(self) -> str:
        """The first piece of text of the followed answer."""
        while True:
            event = self.receive("event")["event"]
            if event["type"] == "text_delta":
                return str(event["text"])

    def send(self, **frame: Any) -> None:
        self._socket.send(json.dumps(frame))

    def receive(self, kind: str) -> dict[str, Any]:
        """The next frame of this kind; others are passed over, an unexpected error is a failure."""
        while True:
            frame: dict[str, Any] = json.loads(self._socket.recv(timeout=ANSWER_LIMIT_S))
            assert kind == "error" or frame["type"] != "error", frame
            if frame["type"] == kind:
                return frame

    def stays_open(self, seconds: float) -> bool:
        """Whether the socket is silent and open for so long."""
        try:
            self._socket.recv(timeout=seconds)
        except TimeoutError:
            return True
        return False
