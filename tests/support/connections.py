"""No thread keeps a database connection when its work is done, besides the few of `chat.threads`."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from asgiref.sync import SyncToAsync
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

from chat.threads import close_connections

_PATIENCE = 10.0  # seconds for work that a test has left behind, such as a token call


class Opened:
    """The connections that threads other than the test's own have opened."""

    def __init__(self) -> None:
        self._all: list[tuple[BaseDatabaseWrapper, threading.Thread]] = []

    def add(self, connection: BaseDatabaseWrapper, **arguments: Any) -> None:
        if threading.current_thread() is not threading.main_thread():
            self._all.append((connection, threading.current_thread()))

    def still_open(self) -> list[str]:
        """The threads that have one open."""
        self._all = [(made, thread) for made, thread in self._all if made.connection is not None]
        return sorted({thread.name for _, thread in self._all})


@pytest.fixture(autouse=True)
def no_connection_is_left(request: pytest.FixtureRequest) -> Iterator[None]:
    """Waits for what a test has left running before its database goes, and fails where one stays open.

    On PostgreSQL each is a process of the server, and a hundred of them are all there are.
    """
    wanted = {"db", "transactional_db"}.intersection(request.fixturenames)
    if not (wanted or request.node.get_closest_marker("django_db")):
        yield
        return
    request.getfixturevalue("db")  # so that this ends first
    opened = Opened()
    connection_created.connect(opened.add)
    yield
    # Django's own async methods use this thread; it lives as long as the process.
    SyncToAsync.single_thread_executor.submit(connections.close_all).result()
    until = time.monotonic() + _PATIENCE
    close_connections()  # those few that a process keeps on purpose
    while opened.still_open() and time.monotonic() < until:
        time.sleep(0.005)
        close_connections()
    connection_created.disconnect(opened.add)
    assert not opened.still_open(), f"threads that keep a database connection: {opened.still_open()}"
