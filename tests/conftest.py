"""Registers the shared fixtures, orders the tests, and makes Ctrl-C mean the same in every run."""

from __future__ import annotations

import signal

import pytest

pytest_plugins = [
    "tests.support.bracketing",
    "tests.support.connections",
    "tests.support.database",
    "tests.support.fixtures",
    "tests.support.machine",
    "tests.support.uncounted",
]


def pytest_configure() -> None:
    """A shell starts background jobs with SIGINT ignored, and the servers that tests start would inherit that."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(tryfirst=True)  # before tests are chosen by their marks
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes the browser is marked so, without being told. Slow files go first, so that no worker begins one when
    the other has nothing left to do."""
    for item in items:
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.browser)
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)
