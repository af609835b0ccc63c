"""Threads that come again every few seconds: the refresh loop of `serve`, and the watch over others who refresh.

Knows no server: the same works in `serve`, in plain daphne and in uvicorn.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from functools import partial
from typing import Any

from django.conf import settings
from django.db import OperationalError, ProgrammingError, close_old_connections, connections
from django.utils import timezone

from sessions_app.services import sweep as sweeping
from sessions_app.services import tokens

logger = logging.getLogger(__name__)

FIRST_SWEEP_S = 1.0
# Providers take a token that was just traded for some 10 s more. Within these a process that was killed in
# between must be noticed, and its refresh done again.
WATCH_EVERY_S = 2.0
_NO_DATABASE = "The sweep found no database that it can use (%s); the next one is in %s s. Is it up, and are its migrations run?"
_SWEEP_OF_SERVE = partial(sweeping.sweep, by="serve")


class RefreshLoop(threading.Thread):
    """Calls `sweep` every few seconds: what Celery beat does where there is Redis."""

    def __init__(
        self,
        interval_s: float,
        *,
        first_s: float = FIRST_SWEEP_S,
        sweep: Callable[[], object] = _SWEEP_OF_SERVE,
        after_failure_s: float = 0,
        daemon: bool = False,
    ) -> None:
        super().__init__(name="refresh-loop", daemon=daemon)
        self._interval_s, self._first_s, self._sweep = interval_s, first_s, sweep
        self._after_failure_s = max(interval_s, after_failure_s)
        self._stopping = threading.Event()

    def run(self) -> None:
        delay_s = self._first_s
        while not self._stopping.wait(delay_s):
            delay_s = self._interval_s
            try:
                self._sweep()
            except (OperationalError, ProgrammingError) as error:
                # A process may be up before the first migration is through; a traceback would look like a defect.
                delay_s = self._after_failure_s
                logger.warning(_NO_DATABASE, type(error).__name__, delay_s)
            except Exception:
                # Of any kind: without this thread every login of everybody ends, and nobody is told why.
                delay_s = self._after_failure_s
                logger.exception("The sweep failed; the next one is in %s s", delay_s)
            finally:
                close_old_connections()

    def stop(self) -> None:
        """Ask it to end. A refresh that is under way is finished and saved first."""
        self._stopping.set()


def watch(interval_s: float = WATCH_EVERY_S) -> RefreshLoop:
    """A thread that goes on where another process was killed in a refresh, and sweeps while nobody else does.

    A daemon, because plain servers tell nobody that they stop; token calls have threads of their own, which
    the interpreter waits for.
    """
    look = partial(sweeping.look_after_others, since=timezone.now())
    pause_s = (
        settings.MAESTRO_SWEEP_SECONDS
    )  # a database that is away is not worth a log entry every two seconds
    return RefreshLoop(interval_s, first_s=0, sweep=look, after_failure_s=pause_s, daemon=True)


def look_after_the_dead_once() -> threading.Timer:
    """A thread, started: a new worker goes on where the one that it replaces was killed.

    In two seconds, because what that one sent last may be on its way until then.
    """
    timer = threading.Timer(WATCH_EVERY_S, _look_once)
    timer.daemon = True
    timer.start()
    return timer


def _look_once() -> None:
    try:
        tokens.take_over_from_the_dead()
    except Exception:
        logger.exception("Looking after killed processes failed; the next sweep does it")
    finally:
        connections.close_all()


class Watched:
    """An ASGI application that begins to watch with its first request or socket, or when it is told; once."""

    def __init__(self, application: Any, *, watch: Callable[[], RefreshLoop] = watch) -> None:
        self._application, self._watch = application, watch
        self._lock = threading.Lock()
        self._thread: RefreshLoop | None = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if self._thread is None:
            self.begin()
        await self._application(scope, receive, send)

    def begin(self) -> None:
        """Watch from now on, if it does not already."""
        with self._lock:
            if self._thread is None:
                self._thread = self._watch()
                self._thread.start()
