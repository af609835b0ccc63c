"""Ctrl-C at a prompt of the command line: the command ends, and says no more than that."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.system.person import Person
from tests.system.servers import ROOT, running_server

pytestmark = [pytest.mark.slow, pytest.mark.repeats]


def test_a_login_that_is_given_up_ends_quietly_and_leaves_the_session(tmp_path: Path) -> None:
    with running_server(tmp_path / "var") as server:
        Person(server).make_account()
        added = server.manage("session", "add", "home", "--provider", "simulator", "--auth", "oauth")
        assert added.returncode == 0, added.stderr
        with subprocess.Popen(
            [sys.executable, "manage.py", "session", "login", "home"],
            cwd=ROOT, env=server.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            text=True,
        ) as process:  # fmt: skip
            assert process.stdout is not None
            assert process.stdout.readline().startswith("http")
            process.send_signal(signal.SIGINT)
            _, errors = process.communicate(timeout=30)
        shown = server.manage("session", "list").stdout
    assert process.returncode == 130
    assert errors.endswith("Interrupted.\n")
    assert "Traceback" not in errors
    assert "Not connected yet" in shown
