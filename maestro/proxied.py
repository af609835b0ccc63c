"""Who asks, where a proxy stands in front: its last word, under every server alike.

A proxy appends the address that it sees to X-Forwarded-For, and what stands before it was sent by whoever asks, who may
write there what they like. daphne believes the first entry, with which anybody could pass the limit of wrong passwords.
https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/X-Forwarded-For#security_and_privacy_concerns
"""

from __future__ import annotations

from ipaddress import ip_address
from typing import Any

_HEADER = b"x-forwarded-for"


class Proxied:
    """An ASGI application whose `client` is the one that the proxy saw. For servers that are reached by a proxy only."""

    def __init__(self, application: Any) -> None:
        self._application = application

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] in {"http", "websocket"} and (address := _last_address(scope["headers"])):
            scope = {**scope, "client": [address, 0]}
        await self._application(scope, receive, send)


def _last_address(headers: Any) -> str:
    """The last entry of the last such header; "" if there is none, or if it is no address."""
    values = [value for name, value in headers if name.lower() == _HEADER]
    entry = values[-1].rpartition(b",")[2].strip().decode("latin-1") if values else ""
    try:
        return str(ip_address(entry))
    except ValueError:
        return ""
