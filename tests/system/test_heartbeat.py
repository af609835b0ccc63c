"""Proxies cut connections that are silent for 60 to 100 seconds, so the server pings each socket."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any

import pytest
from websockets.frames import Frame, Opcode
from websockets.sync.client import ClientConnection, connect

from tests.system.person import Person
from tests.system.servers import running_server

pytestmark = [pytest.mark.slow, pytest.mark.repeats, pytest.mark.waits]
LIMIT_S = 30.0  # 20 by the protocol; the rest is for a busy machine, and still half of what a proxy waits


class Listening(ClientConnection):
    """Notes when the first ping of the server comes."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.pinged = threading.Event()

    def process_event(self, event: Any) -> None:
        if isinstance(event, Frame) and event.opcode is Opcode.PING:
            self.pinged.set()
        super().process_event(event)


def test_a_silent_socket_is_pinged_before_a_proxy_would_cut_it(tmp_path: Path) -> None:
    with running_server(tmp_path / "var") as server:
        person = Person(server)
        person.make_account()
        cookies = "; ".join(f"{name}={value}" for name, value in person.cookies.items())
        url = server.url.replace("http", "ws", 1) + "/ws/chat/"
        began = time.monotonic()
        with connect(
            url,
            additional_headers={"Cookie": cookies},
            origin=server.url,  # type: ignore[arg-type]  # a NewType of str
            create_connection=Listening,
            ping_interval=None,
        ) as socket:
            assert isinstance(socket, Listening)
            assert socket.pinged.wait(LIMIT_S)
            assert time.monotonic() - began < LIMIT_S
