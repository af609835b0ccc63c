"""One installation for tests: its data, its people, and servers that are started and killed at will."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tests.reliability.streams.inside_names import PROBE
from tests.support.simulator import RunningSimulator
from tests.support.waiting import STEP
from tests.system.servers import ROOT, START_LIMIT_S, clean_environment, free_port

# Far over what a person may: these tests do in a minute what a person does in a year.
FREE_LIMITS = {
    "MAESTRO_MAX_SOCKETS_PER_USER": "100000",
    "MAESTRO_MAX_RUNNING_PER_USER": "100000",
    "MAESTRO_SENDS_PER_MINUTE": "10000000",
}


@dataclass(frozen=True)
class Person:
    """A user with one session at the simulator, signed in."""

    user: int
    session: str
    cookie: str


class Served:
    """A running server process."""

    def __init__(self, pid: int, port: int) -> None:
        self.pid, self.port = pid, port
        self.url = f"http://127.0.0.1:{port}"
        self._handle = os.pidfd_open(pid)
        self.is_alive = True

    def address(self) -> str:
        """For a tab: where it connects next."""
        return self.url

    def signal(self, number: int) -> None:
        with suppress(ProcessLookupError):
            os.kill(self.pid, number)

    def kill(self) -> float:
        """End it at once; the time of that, in seconds since the epoch."""
        killed_at = time.time()
        self.signal(signal.SIGKILL)
        self.wait(10)
        return killed_at

    def wait(self, seconds: float) -> None:
        """Until it has ended; fails the test after `seconds`."""
        if self.is_alive:
            assert select.select([self._handle], [], [], seconds)[0], "the server did not end"
            os.close(self._handle)
            self.is_alive = False

    def held(self) -> dict[str, int]:
        """Tasks, threads, descriptors and bytes of memory of the process."""
        numbers: dict[str, int] = httpx.get(self.url + PROBE, trust_env=False, timeout=30).json()
        return numbers


class Installation:
    """`people` are ready to chat. Every server works on the same data."""

    def __init__(self, folder: Path, upstream: RunningSimulator, **extra: str) -> None:
        self.upstream = upstream
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        settings = {
            "DJANGO_SETTINGS_MODULE": "maestro.settings",
            "MAESTRO_SIMULATOR": "1",
            "MAESTRO_SIMULATOR_BASE_URL": upstream.url,
            "LOG_LEVEL": "WARNING",
        }
        self.environment = clean_environment(folder / "var", **(settings | FREE_LIMITS | extra))
        self.environment.pop("PYTHONDEVMODE", None)
        self.people: list[Person] = []
        self._servers: list[Served] = []
        self._lock = threading.Lock()
        self._zygote: subprocess.Popen[str] | None = None

    @property
    def log(self) -> Path:
        return self.folder / "server.log"

    def begin(self, people: int) -> None:
        with self.log.open("w") as log:
            self._zygote = subprocess.Popen(
                [sys.executable, "-m", "tests.reliability.streams.zygote"],
                cwd=ROOT, env=self.environment, text=True,
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log,
            )  # fmt: skip
        self.people = [Person(**one) for one in self.call("set_up", users=people)]

    def call(self, function: str, **arguments: Any) -> Any:
        """What a function of `inside` returns."""
        result = self._order(do="call", function=function, arguments=arguments)["result"]
        assert not (isinstance(result, dict) and "error" in result), self.log.read_text()[-4000:]
        return result

    def serve(self, kind: str = "uvicorn", *, speed: float = 1, wait: bool = True, **timing: float) -> Served:
        """A server process of this kind. Of uvicorn, `speed` is that of its clock, `timing` that of its runner."""
        port = free_port()
        order = {"do": "serve", "kind": kind, "port": port, "speed": speed, "timing": timing}
        server = Served(self._order(**order)["pid"], port)
        self._servers.append(server)
        if wait:
            self.wait_for(server)
        return server

    def wait_for(self, server: Served) -> None:
        """Until it answers."""
        deadline = time.monotonic() + START_LIMIT_S
        while True:
            with suppress(httpx.TransportError):
                if httpx.get(f"{server.url}/healthz", trust_env=False, timeout=5).status_code == 200:
                    return
            assert time.monotonic() < deadline, self.log.read_text()[-4000:]
            time.sleep(STEP)  # polling is the condition here: nothing tells us when the port opens

    def end(self) -> None:
        """Nothing outlives its test."""
        for server in self._servers:
            server.kill()
        if self._zygote is not None:
            assert self._zygote.stdin is not None
            assert self._zygote.stdout is not None
            self._zygote.stdin.close()
            self._zygote.wait(10)
            self._zygote.stdout.close()

    def _order(self, **order: Any) -> dict[str, Any]:
        assert self._zygote is not None
        assert self._zygote.stdin is not None
        assert self._zygote.stdout is not None
        with self._lock:
            self._zygote.stdin.write(json.dumps(order) + "\n")
            self._zygote.stdin.flush()
            line = self._zygote.stdout.readline()
        assert line, self.log.read_text()[-4000:]
        answer: dict[str, Any] = json.loads(line)
        return answer


@contextmanager
def installed(
    folder: Path, upstream: RunningSimulator, *, people: int = 1, **extra: str
) -> Iterator[Installation]:
    """An installation that is ready, and gone afterwards."""
    installation = Installation(folder, upstream, **extra)
    try:
        installation.begin(people)
        yield installation
    finally:
        installation.end()
