"""What one vendor's wire is to the simulator: paths, and a way to say no. Knows no vendor.

To add a wire: make a package `providers/simulator/<vendor>/` with a function `make_wire(core) -> Wire`, and put
it into `WIRES` in `app`. It translates requests into the simulator's own form, which is a Messages body
(`prompt` has its shape), lets `compose` decide the answer, and gives `stream.ReplyStream` a `Dialect` that
writes it. So switches, answers, grants and counters are the same on every wire; `doors.Doors` has what the
endpoints share, and `oauth.OAuthDoors` takes an `OAuthDialect`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

import msgspec

from providers.messages import JsonObject
from providers.simulator.asgi import Exchange
from providers.simulator.failures import AnswerError
from providers.simulator.grants import GrantBook
from providers.simulator.state import SimulatorState
from providers.simulator.switches import Script

Door = Callable[[Exchange], Awaitable[None]]
Routes = Mapping[str, Mapping[str, Door]]


class Core(msgspec.Struct, frozen=True):
    """What all wires of one simulator share."""

    grants: GrantBook
    script: Script
    state: SimulatorState


class Wire(msgspec.Struct, frozen=True, kw_only=True):
    """One vendor's paths below `prefix` (none for the first wire).

    `routes` maps a path to doors by method; a path that ends in a slash stands for everything below it.
    `refuse` turns an error and the request's id into a status and a body.
    """

    prefix: str
    routes: Routes
    refuse: Callable[[AnswerError, str], tuple[int, JsonObject]]
    request_id_header: str = "request-id"

    def doors_at(self, path: str) -> Mapping[str, Door]:
        """The doors behind a path of this wire, by method; none for a path that does not exist."""
        inner = path.removeprefix(self.prefix)
        below = (route for route in self.routes if route.endswith("/") and inner.startswith(route))
        return self.routes.get(max(below, key=len, default=inner.rstrip("/") or "/"), {})


def wire_of(wires: tuple[Wire, ...], path: str) -> Wire:
    """The wire that a path belongs to: the one with the longest prefix that fits."""
    fitting = [wire for wire in wires if path == wire.prefix or path.startswith(f"{wire.prefix}/")]
    return max(fitting, key=lambda wire: len(wire.prefix))
