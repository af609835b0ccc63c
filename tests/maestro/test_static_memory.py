"""Files that browsers keep for good: asked of Django once, and given again to the letter."""

from __future__ import annotations

from typing import Any

import pytest

from maestro.static_memory import RememberedStatic

PATH = "/static/0123456789ab/chat/js/chat.js"
GOOD = [(b"Content-Type", b"text/javascript"), (b"Cache-Control", b"max-age=315360000, public, immutable")]
Message = dict[str, Any]


class Django:
    """Answers each request with its number; remembers how many came."""

    def __init__(
        self, *, status: int = 200, headers: list[tuple[bytes, bytes]] = GOOD, body: bytes = b""
    ) -> None:
        self.asked, self._status, self._headers, self._body = 0, status, headers, body

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.asked += 1
        await send({"type": "http.response.start", "status": self._status, "headers": self._headers})
        await send({"type": "http.response.body", "body": b"answer ", "more_body": True})
        await send({"type": "http.response.body", "body": self._body or str(self.asked).encode()})


async def get(
    application: Any, path: str = PATH, *headers: tuple[bytes, bytes], method: str = "GET", kind: str = "http"
) -> tuple[list[tuple[bytes, bytes]], bytes]:
    """Headers and body that arrive."""
    sent = list[Message]()

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"type": kind, "method": method, "path": path, "scheme": "http", "headers": list(headers)}
    await application(scope, None, send)
    return sent[0]["headers"], b"".join(message["body"] for message in sent[1:])


async def test_the_second_browser_gets_what_the_first_one_got() -> None:
    django = Django()
    static = RememberedStatic(django)
    assert await get(static) == (GOOD, b"answer 1") == await get(static)
    assert django.asked == 1
    assert (await get(static, PATH + ".map"))[1] == b"answer 2"


@pytest.mark.parametrize(
    "headers",
    [
        [(b"accept-encoding", b"gzip, deflate")],
        [(b"x-forwarded-proto", b"https")],
        [(b"accept-encoding", b"identity"), (b"accept-encoding", b"br")],
    ],
)
async def test_what_the_answer_depends_on_is_asked_for_apart(headers: list[tuple[bytes, bytes]]) -> None:
    static = RememberedStatic(Django())
    assert (await get(static))[1] == b"answer 1"
    assert (await get(static, PATH, *headers))[1] == b"answer 2" == (await get(static, PATH, *headers))[1]
    assert (await get(static))[1] == b"answer 1"


@pytest.mark.parametrize(
    "asked",
    [
        {"method": "HEAD"},
        {"method": "POST"},
        {"path": "/static/chat/js/chat.js"},
        {"path": f"/c/{PATH}"},
        {"kind": "websocket"},
        {"headers": [(b"range", b"bytes=0-1")]},
        {"headers": [(b"if-none-match", b'"1"')]},
        {"headers": [(b"if-modified-since", b"Thu, 26 Nov 2026 20:00:00 GMT")]},
        {"headers": [(b"accept-encoding", b"gzip;q=0, identity")]},
        {"headers": [(b"x-forwarded-proto", b"https, http")]},
        {"headers": [(b"x-forwarded-proto", b"http"), (b"x-forwarded-proto", b"https")]},
    ],
)
async def test_whatever_else_is_asked_goes_to_django(asked: dict[str, Any]) -> None:
    static = RememberedStatic(Django())
    await get(static)
    request = {"path": PATH, **asked}
    headers = request.pop("headers", [])
    answers = [
        (await get(static, request["path"], *headers, **{k: v for k, v in request.items() if k != "path"}))[1]
        for _ in range(2)
    ]
    assert answers == [b"answer 2", b"answer 3"]


@pytest.mark.parametrize(
    "django",
    [
        Django(headers=[(b"Cache-Control", b"max-age=60, public")]),
        Django(headers=[]),
        Django(status=404),
        Django(status=301),
        Django(body=b"x" * 600_000),
    ],
)
async def test_what_may_not_be_kept_is_asked_for_each_time(django: Django) -> None:
    static = RememberedStatic(django)
    for _ in range(2):
        await get(static)
    assert django.asked == 2


async def test_an_answer_that_breaks_off_is_not_remembered() -> None:
    async def broken(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": GOOD})
        await send({"type": "http.response.body", "body": b"half", "more_body": True})

    static = RememberedStatic(broken)
    for _ in range(2):
        assert await get(static) == (GOOD, b"half")
    assert not static._answers
