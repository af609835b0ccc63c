"""Runs work that must be finished once it began, whatever becomes of the one who asked for it.

A web request may be cancelled, a command interrupted, a task stopped by a signal in its main thread;
a refresh token that was sent must still get its answer stored. So such work has a thread of its
own, which the interpreter also waits for at exit.
"""

from __future__ import annotations

import contextvars
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

from django.db import Error as DatabaseTrouble
from django.db import connection, connections
from django.utils import translation

T = TypeVar("T")

# Longer than a restart of a database; sweep, call and this stay below the worker's time limit of 200 s.
PATIENCE_S = 75.0
# Short, so that the answer is stored before anybody else can claim the row of a database that is back.
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.2, 2.0


class _TokenCall(threading.Thread):
    """What the end of a process waits for."""


def run_detached(work: Callable[[], T]) -> T:
    """The result of `work`, done in its own thread with its own database connection.

    Raises what `work` raised, and `RuntimeError` inside a transaction: the work could not see
    its rows, and would hold them over a network call.
    """
    if connection.in_atomic_block:
        raise RuntimeError("a token call must not run inside a transaction")
    future: Future[T] = Future()
    context = contextvars.copy_context()  # so that whoever observes requests sees these too
    language = translation.get_language()

    def as_asked() -> T:
        with translation.override(language):  # which Django keeps for each thread, whatever its context
            return work()

    _TokenCall(target=_finish, args=(future, lambda: context.run(as_asked)), name="token-call").start()
    return future.result()


def token_calls() -> list[threading.Thread]:
    """Those that are under way in this process."""
    return [thread for thread in threading.enumerate() if isinstance(thread, _TokenCall)]


def persist(
    write: Callable[[], T], *, sleep: Callable[[float], None] = time.sleep, patience_s: float = PATIENCE_S
) -> T:
    """The result of `write`, tried again while the database is away, for `patience_s` seconds of pauses."""
    pause, waited = _FIRST_PAUSE_S, 0.0
    while True:
        try:
            return write()
        except DatabaseTrouble:
            if waited >= patience_s:
                raise
            connection.close()  # a dead connection stays dead
        sleep(pause)
        waited += pause
        pause = min(pause * 2, _LONGEST_PAUSE_S)


def _finish(future: Future[T], work: Callable[[], T]) -> None:
    try:
        result = work()
    except BaseException as error:  # noqa: BLE001  # handed to the waiting thread, whatever it is
        connections.close_all()
        future.set_exception(error)
    else:
        connections.close_all()
        future.set_result(result)
