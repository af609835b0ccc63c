"""The stand-alone program under daphne, which cuts connections in its own way."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator

import httpx
import pytest

from providers.simulator.run import make_server
from tests.providers.simulator.client import HEADERS, body_for, get, send
from tests.support.waiting import wait_until


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "providers.simulator.run", "--port", str(port), "--pace", "0"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    base = f"http://127.0.0.1:{port}"
    try:
        wait_until(lambda: _answers(base), seconds=20)
        yield base
    finally:
        process.terminate()
        assert process.wait(10) == 0


def _answers(base: str) -> bool:
    try:
        return get(f"{base}/control").status_code == 200
    except httpx.TransportError:
        return False


def test_command_line_sets_address_and_switches() -> None:
    server = make_server(["--host", "::1", "--port", "99", "--pace", "5", "--expires-in", "60"])
    assert server.endpoints == ["tcp:port=99:interface=\\:\\:1"]
    assert (server.application.script.switches.pace, server.application.script.switches.expires_in) == (5, 60)


def test_daphne_serves_a_stream(url: str) -> None:
    answer = send(f"{url}/v1/messages", headers=HEADERS, json=body_for("hi", stream=True))
    assert answer.text.endswith('data: {"type":"message_stop"}\n\n')


@pytest.mark.parametrize("fault", ["hang_up", "cut 3", "cut_utf8 3"])
def test_daphne_breaks_the_connection(url: str, fault: str) -> None:
    body = body_for(f"/simulate {fault}\nhi", stream=True)
    with pytest.raises(httpx.RemoteProtocolError):
        send(f"{url}/v1/messages", headers=HEADERS, json=body)


def test_daphne_tells_that_the_client_left(url: str) -> None:
    body = body_for("/simulate silence 60\nhi", stream=True)
    with pytest.raises(httpx.ReadTimeout):
        send(f"{url}/v1/messages", headers=HEADERS, json=body, timeout=httpx.Timeout(10, read=0.3))
    wait_until(lambda: get(f"{url}/control").json()["counters"]["open_streams"] == 0)
