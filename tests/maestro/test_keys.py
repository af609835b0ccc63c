"""Generated keys: made once, the same for everybody, readable by nobody else."""

from __future__ import annotations

import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import override_settings

from maestro import keys
from maestro.checks import check_key_files, check_key_lengths
from tests.system.servers import ROOT, clean_environment


def test_key_is_made_once_and_kept(tmp_path: Path) -> None:
    first = keys.load_or_create(tmp_path / "var", "secret_key")
    assert len(first) >= 32
    assert keys.load_or_create(tmp_path / "var", "secret_key") == first


def test_two_names_have_two_keys(tmp_path: Path) -> None:
    assert keys.load_or_create(tmp_path, "secret_key") != keys.load_or_create(tmp_path, "salt_key")


def test_only_the_server_can_read_the_key(tmp_path: Path) -> None:
    keys.load_or_create(tmp_path / "var", "secret_key")
    assert stat.S_IMODE((tmp_path / "var" / "secret_key").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "var").stat().st_mode) == 0o700


def test_processes_that_start_together_get_one_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(16) as pool:
        found = set(pool.map(lambda _: keys.load_or_create(tmp_path, "secret_key"), range(64)))
    assert len(found) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["secret_key"]


def test_empty_key_file_is_an_error_that_names_the_backup(tmp_path: Path) -> None:
    (tmp_path / "secret_key").touch()
    with pytest.raises(ImproperlyConfigured, match="backup"):
        keys.load_or_create(tmp_path, "secret_key")


def test_unusable_folder_is_an_error_that_names_the_setting(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ImproperlyConfigured, match="MAESTRO_DATA_DIR"):
        keys.load_or_create(tmp_path / "file" / "var", "secret_key")


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "is empty"),
        (b" \n", "is empty"),
        (b"cut-off-in-the-midd", "is cut off: it has 19 characters"),
        (b"\xff\xfe\x00 not text", "is not text"),
        (b"the key of this server is the word swordfish", "more than one word"),
    ],
)
def test_a_broken_key_file_is_named_and_left_alone(tmp_path: Path, content: bytes, problem: str) -> None:
    path = tmp_path / "secret_key"
    path.write_bytes(content)
    with pytest.raises(ImproperlyConfigured, match=problem) as caught:
        keys.load_or_create(tmp_path, "secret_key")
    assert str(path) in str(caught.value)
    assert "Restore it from your backup" in str(caught.value)
    assert "swordfish" not in str(caught.value)
    assert path.read_bytes() == content


def test_a_key_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "secret_key").mkdir()
    with pytest.raises(ImproperlyConfigured, match=r"secret_key .*mode 600"):
        keys.load_or_create(tmp_path, "secret_key")


@pytest.mark.parametrize(
    ("mode", "is_told"), [(0o600, False), (0o400, False), (0o640, True), (0o644, True), (0o602, True)]
)
def test_a_key_file_open_to_others_is_told_with_the_fix(tmp_path: Path, mode: int, is_told: bool) -> None:
    keys.load_or_create(tmp_path, "salt_key")
    (tmp_path / "salt_key").chmod(mode)
    with override_settings(MAESTRO_DATA_DIR=tmp_path):
        hints = [message.hint for message in check_key_files(None)]
    assert hints == ([f"Run: chmod 600 {tmp_path / 'salt_key'}"] if is_told else [])


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({}, []),
        ({"SECRET_KEY": "short"}, ["SECRET_KEY"]),
        ({"SALT_KEY": ["short", "x" * 40]}, ["SALT_KEY"]),
        ({"SALT_KEY": ["x" * 40, "short"]}, []),  # an older one can only be kept or dropped
    ],
)
def test_a_short_key_is_told_early(change: dict[str, object], named: list[str]) -> None:
    with override_settings(**change):
        found = [str(message.msg).split()[0] for message in check_key_lengths(None)]
    assert found == named


def test_folder_is_made_also_when_the_keys_come_from_elsewhere(tmp_path: Path) -> None:
    environment = clean_environment(tmp_path / "new", SECRET_KEY="k" * 50, SALT_KEY="s" * 50)
    command = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
    ended = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert (tmp_path / "new" / "maestro.sqlite3").exists()
