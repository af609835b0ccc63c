"""The world of one test, and whether the test is run in its full form."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.db import connection
from pytest_django import Settings

from sessions_app import faults
from tests.reliability import alone, figures
from tests.reliability.alone import Machine
from tests.reliability.world import World
from tests.support.simulator import RunningSimulator

FULL = pytest.param(False, marks=pytest.mark.reliability, id="full")
FAST = pytest.param(True, id="fast")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test that asks for `fast` has both forms."""
    if "fast" in metafunc.fixturenames:
        metafunc.parametrize("fast", [FAST, FULL])


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """A run for the table needs no fast forms, and some full ones only once, which is beside SQLite."""
    on_sqlite, for_the_table = connection.vendor == "sqlite", figures.VARIABLE in os.environ
    left_out = [
        item for item in items if (_runs_once(item) and not on_sqlite) or (for_the_table and _is_fast(item))
    ]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]


def _is_fast(item: pytest.Item) -> bool:
    callspec = getattr(item, "callspec", None)
    return callspec is not None and "fast" in callspec.id.split("-")


def pytest_runtest_setup(item: pytest.Item) -> None:
    figures.begin(once=_runs_once(item))


def _runs_once(item: pytest.Item) -> bool:
    return bool(item.get_closest_marker("once") and item.get_closest_marker("reliability"))


@pytest.fixture(autouse=True)
def machine(request: pytest.FixtureRequest) -> Iterator[Machine]:
    """A test that is marked `alone` waits here until no other such test has the machine."""
    if request.node.get_closest_marker("alone") is None:
        yield Machine(None)
        return
    with alone.machine() as held:
        yield held


@pytest.fixture
def world(
    transactional_db: None,
    simulator: RunningSimulator,
    settings: Settings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[World]:
    settings.MAESTRO_PROVIDERS = {"simulator": {"base_url": simulator.url}}
    settings.MAESTRO_DATA_DIR = tmp_path / "data"
    monkeypatch.setenv(faults.VARIABLE, "1")
    world = World(simulator, str(tmp_path / "data"), User.objects.create_user("olga"))
    yield world
    world.end()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A full test without a figure of its own is in the table by its name, and so is one that failed."""
    report = yield
    if item.get_closest_marker("reliability") is None:
        return report
    name = item.name.removeprefix("test_").replace("_", " ")
    if report.failed:
        figures.record_missed(item.nodeid, name)
    elif report.when == "call" and report.passed and not figures.has_recorded(item.nodeid):
        figures.record(name, "passed", fast=False)
    return report
