"""Providers that an operator names in the environment, as a program sees them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from maestro.environment import Env
from tests.system.servers import ROOT, clean_environment


def manage(folder: Path, *arguments: str, **environment: str) -> tuple[int, str]:
    """Run a command of Maestro; its exit code and everything it said."""
    ended = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=clean_environment(folder) | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    return ended.returncode, ended.stdout + ended.stderr


@pytest.mark.slow
def test_a_named_server_is_offered_with_its_own_settings(tmp_path: Path) -> None:
    script = (
        "from sessions_app.services.providers import available_providers as offered;"
        "print([(p.name, p.label, p.console_url) for p in offered()])"
    )
    code, said = manage(
        tmp_path / "data",
        "shell",
        "--no-imports",
        "-c",
        script,
        MAESTRO_NAMED_PROVIDERS="ollama=openai, lab = openai",
        MAESTRO_OLLAMA_LABEL="Ollama",
        MAESTRO_OLLAMA_BASE_URL="http://127.0.0.1:11434/v1",
    )
    assert code == 0, said
    assert "('ollama', 'Ollama', '')" in said
    assert "('lab', 'lab', 'https://platform.openai.com/api-keys')" in said


@pytest.mark.slow
@pytest.mark.parametrize(
    ("value", "says"),
    [
        ("ollama=magic", "has the kind “magic”. Known kinds: anthropic, openai, gemini, simulator."),
        ("Lab one=openai", "cannot be a name"),
        ("ollama", "MAESTRO_NAMED_PROVIDERS must be a list such as name=value"),
    ],
)
def test_check_says_what_is_wrong(tmp_path: Path, value: str, says: str) -> None:
    code, said = manage(tmp_path / "data", "check", MAESTRO_NAMED_PROVIDERS=value)
    assert code != 0
    assert says in said


def test_pairs_are_read_without_spaces_and_empty_items(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAIRS_OF_THE_TEST", " a = b ,, c=d=e ")
    assert Env().pairs("PAIRS_OF_THE_TEST") == {"a": "b", "c": "d=e"}
    monkeypatch.delenv("PAIRS_OF_THE_TEST")
    assert Env().pairs("PAIRS_OF_THE_TEST") == {}
    monkeypatch.setenv("PAIRS_OF_THE_TEST", "a")
    with pytest.raises(ImproperlyConfigured, match="PAIRS_OF_THE_TEST"):
        Env().pairs("PAIRS_OF_THE_TEST")
