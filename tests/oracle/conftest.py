"""Starts the servers of others that speak our vendors' wires, each as a process of its own on a free port.

`scripts/oracles.sh` installs them. What is missing is skipped, with the reason in pytest's summary.
"""

from __future__ import annotations

import shutil
import socket
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.support import plain
from tests.support.waiting import wait_until

ROOT = Path(__file__).resolve().parents[2]
ORACLES = ROOT / ".oracles"
AIMOCK = ORACLES / "node_modules/@copilotkit/aimock/dist/cli.js"
LLMOCK = ORACLES / "venv/bin/llmock"
HINT = "is not installed; run scripts/oracles.sh"
START_SECONDS = 30.0


@pytest.fixture(scope="session")
def aimock() -> Iterator[str]:
    """Base URL of `@copilotkit/aimock`, which answers from tests/oracle/aimock.json."""
    node = shutil.which("node")
    if node is None or not AIMOCK.exists():
        pytest.skip(f"ORACLE NOT RUN: aimock (or node) {HINT}")
    fixtures = Path(__file__).with_name("aimock.json")
    command = [node, str(AIMOCK), "--fixtures", str(fixtures), "--log-level", "silent", "--chunk-size", "3"]
    with _running(command, "/health") as url:
        yield url


@pytest.fixture(scope="session")
def llmock() -> Iterator[str]:
    """Root URL of PyPI's `llmock`; its Claude lives below /anthropic, its GPT below /v1."""
    if not LLMOCK.exists():
        pytest.skip(f"ORACLE NOT RUN: llmock {HINT}")
    command = [str(LLMOCK), "serve", "--log-level", "critical", "--response-style", "echo"]
    with _running(command, "/_llmock/requests") as url:
        yield url


@contextmanager
def _running(command: Sequence[str], health: str) -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [*command, "--port", str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    url = f"http://127.0.0.1:{port}"
    try:
        wait_until(lambda: _answers(process, url + health), seconds=START_SECONDS)
        yield url
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _answers(process: subprocess.Popen[bytes], url: str) -> bool:
    assert process.poll() is None, f"the server ended by itself with {process.returncode}"
    try:
        return plain.get(url).status_code == 200
    except httpx.TransportError:
        return False
