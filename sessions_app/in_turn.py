"""Transactions of one process that wait for each other in line.

SQLite has one writer at a time. Whoever meets a lock looks again after a pause that grows to 100 ms
(https://www.sqlite.org/c3ref/busy_timeout.html), although most locks are gone within five; who waits here goes on at once.
Other processes are met as before. PostgreSQL locks rows and needs none of this.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction

_turn = threading.Lock()


@contextmanager
def atomic_in_turn() -> Iterator[None]:
    """A transaction, as `transaction.atomic()`. Call nothing in it that waits for another thread's transaction."""
    if (
        connection.vendor != "sqlite" or connection.in_atomic_block
    ):  # inside another one the line is behind us
        with transaction.atomic():
            yield
        return
    with _turn, transaction.atomic():
        yield
