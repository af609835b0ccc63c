"""The Procfile's processes on PostgreSQL and Redis, as honcho starts them."""

from __future__ import annotations

import json
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from providers.simulator.app import create_app
from providers.simulator.switches import Script
from tests.support import plain
from tests.support.machine import REDIS_URL
from tests.support.simulator import RunningSimulator, running_simulator
from tests.system.servers import ROOT, clean_environment, free_port

pytestmark = [pytest.mark.postgres, pytest.mark.redis, pytest.mark.slow]
TOKEN_LIFETIME_S = 60


@pytest.fixture
def simulator() -> Iterator[RunningSimulator]:
    with running_simulator(create_app(Script(pace=0, expires_in=TOKEN_LIFETIME_S))) as running:
        yield running


@pytest.fixture
def environment(
    tmp_path: Path, postgres_url: str, redis_prefix: str, simulator: RunningSimulator
) -> dict[str, str]:
    return clean_environment(
        tmp_path,
        SECRET_KEY=secrets.token_urlsafe(48),
        SALT_KEY=secrets.token_urlsafe(48),
        DATABASE_URL=postgres_url,
        REDIS_URL=REDIS_URL,
        REDIS_PREFIX=redis_prefix,
        MAESTRO_SIMULATOR="1",
        MAESTRO_SIMULATOR_BASE_URL=simulator.url,
        PORT=str(free_port()),
    )


def test_worker_refreshes_a_sixty_second_token_before_it_expires(
    environment: dict[str, str], simulator: RunningSimulator, tmp_path: Path
) -> None:
    with _honcho(environment, tmp_path / "honcho.log") as log:
        _until(lambda: _is_ready(environment), "the web process is ready", log)
        _log_in(environment, simulator)
        before = _session(environment)
        logged_in_at = time.monotonic()
        _until(lambda: _session(environment)["expires_at"] > before["expires_at"], "a refresh", log)
        assert time.monotonic() - logged_in_at < TOKEN_LIFETIME_S
        after = _session(environment)
        answer = _manage(environment, "ask", "home", "What is the capital of France?")
    assert after["status"] == "active"
    assert after["expires_at"] > before["expires_at"]
    assert "Paris" in answer.stdout
    assert simulator.state.replays == 0
    assert "Traceback" not in log.read_text()


@contextmanager
def _honcho(environment: dict[str, str], log: Path) -> Iterator[Path]:
    """`honcho start` with everything in the Procfile; ended by its process id, with its children."""
    with log.open("w") as output:
        process = subprocess.Popen(
            [str(Path(sys.executable).parent / "honcho"), "start", "--no-prefix"],
            cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
    try:
        yield log
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(60)
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)


def _until(condition: Callable[[], bool], what: str, log: Path, limit_s: float = 90) -> None:
    deadline = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < deadline, f"{what} did not happen in {limit_s} s:\n{log.read_text()}"
        time.sleep(0.5)  # another process decides; polling its state is the only way to wait for it


def _is_ready(environment: dict[str, str]) -> bool:
    try:
        return plain.get(f"http://127.0.0.1:{environment['PORT']}/readyz").status_code == 200
    except httpx.TransportError:
        return False


def _log_in(environment: dict[str, str], simulator: RunningSimulator) -> None:
    _manage(environment, "createsuperuser", "--noinput", "--username", "ada", "--email", "ada@example.org",
            DJANGO_SUPERUSER_PASSWORD=secrets.token_urlsafe())  # fmt: skip
    _manage(environment, "session", "add", "home", "--provider", "simulator", "--auth", "oauth")
    command = [sys.executable, "manage.py", "session", "login", "home"]
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        url = next(line.strip() for line in process.stdout if line.startswith("http"))
        process.stdin.write(simulator.approve(url) + "\n")
        process.stdin.close()
        process.stdout.read()
    assert process.returncode == 0


def _session(environment: dict[str, str]) -> dict[str, Any]:
    shown: dict[str, Any] = json.loads(_manage(environment, "session", "show", "home", "--json").stdout)
    return shown


def _manage(environment: dict[str, str], *arguments: str, **extra: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT, env=environment | extra, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done
