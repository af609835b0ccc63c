"""Real server processes for tests: started on a free port, watched, stopped by their process id."""

from __future__ import annotations

import atexit
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import IO

import httpx

from tests.support import plain

ROOT = Path(__file__).parents[2]
START_LIMIT_S = 60.0
LINK_LIMIT_S = 10.0
DATABASE = "maestro.sqlite3"  # in the data folder


def clean_environment(data_dir: Path, **extra: str) -> dict[str, str]:
    """The environment of a newcomer: nothing of Maestro's set, except what the test says.

    Empty counts as not set, and keeps a developer's own `.env` out.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("MAESTRO_", "DJANGO_"))}
    unset = dict.fromkeys(documented_variables(), "")
    return {
        **kept,
        **unset,
        "MAESTRO_DATA_DIR": str(data_dir),
        "PYTHONUNBUFFERED": "1",
        "MAESTRO_AUTO_TITLES": "0",
        **extra,
    }


def documented_variables() -> set[str]:
    """Every variable that Maestro reads, as `.env.example` lists them."""
    return set(re.findall(r"^([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class Server:
    """A running `manage.py serve`. `output` is everything it has printed so far."""

    process: subprocess.Popen[str]
    url: str
    log: IO[str]
    environment: dict[str, str] = field(repr=False)

    @property
    def output(self) -> str:
        return Path(self.log.name).read_text()

    @property
    def setup_link(self) -> str:
        """What it prints for the first visitor, a moment after it answers."""
        deadline = time.monotonic() + LINK_LIMIT_S
        while not (match := re.search(r"http://\S+/setup/\S+(?=\s)", self.output)):
            assert time.monotonic() < deadline, f"no set-up link in: {self.output}"
            time.sleep(0.05)  # polling is the condition here too
        return match.group()

    def stop(self, signum: int = signal.SIGTERM) -> float:
        """Stop it; the seconds that took."""
        began = time.monotonic()
        self.process.send_signal(signum)
        self.process.wait(60)
        return time.monotonic() - began

    def manage(self, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        """Run a management command beside the server, on the same data."""
        return subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT, env=self.environment, input=stdin, capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip


@contextmanager
def running_process(
    command: list[str], environment: dict[str, str], log_path: Path, *, at: str = "127.0.0.1"
) -> Iterator[Server]:
    """A server started by `command` on the port in `environment["PORT"]`, ready to answer `at` that address."""
    log_path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)  # as Maestro itself would make it
    with log_path.open("w") as log:
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT, text=True
        )
        server = Server(process, f"http://{at}:{environment['PORT']}", log, environment)
        try:
            wait_until_ready(server)
            yield server
        finally:
            if process.poll() is None:
                process.kill()
                process.wait(10)


@contextmanager
def running_server(data_dir: Path, *, is_new: bool = False, **extra: str) -> Iterator[Server]:
    """`manage.py serve` on a free port, with the simulator, ready to answer.

    A folder without a database gets an empty one that is migrated already, unless the start that makes everything is
    what the test is about: `is_new`.
    """
    port = free_port()
    environment = clean_environment(data_dir, **({"MAESTRO_SIMULATOR": "1", "PORT": str(port)} | extra))
    if not is_new and not (data_dir / DATABASE).exists():
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        shutil.copy(_migrated_database(), data_dir / DATABASE)
    command = [sys.executable, "manage.py", "serve"]
    with running_process(command, environment, data_dir / "server.log") as server:
        yield server


@cache
def _migrated_database() -> Path:
    """What `manage.py migrate` makes of nothing: once for all servers of a run, because it costs each one two seconds."""
    folder = Path(tempfile.mkdtemp(prefix="maestro-migrated-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    command = [sys.executable, "manage.py", "migrate", "--verbosity=0"]
    subprocess.run(command, cwd=ROOT, env=clean_environment(folder), check=True)
    return folder / DATABASE


def wait_until_ready(server: Server) -> None:
    """Until `/readyz` says so; fails with the server's own output."""
    deadline = time.monotonic() + START_LIMIT_S
    with plain.client(timeout=5) as asking:
        while time.monotonic() < deadline:
            assert server.process.poll() is None, f"the server ended:\n{server.output}"
            try:
                if asking.get(f"{server.url}/readyz").status_code == 200:
                    return
            except httpx.TransportError:
                time.sleep(0.05)  # polling is the condition here: nothing tells us when the port opens
    raise AssertionError(f"not ready after {START_LIMIT_S} s:\n{server.output}")
