"""The places where tests make things go wrong: nothing can happen there in production."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from pytest_django import Settings

from sessions_app import checks, faults

ROOT = Path(__file__).parents[2]
PACKAGES = ("maestro", "providers", "sessions_app", "chat")


def test_a_planted_fault_happens_where_it_was_planted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(faults.VARIABLE, "1")
    happened: list[str] = []
    with faults.plant("refresh.after_claim", lambda: happened.append("claim")):
        faults.fault("refresh.after_claim")
        faults.fault("refresh.after_mark")
    faults.fault("refresh.after_claim")
    assert happened == ["claim"]


def test_an_unknown_point_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(faults.VARIABLE, "1")
    with pytest.raises(LookupError), faults.plant("refresh.nowhere", lambda: None):
        pass


def test_it_takes_the_variable_and_the_settings(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    monkeypatch.delenv(faults.VARIABLE, raising=False)
    with pytest.raises(PermissionError), faults.plant("refresh.after_claim", lambda: None):
        pass
    monkeypatch.setenv(faults.VARIABLE, "1")
    settings.IS_TEST_PROCESS = False
    with pytest.raises(PermissionError), faults.plant("refresh.after_claim", lambda: None):
        pass


def test_the_settings_of_the_product_refuse_whatever_the_environment_says(tmp_path: Path) -> None:
    program = """
import django
django.setup()
from sessions_app import faults
try:
    faults.plant("refresh.after_claim", lambda: None).__enter__()
except PermissionError:
    print("refused")
"""
    wanted = {"DJANGO_SETTINGS_MODULE": "maestro.settings", "MAESTRO_DATA_DIR": str(tmp_path)}
    wanted |= dict.fromkeys((faults.VARIABLE, "IS_TEST_PROCESS", "MAESTRO_IS_TEST_PROCESS"), "1")
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env=os.environ | wanted, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert done.stdout == "refused\n", done.stderr


def test_no_code_of_the_product_plants_a_fault() -> None:
    files = [path for package in PACKAGES for path in (ROOT / package).rglob("*.py")]
    files.remove(ROOT / "sessions_app" / "faults.py")
    found = [path for path in files if re.search(r"\bplant\(|IS_TEST_PROCESS|_planted", path.read_text())]
    assert found == []


def test_every_point_has_its_place_and_every_place_its_point() -> None:
    text = "".join(path.read_text() for path in (ROOT / "sessions_app").rglob("*.py"))
    assert set(re.findall(r'\bfault\("([a-z_.]+)"\)', text)) == faults.POINTS


def test_check_deploy_refuses_the_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(faults.VARIABLE, raising=False)
    assert checks.check_faults(None) == []
    monkeypatch.setenv(faults.VARIABLE, "")
    assert [message.id for message in checks.check_faults(None)] == ["sessions_app.E002"]
