"""Mounts the provider simulator under `/simulator/`, beside Django and not inside it.

It must not pass through Django: a sync view that asks the simulator would wait for itself.
"""

from __future__ import annotations

from typing import Any

from providers.simulator.app import create_app
from providers.simulator.switches import Script

PREFIX = "/simulator"


def mount_simulator(django: Any, *, secret: str, expires_in: int) -> Any:
    """An ASGI application that sends `/simulator/…` to the simulator and the rest to `django`."""
    simulator = create_app(Script(expires_in=expires_in), secret=secret)

    async def dispatch(scope: Any, receive: Any, send: Any) -> None:
        path: str = scope["path"]
        if path != PREFIX and not path.startswith(f"{PREFIX}/"):
            await django(scope, receive, send)
            return
        inner = {
            **scope,
            "path": path[len(PREFIX) :] or "/",
            "root_path": scope.get("root_path", "") + PREFIX,
        }
        await simulator(inner, receive, send)

    return dispatch
