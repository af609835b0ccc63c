"""A server whose answers are given by the test, and short ways to make what is sent to it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from providers.credentials import ApiKeyCredential, Secret
from providers.interface import Provider
from providers.messages import ChatMessage, ChatRequest, TextPart
from providers.registry import build_provider
from providers.simulator.asgi import Receive, Scope, Send

FIXTURES = Path(__file__).parent / "anthropic" / "fixtures"
API_KEY = "sk-ant-api03-" + "k" * 80 + "a1b2"
CREDENTIAL = ApiKeyCredential(Secret(API_KEY))


class Request:
    """One request as it arrived, header names in lower case."""

    def __init__(self, scope: Scope, body: bytes) -> None:
        self.method: str = scope["method"]
        self.path: str = scope["raw_path"].decode()
        self.query: str = scope["query_string"].decode()
        self.header_list = [(name.decode().lower(), value.decode()) for name, value in scope["headers"]]
        self.headers = dict(self.header_list)
        self.body = body
        self.port: int = scope["client"][1]

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Canned:
    """Answers with the queued answers in turn; the last one is used again and again."""

    def __init__(self) -> None:
        self.url = ""
        self.reset()

    def reset(self) -> None:
        """Forget everything, for the next test."""
        self.requests: list[Request] = []
        self._answers: list[tuple[int, list[tuple[str, str]], Sequence[bytes]]] = []
        self._last: tuple[int, list[tuple[str, str]], Sequence[bytes]] = (500, [], [])

    def answer(
        self,
        body: object = b"",
        *,
        status: int = 200,
        content_type: str = "application/json",
        headers: Sequence[tuple[str, str]] = (),
    ) -> None:
        """Queue one answer: `body` is bytes, a list of chunks, text, or anything JSON can hold."""
        if isinstance(body, bytes):
            body = [body]
        elif isinstance(body, str):
            body = [body.encode()]
        elif not (isinstance(body, list) and all(isinstance(chunk, bytes) for chunk in body)):
            body = [json.dumps(body).encode()]
        self._answers.append((status, [("content-type", content_type), *headers], body))

    def stream(self, fixture: str, **headers: str) -> None:
        """Queue a fixture as an event stream."""
        text = (FIXTURES / f"{fixture}.sse").read_bytes()
        named = [(name.replace("_", "-"), value) for name, value in headers.items()]
        self.answer(text, content_type="text/event-stream; charset=utf-8", headers=named)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = b""
        more = True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        self.requests.append(Request(scope, body))
        if self._answers:
            self._last = self._answers.pop(0)
        status, headers, chunks = self._last
        raw = [(name.encode(), value.encode()) for name, value in headers]
        await send({"type": "http.response.start", "status": status, "headers": raw})
        for chunk in chunks:
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await send({"type": "http.response.body", "body": b""})


def anthropic_at(url: str, **settings: str) -> Provider:
    """The real provider with every address at `url`."""
    values = {
        "base_url": url,
        "oauth_client_id": "client-1",
        "oauth_authorize_url": f"{url}/authorize",
        "oauth_token_url": f"{url}/token",
        "oauth_redirect_uri": f"{url}/callback",
    }
    return build_provider("anthropic", values | settings)


def ask(text: str = "Hello", *, model: str = "claude-opus-5-5", **more: Any) -> ChatRequest:
    """A chat request with one user message."""
    return ChatRequest(model=model, messages=(ChatMessage("user", (TextPart(text=text),)),), **more)
