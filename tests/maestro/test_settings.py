"""Settings: documented, complete, and refused when they do not fit together."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.db import ConnectionHandler
from django.test import override_settings

from maestro import checks
from maestro import settings as product
from providers.registry import config_fields, provider_names
from tests.system.servers import ROOT, documented_variables

PRAGMAS = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}  # 2 is FULL


def _variables_read() -> set[str]:
    """Names that settings.py reads by `env.<type>("NAME", …)`, plus those of every provider."""
    tree = ast.parse((ROOT / "maestro" / "settings.py").read_text())
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and node.args]
    names = {
        call.args[0].value
        for call in calls
        if ast.unparse(call.func).startswith("env.") and isinstance(call.args[0], ast.Constant)
    }
    return names | {
        f"MAESTRO_{name}_{field}".upper() for name in provider_names() for field in config_fields(name)
    }


def test_every_variable_is_documented_and_every_documented_one_is_read() -> None:
    assert documented_variables() == _variables_read()


def test_no_variable_is_read_twice() -> None:
    text = (ROOT / "maestro" / "settings.py").read_text()
    names = re.findall(r'env\.\w+\(\s*"([A-Z_]+)"', text)
    twice = {name for name in names if names.count(name) > 1}
    # A generated key replaces an empty one, so these are looked at to tell which it was.
    assert twice <= {"SECRET_KEY", "SALT_KEY", "MAESTRO_SIMULATOR_BASE_URL"}


@pytest.mark.django_db  # pytest-django guards every connection; this one is the test's own
def test_sqlite_commits_survive_a_power_cut_in_the_product(tmp_path: Path) -> None:
    database = product.DATABASES["default"] | {"NAME": str(tmp_path / "db.sqlite3")}
    connection = ConnectionHandler({"default": database})["default"]
    try:
        connection.connect()
        found = {name: connection.connection.execute(f"PRAGMA {name}").fetchone()[0] for name in PRAGMAS}
    finally:
        connection.close()
    assert found == PRAGMAS


@override_settings(MAESTRO_PROVIDERS={"anthropic": {"idle_timeout_s": "soon"}})
def test_wrong_provider_setting_is_named_by_check() -> None:
    (message,) = checks.check_providers(None)
    assert "MAESTRO_ANTHROPIC_IDLE_TIMEOUT_S" in str(message)


def test_shipped_provider_settings_are_right() -> None:
    assert checks.check_providers(None) == []


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({"KEYS_ARE_GENERATED": True}, "maestro.E010"),
        ({"SECRET_KEY": "short"}, "maestro.E011"),
        ({"SALT_KEY": [settings.SECRET_KEY]}, "maestro.E012"),
        ({"ALLOWED_HOSTS": ["*"]}, "maestro.E013"),
        ({"MAESTRO_SIMULATOR": True}, "maestro.E014"),
        (
            {"DATABASES": {"default": {"ENGINE": "django.db.backends.postgresql"}}, "REDIS_URL": ""},
            "maestro.W015",
        ),
    ],
)
def test_unsafe_production_setting_is_found(change: dict[str, object], found: str) -> None:
    assert found in _deploy_findings(**change)


def test_safe_production_settings_pass() -> None:
    assert _deploy_findings() == []


def _deploy_findings(**change: object) -> list[str]:
    safe: dict[str, object] = {"KEYS_ARE_GENERATED": False, "MAESTRO_SIMULATOR": False}
    every = (checks.check_keys, checks.check_hosts, checks.check_simulator, checks.check_scale)
    # Not through override_settings for DATABASES: Django warns, and the checks only read the value.
    names = {**safe, **change}
    old = {name: getattr(settings, name) for name in names}
    try:
        for name, value in names.items():
            setattr(settings, name, value)
        return [str(message.id) for check in every for message in check(None)]
    finally:
        for name, value in old.items():
            setattr(settings, name, value)
