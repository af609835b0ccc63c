"""`ask` as a program: what Ctrl-C does to the answer and to the provider's connection."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import plain
from tests.support.waiting import wait_until
from tests.system.person import Person
from tests.system.servers import ROOT, running_server

pytestmark = [pytest.mark.slow, pytest.mark.repeats]
SLOW = "How would you write a FastAPI application that handles Stripe-based subscriptions?\n/simulate pace 20"


def test_ctrl_c_ends_ask_with_130_and_closes_the_connection(tmp_path: Path) -> None:
    with running_server(tmp_path / "var") as server:
        person = Person(server)
        person.make_account()
        person.add_session()
        command = [sys.executable, "manage.py", "ask", "home", SLOW]
        with subprocess.Popen(
            command,
            cwd=ROOT,
            env=server.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            assert process.stdout is not None
            assert process.stderr is not None
            assert process.stdout.read(1)
            process.send_signal(signal.SIGINT)
            process.wait(10)
            errors = process.stderr.read()
        wait_until(lambda: _counters(server.url)["open_streams"] == 0)
        assert _counters(server.url)["disconnects"] == 1
    assert process.returncode == 130
    assert "Traceback" not in errors


def _counters(url: str) -> dict[str, int]:
    counters: dict[str, int] = plain.get(f"{url}/simulator/control").json()["counters"]
    return counters


def test_a_reader_who_has_seen_enough_gets_no_traceback(tmp_path: Path) -> None:
    with running_server(tmp_path / "var") as server:
        person = Person(server)
        person.make_account()
        person.add_session()
        command = f"{sys.executable} manage.py ask home 'Tell me more' --json | head -n 1"
        shown = subprocess.run(
            command, shell=True, cwd=ROOT, env=server.environment, capture_output=True, text=True, check=False
        )
    assert '"message_started"' in shown.stdout
    assert shown.stderr == ""
