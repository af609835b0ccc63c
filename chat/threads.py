"""Sync work called from async code, on threads that this module owns.

Not on the one thread that Channels and Django share by default, where a call that waits a second stalls every
websocket. A few threads for the database keep their connections, because opening one for each call costs more than
most calls (a new server process on PostgreSQL, three settings and perhaps a checkpoint on SQLite). What may wait for a
provider has threads apart, because a provider that is silent would fill the others; a few of them keep theirs too.
"""

from __future__ import annotations

import asyncio
import contextvars
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import ParamSpec, TypeVar
from weakref import WeakKeyDictionary

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils import translation

P = ParamSpec("P")
R = TypeVar("R")

# So many refreshes and lists of models may wait at once; each may hold a database connection meanwhile.
_MAX_WAITING = 32
_waiting = ThreadPoolExecutor(_MAX_WAITING, thread_name_prefix="provider-wait")
_MAX_DATABASE = 4  # SQLite writes one at a time anyway
_database = ThreadPoolExecutor(_MAX_DATABASE, thread_name_prefix="chat-database")
_writing = ThreadPoolExecutor(1, thread_name_prefix="chat-writer")  # never behind a page's reading

# How many of each keep their connection: nine in a process.
_KEEP = {_waiting: 4, _database: _MAX_DATABASE, _writing: 1}
_Kept = WeakKeyDictionary[BaseDatabaseWrapper, threading.Lock]  # with the lock of its thread
_kept: dict[ThreadPoolExecutor, _Kept] = {executor: WeakKeyDictionary() for executor in _KEEP}
_UNUSED_S = 5.0  # after which a connection is tried before it is used: the server may have gone meanwhile


class _Own(threading.local):
    """What each thread has for itself; it holds `working` while its connection may be in use."""

    def __init__(self) -> None:
        self.used_at = 0.0
        self.working = threading.Lock()


_own = _Own()


async def in_thread(function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Run `function` on one of the threads for the database."""
    return await _on(_database, partial(function, *args, **kwargs))


async def in_writing_thread(function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """The same on the thread of the writer, which does nothing else."""
    return await _on(_writing, partial(function, *args, **kwargs))


async def in_waiting_thread(function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Run a `function` that may wait for a provider, up to 90 s."""
    return await _on(_waiting, partial(function, *args, **kwargs))


async def _on(executor: ThreadPoolExecutor, work: Callable[[], R]) -> R:
    context = contextvars.copy_context()  # who acts, and from where, goes along
    # The language does not: asgiref shows what Django keeps of it only to the thread that set it.
    run = partial(context.run, _in_language, translation.get_language(), work, executor)
    return await asyncio.get_running_loop().run_in_executor(executor, run)


def _in_language(language: str | None, work: Callable[[], R], executor: ThreadPoolExecutor) -> R:
    """Do the work with the language of whoever asked; it ends with the context in which this runs."""
    if language is not None:
        translation.activate(language)
    return _with_connection(work, executor)


def _with_connection(work: Callable[[], R], executor: ThreadPoolExecutor) -> R:
    """Do the work with this thread's connection, and keep it unless it broke or there are many."""
    with _own.working:
        for connection in connections.all(initialized_only=True):
            if time.monotonic() - _own.used_at > _UNUSED_S and not connection.is_usable():
                connection.close()
        try:
            return work()
        finally:
            for connection in connections.all(initialized_only=True):
                _keep_or_close(connection, executor)
            _own.used_at = time.monotonic()


def _keep_or_close(connection: BaseDatabaseWrapper, executor: ThreadPoolExecutor) -> None:
    kept = _kept[executor]
    if connection not in kept:
        if len(kept) >= _KEEP[executor]:
            connection.close()
            return
        connection.inc_thread_sharing()  # so that `close_connections` may
        kept[connection] = _own.working
    connection.close_at = None  # Django would close it after each request
    connection.close_if_unusable_or_obsolete()


def close_connections() -> None:
    """Close what threads keep that have nothing to do. For the end of a process or a test.

    SQLite crashes the process where one thread closes what another reads from, so that is left open.
    """
    for kept in _kept.values():
        for connection, working in list(kept.items()):
            if working.acquire(blocking=False):
                connection.close()
                working.release()
