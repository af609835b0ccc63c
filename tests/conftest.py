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


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Slow files go first, so that no worker begins one when the other has nothing left to do."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)
