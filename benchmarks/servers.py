"""Starts what is measured: the paced provider, the floor, and Maestro as it is served in production, on data of its own."""

from __future__ import annotations

import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import msgspec

from benchmarks.readers import Order, Report, Who
from tests.support.waiting import wait_until
from tests.system.servers import ROOT, clean_environment, free_port, running_process

_COMMANDS = {
    "uvicorn": "uvicorn {app} --log-level warning --no-access-log --ws-per-message-deflate false --port {port}",
    "daphne": "daphne {app} --bind 127.0.0.1 --port {port} --verbosity 0 --websocket_timeout -1 --ping-interval 20 --ping-timeout 60",
}
STORED, UNSTORED = "maestro.asgi:application", "benchmarks.unstored:application"


class Provider:
    """The paced provider at `url`."""

    def __init__(self, url: str) -> None:
        self.url = url

    def closed(self) -> dict[str, int]:
        """When each reader left before the end, in microseconds."""
        return self._told("/closed")

    def _told(self, path: str) -> dict[str, int]:
        return httpx.get(self.url + path, trust_env=False).json()  # type: ignore[no-any-return]


class Measured:
    """A server under measurement: where it listens, its process, and who may sign in."""

    def __init__(self, host: str, pid: int, pages: list[Who], *, is_floor: bool = False) -> None:
        self.host, self.pid, self.pages, self.is_floor = host, pid, pages, is_floor
        self.filled = b""  # what the module said that made more rows

    def measure(self, pages: int, **order: float) -> Report:
        """Have `pages` pages ask and read, from a process of their own."""
        wanted = Order(
            host=self.host, pid=self.pid, pages=self.pages[:pages], is_floor=self.is_floor, **order
        )
        with tempfile.TemporaryDirectory() as folder:
            report = Path(folder) / "report.json"
            command = [sys.executable, "-m", "benchmarks.readers", str(report)]
            subprocess.run(command, cwd=ROOT, input=msgspec.json.encode(wanted), check=True, timeout=120)
            return msgspec.json.decode(report.read_bytes(), type=Report)


@contextmanager
def provider() -> Iterator[Provider]:
    """The paced provider in a process of its own."""
    with _python("benchmarks.upstream") as (port, _):
        yield Provider(f"http://127.0.0.1:{port}")


@contextmanager
def floor(upstream: Provider, *, pages: int, loop: str = "asyncio") -> Iterator[Measured]:
    """The least program, ready to answer."""
    with _python("benchmarks.floor", upstream.url, loop) as (port, pid):
        yield Measured(f"127.0.0.1:{port}", pid, [Who()] * pages, is_floor=True)


@contextmanager
def maestro(
    kind: str, upstream: Provider, *, pages: int, app: str = STORED, fill: str = "", **settings: str
) -> Iterator[Measured]:
    """Maestro under `kind` ("uvicorn" or "daphne") with `pages` users who are signed in; the module `fill` makes more."""
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        environment = clean_environment(
            Path(folder),
            PORT=str(port),
            MAESTRO_ANTHROPIC_BASE_URL=upstream.url,
            LOG_LEVEL="WARNING",
            **settings,
        )
        who = msgspec.json.decode(_run(environment, "benchmarks.prepare", str(pages)), type=list[Who])
        filled = _run(environment, fill, "--fill") if fill else b""
        command = [sys.executable, "-m", *_COMMANDS[kind].format(app=app, port=port).split()]
        with running_process(command, environment, Path(folder) / "server.log") as server:
            measured = Measured(f"127.0.0.1:{port}", server.process.pid, who)
            measured.filled = filled
            yield measured


def _run(environment: dict[str, str], *module: str) -> bytes:
    """What a module prints that has the server's environment."""
    return subprocess.run(
        [sys.executable, "-m", *module], cwd=ROOT, env=environment, stdout=subprocess.PIPE, check=True
    ).stdout


@contextmanager
def _python(module: str, *arguments: str) -> Iterator[tuple[int, int]]:
    """A module that listens on the port of its first argument; yields port and process id."""
    port = free_port()
    with subprocess.Popen([sys.executable, "-m", module, str(port), *arguments], cwd=ROOT) as process:
        try:
            wait_until(lambda: _answers(port), seconds=20)
            yield port, process.pid
        finally:
            process.kill()


def _answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True
