"""Wrong variables: each error names the variable, says what it should be, and shows no value."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import override_settings

from maestro import checks
from maestro.environment import Env
from tests.system.servers import ROOT, clean_environment


@pytest.fixture
def env(monkeypatch: pytest.MonkeyPatch) -> Env:
    monkeypatch.setattr(
        Env,
        "ENVIRON",
        {"A": "hunter2", "EMPTY": " ", "KEYS": "new, old ,,", "ON": "yes", "N": "7", "ZONE": "Asia/Tokyo"},
    )
    return Env()


@pytest.mark.parametrize("kind", ["int", "float", "bool"])
def test_wrong_value_names_the_variable_but_not_the_value(env: Env, kind: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=r"^A must be") as raised:
        getattr(env, kind)("A", default=1)
    assert "hunter2" not in str(raised.value)


@pytest.mark.parametrize("kind", ["db_url", "email_url"])
def test_wrong_url_names_the_variable_but_not_the_value(env: Env, kind: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=r"^A must be a URL") as raised:
        getattr(env, kind)("A")
    assert "hunter2" not in str(raised.value)


def test_empty_variable_counts_as_unset(env: Env) -> None:
    assert env.int("EMPTY", default=5) == 5
    assert env.list("EMPTY", default=["x"]) == ["x"]


def test_items_of_a_list_are_trimmed(env: Env) -> None:
    assert env.list("KEYS") == ["new", "old"]


def test_right_values_are_read(env: Env) -> None:
    assert (env.int("N"), env.bool("ON"), env.str("A")) == (7, True, "hunter2")


@pytest.mark.parametrize(
    ("least", "most", "says"),
    [(8, None, "N must be a whole number of at least 8;"), (0, 6, "N must be a whole number from 0 to 6;")],
)
def test_a_number_out_of_bounds_is_refused_with_its_bounds(
    env: Env, least: int, most: int | None, says: str
) -> None:
    with pytest.raises(ImproperlyConfigured, match=says):
        env.whole("N", default=1, least=least, most=most)
    assert env.whole("N", default=1, least=7, most=7) == 7
    with pytest.raises(ImproperlyConfigured, match=r"^N must be a number from 0\.1 to 6\.5;"):
        env.number("N", default=1, least=0.1, most=6.5)


def test_a_word_is_one_of_those_known(env: Env) -> None:
    assert env.word("ON", default="no", known=["YES", "NO"]) == "YES"
    assert env.word("EMPTY", default="no", known=["YES", "NO"]) == "NO"
    with pytest.raises(ImproperlyConfigured, match=r"^A must be plain, json or xml;"):
        env.word("A", default="plain", known=["plain", "json", "xml"])


def test_a_zone_must_exist(env: Env) -> None:
    assert (env.zone("ZONE", default="UTC"), env.zone("EMPTY", default="UTC")) == ("Asia/Tokyo", "UTC")
    with pytest.raises(ImproperlyConfigured, match=r"^A must be a time zone such as"):
        env.zone("A", default="UTC")


def test_what_nobody_asked_for_is_known(env: Env) -> None:
    env.str("ON")
    env.pairs("EMPTY")
    env.uuid("EMPTY")
    assert env.unread(prefix="") == ["A", "KEYS", "N", "ZONE"]
    assert env.unread(prefix="K") == ["KEYS"]


@override_settings(REDIS_URL="http://127.0.0.1")
def test_redis_url_of_another_kind_is_found() -> None:
    (message,) = checks.check_redis(None)
    assert "REDIS_URL" in str(message)


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("PORT", "many"),
        ("PORT", "99999"),
        ("DATABASE_URL", "my database"),
        ("MAESTRO_SIMULATOR", "maybe"),
        ("MAESTRO_SWEEP_SECONDS", "0"),  # would sweep without a pause
        ("MAESTRO_SWEEP_SECONDS", "300"),  # would count as missing
        ("MAESTRO_MAX_PROMPT_BYTES", "-1"),
        ("LOG_LEVEL", "verbose"),
        ("LOG_FORMAT", "xml"),
        ("TIME_ZONE", "Mars/Base"),
    ],
)
def test_command_line_says_which_variable_is_wrong_without_a_traceback(
    tmp_path: Path, variable: str, value: str
) -> None:
    command = [sys.executable, "manage.py", "check"]
    environment = clean_environment(tmp_path, **{variable: value})
    ended = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert variable in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_misspelt_variable_is_told_with_the_right_one(tmp_path: Path) -> None:
    environment = clean_environment(tmp_path, MAESTRO_ANTROPIC_BASE_URL="https://x.example", MAESTRO_ODD="1")
    command = [sys.executable, "manage.py", "check"]
    ended = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert "MAESTRO_ANTROPIC_BASE_URL is set, and nothing reads it." in ended.stderr
    assert "Did you mean MAESTRO_ANTHROPIC_BASE_URL?" in ended.stderr
    assert "MAESTRO_ODD is set" in ended.stderr


def test_documented_variables_of_a_provider_that_is_switched_off_are_read(tmp_path: Path) -> None:
    environment = clean_environment(tmp_path, MAESTRO_SIMULATOR="0", MAESTRO_SIMULATOR_IDLE_TIMEOUT_S="9")
    command = [sys.executable, "manage.py", "check", "--fail-level", "WARNING"]
    ended = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr


@pytest.mark.parametrize(
    "host", ["https://maestro.example", "maestro.example:8000", "maestro.example/", "::1"]
)
def test_an_address_in_the_place_of_a_hosts_name_is_found(host: str) -> None:
    with override_settings(ALLOWED_HOSTS=["maestro.example", host]):
        (message,) = checks.check_host_names(None)
    assert host in str(message)


@override_settings(ALLOWED_HOSTS=["localhost", "127.0.0.1", "[::1]", ".maestro.example", "my_host", "*"])
def test_names_of_hosts_pass() -> None:
    assert checks.check_host_names(None) == []
