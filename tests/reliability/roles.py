"""What the processes of these tests do. Imported once by a fork server, so that a process costs milliseconds."""

from __future__ import annotations

import os
import random
import signal
import threading
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any
from uuid import UUID

import django
from django.apps import apps
from django.conf import settings
from django.db import OperationalError, connections

if not apps.ready:
    django.setup()

from providers.credentials import OAuthTokens
from sessions_app import faults, tasks
from sessions_app.services import tokens
from sessions_app.services.refresh import Pace
from tests.reliability.warm import warm_up

warm_up()

PATIENT_S = 120.0


@dataclass(frozen=True)
class Place:
    """Where a process works. `lease_s`: how long its claims hold. `hurry`: pauses between tries are cut."""

    database: dict[str, Any]
    upstream: str
    folder: str
    lease_s: float = 180.0
    hurry: bool = False
    busy_timeout_s: float = 30.0

    def enter(self) -> Pace:
        """Make this process one of that installation."""
        database = settings.DATABASES["default"]
        database.update(self.database)
        if database["ENGINE"].endswith("sqlite3"):
            database["OPTIONS"]["timeout"] = self.busy_timeout_s
        settings.MAESTRO_PROVIDERS = {"simulator": {"base_url": self.upstream}}
        settings.MAESTRO_DATA_DIR = Path(self.folder)
        os.environ[faults.VARIABLE] = "1"
        lease = timedelta(seconds=self.lease_s)
        return Pace(lease=lease, sleep=_short) if self.hurry else Pace(lease=lease)


def _short(seconds: float) -> None:
    threading.Event().wait(min(seconds, 0.01))


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)
    threading.Event().wait()  # another thread may be the one that takes the signal


def freeze() -> None:
    os.kill(os.getpid(), signal.SIGSTOP)
    threading.Event().wait(0.2)


def no_database() -> None:
    raise OperationalError("the database is away")


def no_database_once() -> None:
    if not _happened:
        _happened.append(True)
        no_database()


_happened: list[bool] = []
ACTIONS: dict[str, Callable[[], None]] = {
    "die": die,
    "freeze": freeze,
    "no_database": no_database,
    "no_database_once": no_database_once,
}


def refresh_one(place: Place, session: UUID, plan: dict[str, str]) -> None:
    """Refresh one session, with `plan` saying what happens where."""
    pace = place.enter()
    with ExitStack() as stack:
        for point, action in plan.items():
            stack.enter_context(faults.plant(point, ACTIONS[action]))
        tokens.refresh_session(session, force=True, pace=pace)


def refresh_forever(place: Place, sessions: Sequence[UUID], begun: Event) -> None:
    """Refresh now this, now that, until killed; sets `begun` when it is in the middle of it."""
    pace = place.enter()
    while True:
        tokens.refresh_session(random.choice(sessions), force=True, pace=pace)
        begun.set()


def sweep(place: Place, times: int) -> None:
    """What a worker does with one message of the beat, `times` times over."""
    place.enter()
    for _ in range(times):
        tasks.sweep()


def callers(
    place: Place, kinds: Sequence[str], sessions: Sequence[UUID], at_once: int, result: Connection
) -> None:
    """One thread per kind of caller, all at once; sends back which access tokens each session was given.

    `at_once` of them may use the database, as in a server's pool of threads; the others queue for their turn.
    """
    pace = place.enter()
    given: dict[UUID, set[str]] = {session: set() for session in sessions}
    barrier, pool = threading.Barrier(len(kinds)), threading.Semaphore(at_once)

    def act(kind: str, seed: int) -> None:
        barrier.wait(PATIENT_S)
        mine = list(sessions)
        random.Random(seed).shuffle(mine)
        with pool:
            try:
                _act(kind, mine, pace, given)
            finally:
                connections.close_all()

    seeds = random.Random(os.getpid())
    threads = [threading.Thread(target=act, args=(kind, seeds.random())) for kind in kinds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    result.send(given)


def _act(kind: str, sessions: Sequence[UUID], pace: Pace, given: dict[UUID, set[str]]) -> None:
    if kind == "worker":
        tasks.sweep()
    elif kind == "loop":
        tokens.refresh_due(pace=pace)
    for session in sessions:
        given[session].add(_token(kind, session, pace))


def _token(kind: str, session: UUID, pace: Pace) -> str:
    if kind == "rejected":
        access = tokens.access_after_401(session, cred_version=1, pace=pace)
    else:
        access = tokens.access_for(session, pace=pace)
    assert isinstance(access.credentials, OAuthTokens)
    return access.credentials.access_token.reveal()
