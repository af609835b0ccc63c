"""Where coverage looks away: following each line doubles what Python takes, and some work shows it nothing new.

The figure can only fall by that, so its bounds mean what they did.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import Any

import pytest


@contextmanager
def uncounted() -> Iterator[None]:
    """Nothing counts that this thread does inside, nor what threads do that begin there."""
    own, of_new_threads = sys.gettrace(), threading.gettrace()
    sys.settrace(None)
    threading.settrace(None)  # type: ignore[arg-type]  # typeshed lacks the None that it starts with
    try:
        yield
    finally:
        threading.settrace(of_new_threads)  # type: ignore[arg-type]
        sys.settrace(own)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, Any, Any]:
    """Tests that say so, and those that Hypothesis repeats."""
    if item.get_closest_marker("repeats") or getattr(getattr(item, "obj", None), "is_hypothesis_test", False):
        with uncounted():
            return (yield)
    return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(fixturedef: pytest.FixtureDef[Any]) -> Generator[None, Any, Any]:
    """The migrations are not part of the figure, and take seconds."""
    if fixturedef.argname == "django_db_setup":
        with uncounted():
            return (yield)
    return (yield)
