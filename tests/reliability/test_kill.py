"""`kill -9` at each step of a refresh, and anywhere: each session works afterwards, or says why not.

The lease is the real one of 180 s, and the provider's grace is 10 s: who finds a session leased by a process that
is dead must not wait for the end of the lease.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import timedelta
from uuid import UUID

import pytest
from django.db.models import Q
from django.utils import timezone

from sessions_app.faults import POINTS
from sessions_app.models import ProviderSession
from sessions_app.models.session import IN_DOUBT
from sessions_app.services import rescue, schedule, tokens
from sessions_app.services.refresh import Pace
from tests.reliability.figures import record
from tests.reliability.roles import refresh_one
from tests.reliability.world import World
from tests.support.waiting import wait_until

pytestmark = pytest.mark.slow
GRACE_S = 10.0
AT_ONCE = 4
LOOK_EVERY_S = 0.1  # so that looking does not take the machine from the victims
KILLED_WITHIN_S = 0.2  # of its first refresh; in this time it makes some five more
# Until what the dead sent is not beside it any more, and what a call and a look at the row may take on a
# busy machine.
RECOVERY_S = schedule.REPLAY_AFTER.total_seconds() + 4.0
# Where the provider has traded the token, and nobody has its answer yet.
IN_MEMORY_ONLY = {"refresh.after_answer", "refresh.before_save", "journal.before_append"}


def plan_for(point: str) -> dict[str, str]:
    """The journal is used only when the database is away."""
    away = {"refresh.before_save": "no_database"} if point.startswith("journal.") else {}
    if point == "journal.before_remove":
        away = {"refresh.before_save": "no_database_once"}
    return away | {point: "die"}


def kill_at(world: World, point: str, sessions: Sequence[UUID]) -> None:
    """One process for each session, all at once."""
    rescue.replay()  # a victim without a database would stumble over what the one before left in the journal
    victims = [world.start(refresh_one, session, plan_for(point), hurry=True) for session in sessions]
    for victim in victims:
        victim.join(30)
        assert victim.exitcode == -9


def handfuls(victims: dict[str, list[UUID]]) -> Iterator[tuple[str, list[UUID]]]:
    """The sessions of each point, as many as are killed at once."""
    for point, sessions in victims.items():
        at_once = 1 if point.startswith("journal.") else AT_ONCE
        for start in range(0, len(sessions), at_once):
            yield point, sessions[start : start + at_once]


class Round:
    """From a first kill until somebody must look after the dead. Add to `kills` what was killed."""

    def __init__(self) -> None:
        self.kills = 0
        self.began = time.monotonic()

    @property
    def is_over(self) -> bool:
        """So soon, and after so few, that all are looked after within the grace, as they would be in life."""
        return self.kills >= 10 or time.monotonic() - self.began > GRACE_S / 4


def recover(*, fast: bool, seconds: float = RECOVERY_S) -> None:
    """Sweep as any process does until no session is leased or in doubt. In the fast form the two seconds that
    a send of the dead gets are over at once."""
    ahead = schedule.REPLAY_AFTER if fast else timedelta(0)
    pace = Pace(clock=lambda: timezone.now() + ahead, sleep=lambda _: None)

    def is_quiet() -> bool:
        threading.Event().wait(LOOK_EVERY_S)
        tokens.refresh_due(pace=pace)
        unsettled = IN_DOUBT | Q(lease_until__gt=timezone.now())
        return not ProviderSession.objects.filter(unsettled, status="active").exists()

    wait_until(is_quiet, seconds=seconds)


def assert_whole(world: World, sessions: list[UUID]) -> Counter[str]:
    """Each works or is marked with the one true reason; how many of each."""
    found: Counter[str] = Counter()
    for session in sessions:
        row = ProviderSession.objects.get(id=session)
        world.tokens_of(session)  # readable: nothing is corrupt
        if row.status == "active":
            assert world.works(session), row.name
            found["works"] += 1
        else:
            assert (row.status, row.status_reason) == ("needs_login", "lost_response")
            found["lost_response"] += 1
    return found


def test_a_kill_at_any_step_loses_nothing_within_the_grace(world: World, fast: bool) -> None:
    world.upstream.set(grace=GRACE_S)
    count = 1 if fast else 30
    victims = {point: world.sessions(count) for point in sorted(POINTS)}
    waits: dict[str, float] = dict.fromkeys(POINTS, 0.0)
    left, dead, this = list(handfuls(victims)), list[tuple[str, list[UUID]]](), Round()
    while left:
        dead.append(left.pop(0))
        kill_at(world, *dead[-1])
        this.kills += len(dead[-1][1])
        if left and not this.is_over:
            continue
        recover(fast=fast)
        took = time.monotonic() - this.began
        for point, sessions in dead:
            assert assert_whole(world, sessions) == {"works": len(sessions)}
            waits[point] = max(waits[point], took)
        dead, this = [], Round()
    for point, wait in waits.items():
        figure = f"{count} killed, {count} work, all again within {wait:.1f} s of the first kill"
        record(f"kill -9 at {point}, grace {GRACE_S:g} s", figure, fast=fast)
    assert world.upstream.state.families_lost == 0


def test_without_a_grace_each_loss_is_marked_for_what_it_is(world: World, fast: bool) -> None:
    victims = {point: world.sessions(1 if fast else 30) for point in sorted(POINTS)}
    for point, sessions in handfuls(victims):
        kill_at(world, point, sessions)
    recover(fast=fast, seconds=30)
    expected = {point: "lost_response" if point in IN_MEMORY_ONLY else "works" for point in sorted(POINTS)}
    for point, sessions in victims.items():
        assert assert_whole(world, sessions) == {expected[point]: len(sessions)}, point
        record(f"kill -9 at {point}, no grace", f"{len(sessions)} killed, all: {expected[point]}", fast=fast)
    assert world.upstream.state.families_lost == len(IN_MEMORY_ONLY) * (1 if fast else 30)


def test_kills_at_random_lose_nothing_within_the_grace(world: World, fast: bool) -> None:
    world.upstream.set(grace=GRACE_S)
    sessions = world.sessions(20)
    kills = 4 if fast else 200
    this = Round()
    for number in range(kills):
        world.kill_at_random(sessions, within_s=KILLED_WITHIN_S)
        this.kills += 1
        # In time for the grace, and before chance kills one session's refresh three times.
        if this.is_over or number == kills - 1:
            recover(fast=fast)
            this = Round()
    found = assert_whole(world, sessions)
    state = world.upstream.state
    assert found == {"works": len(sessions)}
    assert state.families_lost == 0
    record(
        f"kill -9 at random × {kills}, grace {GRACE_S:g} s",
        f"{state.refreshes:,} refreshes, {len(sessions)} sessions work, {state.families_lost} lost, 0 stuck",
        fast=fast,
    )


def test_kills_at_random_without_a_grace_tell_each_loss(world: World, fast: bool) -> None:
    sessions = world.sessions(4 if fast else 100)
    kills = 4 if fast else 200
    for number in range(kills):
        usable = list(ProviderSession.objects.filter(status="active").values_list("id", flat=True))
        world.kill_at_random(usable, within_s=KILLED_WITHIN_S)
        if number % 20 == 19 or number == kills - 1:
            recover(fast=fast, seconds=30)
    found = assert_whole(world, sessions)
    assert found["lost_response"] == world.upstream.state.families_lost
    record(
        f"kill -9 at random × {kills}, no grace",
        f"{found['works']} work, {found['lost_response']} of {len(sessions)} marked lost_response, 0 anything else",
        fast=fast,
    )
