"""The note of a running server."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from maestro.running import announced_simulator, simulator_address

URL = "http://127.0.0.1:4711/simulator"


def test_note_is_there_while_the_server_runs(tmp_path: Path) -> None:
    with announced_simulator(tmp_path, URL):
        assert simulator_address(tmp_path) == URL
    assert simulator_address(tmp_path) == ""


def test_note_of_a_killed_server_does_not_count(tmp_path: Path) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    (tmp_path / "simulator-address").write_text(f"{ended.pid} {URL}\n")
    assert simulator_address(tmp_path) == ""


@pytest.mark.parametrize("text", ["", "1", "x y", f"{10**30} {URL}", "1 2 3"])
def test_damaged_note_does_not_count(tmp_path: Path, text: str) -> None:
    (tmp_path / "simulator-address").write_text(text)
    assert simulator_address(tmp_path) == ""
