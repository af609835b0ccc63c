"""Celery only wakes the sweep: duplicates, a flushed Redis and a missing one change nothing.

The full form starts a Redis server, workers and beats of its own, and stops them by their process ids.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
import redis
from celery import Celery
from django.utils import timezone

from sessions_app.models import ProviderSession
from tests.reliability.background import running_celery, running_redis
from tests.reliability.figures import record
from tests.reliability.roles import PATIENT_S, sweep
from tests.reliability.world import World
from tests.support.waiting import wait_until
from tests.system.servers import free_port

BEATS, WORKERS, DUPLICATES = 3, 5, 500
FLUSH_EVERY_S, FLUSHED_FOR_S = 5, 60
ROUND_LIMIT_S = 60.0
NO_REDIS = "Cannot connect to redis"


def test_duplicate_deliveries_change_nothing(world: World) -> None:
    sessions = world.sessions(10)
    workers = [world.start(sweep, 3) for _ in range(WORKERS)]
    for worker in workers:
        worker.join(60)
        assert worker.exitcode == 0
    assert world.upstream.state.token_calls == len(sessions)
    assert ProviderSession.objects.filter(cred_version=2).count() == len(sessions)


@pytest.mark.early
@pytest.mark.slow
@pytest.mark.reliability
def test_beats_and_workers_survive_a_redis_that_comes_and_goes(world: World, tmp_path: Path) -> None:
    if shutil.which("redis-server") is None:
        pytest.skip("no redis-server on this machine")
    sessions, port = world.sessions(20, expired=False), free_port()
    environment = world.environment(REDIS_URL=f"redis://127.0.0.1:{port}/0", MAESTRO_SWEEP_SECONDS="1")
    expiries = 0
    with ExitStack() as running:
        for number in range(WORKERS):
            command = ["worker", "--concurrency", "1", "--hostname", f"w{number}@%h"]
            running.enter_context(running_celery(command, environment, tmp_path / f"worker{number}.log"))
        for number in range(BEATS):
            command = ["beat", "--schedule", str(tmp_path / f"schedule{number}")]
            running.enter_context(running_celery(command, environment, tmp_path / f"beat{number}.log"))
        logs = [tmp_path / f"worker{number}.log" for number in range(WORKERS)]
        wait_until(lambda: all(NO_REDIS in log.read_text() for log in logs), seconds=PATIENT_S)
        with running_redis(port) as server:
            expiries += _round(world, sessions)
            record("Redis down at start", f"{expiries} expiries, {_calls(world)} calls, 0 lost", fast=False)
            expiries += _flushed(world, sessions, server)
            record(
                f"Redis flushed every {FLUSH_EVERY_S} s for {FLUSHED_FOR_S} s",
                f"{expiries} expiries, {_calls(world)} calls, 0 lost", fast=False,
            )  # fmt: skip
            _send_duplicates(port)
            expiries += _round(world, sessions)
            found = b"".join(server.dump(key) or b"" for key in server.scan_iter())
            _assert_no_secret(world, sessions, found)
        with running_redis(port):
            expiries += _round(world, sessions)
    _assert_no_secret(world, sessions, b"".join(path.read_bytes() for path in tmp_path.glob("*.log")))
    state = world.upstream.state
    assert (state.token_calls, state.replays, state.families_lost) == (expiries, 0, 0)
    record(
        f"Redis restarted; {BEATS} beats, {WORKERS} workers, {DUPLICATES} duplicate deliveries",
        f"{expiries} expiries, {state.token_calls} calls, {state.replays} replays, 0 lost", fast=False,
    )  # fmt: skip
    record("tokens in Redis, Celery messages, logs of workers and beats", "0 hits", fast=False)


def _calls(world: World) -> int:
    return world.upstream.state.token_calls


def _round(world: World, sessions: Sequence[UUID]) -> int:
    """All expire at once; how many. Returns when each has new tokens, by exactly one call each."""
    before = {row.id: row.cred_version for row in ProviderSession.objects.all()}
    past = timezone.now() - timedelta(seconds=30)
    ProviderSession.objects.update(expires_at=past, refresh_at=past)

    def all_refreshed() -> bool:
        rows = ProviderSession.objects.values_list("id", "cred_version")
        return all(version == before[id_] + 1 for id_, version in rows)

    wait_until(all_refreshed, seconds=ROUND_LIMIT_S)
    return len(sessions)


def _flushed(world: World, sessions: Sequence[UUID], server: redis.Redis) -> int:
    expiries, end, next_flush = 0, time.monotonic() + FLUSHED_FOR_S, 0.0
    while time.monotonic() < end:
        if time.monotonic() >= next_flush:
            server.flushall()
            next_flush = time.monotonic() + FLUSH_EVERY_S
        expiries += _round(world, sessions)
    return expiries


def _send_duplicates(port: int) -> None:
    app = Celery(broker=f"redis://127.0.0.1:{port}/0", set_as_current=False)
    app.conf.broker_transport_options = {"global_keyprefix": "maestro.celery."}
    for _ in range(DUPLICATES):
        app.send_task("sessions_app.tasks.sweep", ignore_result=True)
    app.close()


def _assert_no_secret(world: World, sessions: Sequence[UUID], found: bytes) -> None:
    assert found
    for session in sessions:
        held = world.tokens_of(session)
        assert held.refresh_token is not None
        for secret in (held.access_token, held.refresh_token):
            assert secret.reveal().encode() not in found
    assert b"sk-sim-ort-" not in found
