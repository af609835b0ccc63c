"""Slow answers, stopped owners: nobody sends beside a call that may still be answered, and late answers count."""

from __future__ import annotations

import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import pairwise
from uuid import UUID

import pytest
from django.db import connections
from django.utils import timezone

from providers.simulator.app import create_app
from providers.simulator.switches import Script
from sessions_app.models import ProviderSession, RefreshAttempt
from sessions_app.services import tokens
from sessions_app.services.refresh import Pace
from tests.reliability.figures import record
from tests.reliability.roles import refresh_one
from tests.reliability.world import World, lease_of
from tests.support.server import Mounts
from tests.support.simulator import RunningSimulator
from tests.support.waiting import wait_until

pytestmark = pytest.mark.waits
DELAYS_S = (1, 10, 59, 61, 89, 120)
FAST_DELAYS_S = (1.5, 3)  # long beside the start of a process, also on a busy machine
CALL_LIMIT_S = 60.0


@pytest.mark.once
@pytest.mark.slow
def test_a_slow_endpoint_gets_one_call_at_a_time(world: World, mounts: Mounts, fast: bool) -> None:
    """One provider for each delay, all at once, and callers who ask again and again meanwhile."""
    delays = FAST_DELAYS_S if fast else DELAYS_S
    found = {}
    with ThreadPoolExecutor(len(delays)) as pool:
        found = dict(zip(delays, pool.map(lambda delay: _slow(world, mounts, delay), delays), strict=True))
    for delay, (calls, state) in found.items():
        assert (calls, state) == ((1, "refreshed") if delay < CALL_LIMIT_S else (2, "failed"))
    record(
        f"token endpoint answers after {', '.join(map(str, delays))} s",
        "; ".join(f"{delay} s: {calls} calls, {state}" for delay, (calls, state) in found.items())
        + "; never two at once, all sessions work afterwards",
        fast=fast,
    )


def _slow(world: World, mounts: Mounts, delay: float) -> tuple[int, str]:
    app = create_app(Script(pace=0))
    with mounts.mounted(app) as url:
        slow = World(RunningSimulator(app, url), world.place.folder, world.owner)
        try:
            return _watch_one(slow, delay)
        finally:
            slow.end()
            connections.close_all()


def _watch_one(slow: World, delay: float) -> tuple[int, str]:
    (session,) = slow.sessions(1)
    slow.upstream.set(token_delay=delay)
    owner = slow.start(refresh_one, session, {})
    wait_until(lambda: slow.upstream.state.token_calls == 1, seconds=20)
    impatient = slow.start(refresh_one, session, {})
    for process in (owner, impatient):
        process.join(200)
        assert process.exitcode == 0
    calls = slow.upstream.state.token_calls
    _assert_never_two_at_once(session)
    row = ProviderSession.objects.get(id=session)
    state = "refreshed" if row.cred_version == 2 else "failed"
    slow.upstream.reset()
    if row.next_attempt_at:
        ProviderSession.objects.filter(id=session).update(next_attempt_at=timezone.now())
    again = slow.start(refresh_one, session, {})
    again.join(60)
    assert ProviderSession.objects.get(id=session).cred_version == row.cred_version + 1
    assert slow.upstream.state.families_lost == 0
    return calls, state


def _assert_never_two_at_once(session: UUID) -> None:
    sends = list(RefreshAttempt.objects.filter(session=session).order_by("sent_at"))
    for one, following in pairwise(sends):
        assert one.finished_at is not None
        assert one.finished_at <= following.sent_at


@pytest.mark.parametrize("somebody_else", [False, True], ids=["alone", "another goes on"])
def test_an_owner_stopped_past_its_lease_brings_its_answer_late(world: World, somebody_else: bool) -> None:
    """SIGSTOP with the answer in hand; SIGCONT after the lease has ended and, perhaps, another has replayed."""
    lease_s = 0.5
    world.upstream.set(grace=30)
    (session,) = world.sessions(1)
    owner = world.start(refresh_one, session, {"refresh.after_answer": "freeze"}, lease_s=lease_s)
    _wait_until_stopped(owner.pid)
    assert world.upstream.state.token_calls == 1
    pace = Pace(lease=lease_of(lease_s), sleep=lambda _: None)
    assert tokens.refresh_due(pace=pace).due == 0  # not while the lease lives
    wait_until(lambda: ProviderSession.objects.filter(id=session, lease_until__lt=timezone.now()).exists())
    if somebody_else:
        assert tokens.refresh_due(pace=pace).refreshed == 1
    os.kill(owner.pid, signal.SIGCONT)
    owner.join(20)
    assert owner.exitcode == 0
    row = ProviderSession.objects.get(id=session)
    assert (row.status, row.cred_version, row.lease_owner) == ("active", 2, None)
    assert world.works(session)
    assert world.upstream.state.families_lost == 0
    record(
        "owner frozen (SIGSTOP) past its lease",
        "another's answer and the late one are the same login: kept"
        if somebody_else
        else "the late 200 is kept",
        fast=False,
    )


def test_an_owner_stopped_before_it_sends_sends_nothing(world: World) -> None:
    lease_s = 0.5
    (session,) = world.sessions(1)
    owner = world.start(refresh_one, session, {"refresh.after_mark": "freeze"}, lease_s=lease_s, hurry=True)
    _wait_until_stopped(owner.pid)
    later = timezone.now() + timedelta(seconds=lease_s)
    wait_until(lambda: timezone.now() > later)
    assert tokens.refresh_due(pace=Pace(lease=lease_of(lease_s), sleep=lambda _: None)).refreshed == 1
    calls = world.upstream.state.token_calls
    os.kill(owner.pid, signal.SIGCONT)
    owner.join(20)
    assert world.upstream.state.token_calls == calls
    assert world.works(session)


def _wait_until_stopped(pid: int | None) -> None:
    def is_stopped() -> bool:
        with open(f"/proc/{pid}/stat") as file:  # noqa: PTH123  # a file of the kernel
            return file.read().rpartition(")")[2].split()[0] == "T"

    assert pid is not None
    began = time.monotonic()
    wait_until(is_stopped, seconds=10)
    assert time.monotonic() - began < 10
