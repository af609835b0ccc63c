"""What a process loads: Twisted takes 16 MB and half a second, and only daphne needs it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.system.servers import ROOT, clean_environment


def output_of(data_dir: Path, *command: str) -> str:
    done = subprocess.run(
        [sys.executable, *command], cwd=ROOT, env=clean_environment(data_dir), capture_output=True, text=True, check=False
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_application_loads_no_server_of_its_own(tmp_path: Path) -> None:
    code = "import sys, maestro.asgi; print({'twisted', 'daphne', 'uvicorn'} & set(sys.modules))"
    assert output_of(tmp_path, "-c", code) == "set()\n"


def test_djangos_own_server_is_still_daphnes(tmp_path: Path) -> None:
    assert "--http_timeout" in output_of(tmp_path, "manage.py", "runserver", "--help")
