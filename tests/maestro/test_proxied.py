"""Behind a proxy, whoever asks is the address that the proxy saw, whatever they wrote themselves."""

from __future__ import annotations

from typing import Any

import pytest

from maestro.proxied import Proxied

PROXY = ["127.0.0.1", 4711]


async def client_of(*forwarded: bytes, kind: str = "http") -> Any:
    seen = []

    async def application(scope: Any, receive: Any, send: Any) -> None:
        seen.append(scope.get("client"))

    headers = [(b"host", b"maestro.example"), *((b"x-forwarded-for", value) for value in forwarded)]
    await Proxied(application)({"type": kind, "headers": headers, "client": PROXY}, None, None)
    return seen[0]


@pytest.mark.parametrize("kind", ["http", "websocket"])
@pytest.mark.parametrize(
    ("forwarded", "client"),
    [
        ([b"203.0.113.9"], "203.0.113.9"),
        ([b"10.0.0.1, 203.0.113.9"], "203.0.113.9"),
        ([b"10.0.0.1", b"203.0.113.9"], "203.0.113.9"),
        ([b"10.0.0.1,2001:DB8::1"], "2001:db8::1"),
    ],
)
async def test_the_last_entry_counts(forwarded: list[bytes], client: str, kind: str) -> None:
    assert await client_of(*forwarded, kind=kind) == [client, 0]


@pytest.mark.parametrize(
    "forwarded", [[], [b""], [b"unknown"], [b"203.0.113.9,"], [b"\xff\xfe"], [b"<script>"]]
)
async def test_what_is_no_address_leaves_the_proxy(forwarded: list[bytes]) -> None:
    assert await client_of(*forwarded) == PROXY


async def test_other_events_of_a_server_pass() -> None:
    seen = []

    async def application(scope: Any, receive: Any, send: Any) -> None:
        seen.append(scope)

    await Proxied(application)({"type": "lifespan"}, None, None)
    assert seen == [{"type": "lifespan"}]
