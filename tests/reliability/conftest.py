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
from tests.reliability.world import World
from tests.support.simulator import RunningSimulator

FULL = pytest.param(False, marks=pytest.mark.reliability, id="full")
FAST = pytest.param(True, id="fast")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test that asks for `fast` has both forms."""
    if "fast" in metafunc.fixturenames:
        metafunc.parametrize("fast", [FAST, FULL])


@pytest.hookimpl(trylast=True)  # the order of this folder's tests is the last word
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """A run for the table needs no fast forms, and some full ones only once, which is beside SQLite."""
    on_sqlite, for_the_table = connection.vendor == "sqlite", figures.VARIABLE in os.environ
    left_out = [
        item for item in items if (_runs_once(item) and not on_sqlite) or (for_the_table and _is_fast(item))
    ]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]
    if for_the_table:
        items[:] = _dealt(
            sorted(items, key=_begins_late), getattr(config, "workerinput", {}).get("workercount", 1)
        )


def _begins_late(item: pytest.Item) -> tuple[bool, bool]:
    return item.get_closest_marker("early") is None, item.get_closest_marker("slow") is None


def _dealt(items: list[pytest.Item], workers: int) -> list[pytest.Item]:
    """xdist gives each worker one piece of the list, the first ones being the shorter: here each gets every n-th."""
    return [item for first in reversed(range(workers)) for item in items[first::workers]]


def _is_fast(item: pytest.Item) -> bool:
    callspec = getattr(item, "callspec", None)
    return callspec is not None and "fast" in callspec.id.split("-")


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """A test that is marked `alone` waits here until no other such test has the machine, before it makes anything."""
    figures.begin(once=_runs_once(item))
    if item.get_closest_marker("alone"):
        alone.take_machine()


def pytest_runtest_teardown() -> None:
    alone.give_back_machine()


def _runs_once(item: pytest.Item) -> bool:
    return bool(item.get_closest_marker("once") and item.get_closest_marker("reliability"))


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
