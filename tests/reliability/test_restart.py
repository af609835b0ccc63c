"""The product itself is killed with the provider's answer on its way, and works again within the provider's grace.

How long that takes is what the table shows. The grace is 30 s here: how soon a new process is there, on a machine that
other tests use too, is no matter of ours.

Nothing is planted here: `manage.py serve` and a Celery worker as an operator starts them, with the lease of
180 s, and a provider that has traded the token when it holds its answer back. The fast forms are in test_kill.py,
tests/maestro/test_background.py and tests/sessions_app/services/test_waiting.py.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from celery import Celery
from django.utils import timezone
from pytest_django import Settings

from providers.simulator.app import create_app
from providers.simulator.switches import Script
from sessions_app.models import ProviderSession, RefreshAttempt
from tests.reliability.background import running_celery, running_redis
from tests.reliability.figures import record
from tests.reliability.world import World
from tests.support.server import Mounts
from tests.support.simulator import RunningSimulator
from tests.support.waiting import wait_until
from tests.system.servers import Server, free_port, running_process

pytestmark = [pytest.mark.slow, pytest.mark.reliability]
GRACE_S = 30.0
ROUNDS = 3


class HeldBack:
    """The simulator behind it answers its token endpoint only while `is_open` is set."""

    def __init__(self, app: Any) -> None:
        self._app = app
        self.is_open = threading.Event()
        self.is_open.set()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        async def late(message: Any) -> None:
            if scope["path"].endswith("/oauth/token"):
                await asyncio.to_thread(self.is_open.wait)
            await send(message)

        await self._app(scope, receive, late)


@pytest.fixture
def gate(world: World, mounts: Mounts, settings: Settings) -> Iterator[HeldBack]:
    """In front of the world's provider, which has a grace."""
    app = create_app(Script(pace=0))
    gate = HeldBack(app)
    with mounts.mounted(gate) as url:
        settings.MAESTRO_PROVIDERS = {"simulator": {"base_url": url}}
        world.upstream, world.place = RunningSimulator(app, url), replace(world.place, upstream=url)
        world.upstream.set(grace=GRACE_S)
        yield gate
        gate.is_open.set()


def serving(world: World, log: Path) -> AbstractContextManager[Server]:
    """`manage.py serve` on a port of its own, with the settings that an operator has who sets none."""
    environment = world.environment(PORT=str(free_port()))
    return running_process([sys.executable, "manage.py", "serve"], environment, log)


def expire(session: UUID) -> None:
    past = timezone.now() - timedelta(seconds=1)
    ProviderSession.objects.filter(id=session).update(expires_at=past, refresh_at=past)


def kill_who_refreshes(world: World, gate: HeldBack, traded: int) -> float:
    """Kill the process that sent the token, as soon as the provider has traded it; when that was."""
    wait_until(lambda: world.upstream.state.refreshes > traded, seconds=60)
    worker = RefreshAttempt.objects.order_by("id").values_list("worker", flat=True).last()
    assert worker is not None
    os.kill(int(worker.rpartition(":")[2]), signal.SIGKILL)
    killed_at = time.monotonic()
    gate.is_open.set()
    return killed_at


def until_refreshed(session: UUID, version: int, since: float) -> float:
    """Wait for the new tokens; the seconds since the kill."""
    wait_until(lambda: ProviderSession.objects.get(id=session).cred_version > version, seconds=GRACE_S)
    return time.monotonic() - since


def note(world: World, session: UUID, took: list[float], what: str) -> None:
    """Nothing may be lost; how long it took goes into the table."""
    assert world.works(session)
    state = world.upstream.state
    assert state.families_lost == 0
    slowest = (
        f"new tokens {min(took):.1f} to {max(took):.1f} s after the kill (lease 180 s, grace {GRACE_S:g} s)"
    )
    record(what, f"{len(took)} killed, {state.families_lost} lost, {slowest}", fast=False)


def test_a_killed_server_that_is_started_again_is_in_time(
    world: World, gate: HeldBack, tmp_path: Path
) -> None:
    (session,) = world.sessions(1, expired=False)
    took = list[float]()
    for number in range(ROUNDS):
        version, traded = number * 2 + 1, world.upstream.state.refreshes
        gate.is_open.clear()
        expire(session)
        with serving(world, tmp_path / "killed.log"):
            killed_at = kill_who_refreshes(world, gate, traded)
        with serving(world, tmp_path / "started-again.log"):
            took.append(until_refreshed(session, version, killed_at))
        assert world.works(session)
    note(world, session, took, "manage.py serve killed with the answer on its way, started again")


def test_a_server_beside_the_killed_one_is_in_time(world: World, gate: HeldBack, tmp_path: Path) -> None:
    (session,) = world.sessions(1, expired=False)
    took = list[float]()
    for version in range(1, ROUNDS + 1):
        with ExitStack() as running:
            for name in ("one", "other"):
                running.enter_context(serving(world, tmp_path / f"{name}.log"))
            traded = world.upstream.state.refreshes
            gate.is_open.clear()
            expire(session)
            killed_at = kill_who_refreshes(world, gate, traded)
            took.append(until_refreshed(session, version, killed_at))
    note(
        world,
        session,
        took,
        "manage.py serve killed with the answer on its way, another beside it",
    )


def test_the_worker_that_replaces_a_killed_one_is_in_time(
    world: World, gate: HeldBack, tmp_path: Path
) -> None:
    """Celery starts the new one by itself, and no beat tells it anything."""
    if shutil.which("redis-server") is None:
        pytest.skip("no redis-server on this machine")
    (session,), port, took = world.sessions(1, expired=False), free_port(), list[float]()
    environment = world.environment(REDIS_URL=f"redis://127.0.0.1:{port}/0")
    with running_redis(port), running_celery(["worker", "--concurrency", "1"], environment, tmp_path / "log"):
        for version in range(1, ROUNDS + 1):
            traded = world.upstream.state.refreshes
            gate.is_open.clear()
            expire(session)
            wake_worker(port)
            killed_at = kill_who_refreshes(world, gate, traded)
            took.append(until_refreshed(session, version, killed_at))
    note(world, session, took, "Celery worker's process killed with the answer on its way, replaced")


def wake_worker(port: int) -> None:
    """One message, as the beat sends it."""
    with Celery(broker=f"redis://127.0.0.1:{port}/0", set_as_current=False) as app:
        app.conf.broker_transport_options = {"global_keyprefix": "maestro.celery."}
        app.send_task("sessions_app.tasks.sweep", ignore_result=True)
