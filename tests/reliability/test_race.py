"""Everybody wants the same tokens at once: one call each, whoever makes it."""

from __future__ import annotations

import random

import pytest
from django.db import connection

from providers.errors import GrantRefused
from sessions_app.models import ProviderSession
from tests.reliability.figures import record
from tests.reliability.roles import callers
from tests.reliability.world import World, held_by

KINDS = ["web", "worker", "loop", "rejected"]


@pytest.mark.early
def test_simultaneous_expiries_make_one_call_each(world: World, fast: bool) -> None:
    count, processes = (40, 2) if fast else (1000, 8)
    sessions = world.sessions(count)
    # Each process has half of the sessions, another half than most others: so 16 threads want each of them.
    halves = [random.sample(sessions, len(sessions)) for _ in range(processes // 2)]
    parts = [half[which::2] for half in halves for which in (0, 1)]
    # A sweep holds up to six connections, and a PostgreSQL server takes a hundred by default.
    sweeping = processes if connection.vendor == "sqlite" else 2
    kinds = [KINDS if number < sweeping else ["web", "rejected"] * 2 for number in range(processes)]
    given = world.ask(callers, [(kind, part, len(kind)) for kind, part in zip(kinds, parts, strict=True)])

    state = world.upstream.state
    assert state.token_calls == state.refreshes == count
    assert (state.replays, state.families_lost) == (0, 0)
    rows = ProviderSession.objects.all()
    assert rows.filter(status="active", cred_version=2, lease_owner=None).count() == count
    held = {row.id: {held_by(row).access_token.reveal()} for row in rows}
    for answers in given:
        for session, found in answers.items():
            assert found == held[session]
    record(
        f"{processes} processes × {len(KINDS)} threads, {count:,} expiries",
        f"{state.token_calls:,} upstream calls, {state.replays} replays, {state.families_lost} lost",
        fast=fast,
    )


@pytest.mark.early
def test_a_crowd_around_one_session_makes_one_call(world: World, fast: bool) -> None:
    (session,) = world.sessions(1)
    world.upstream.set(token_delay=0.5)  # so that it is a crowd before there are new tokens
    processes, threads = (2, 20) if fast else (8, 125)
    # A caller may hold two connections, and a PostgreSQL server takes a hundred by default: so the callers
    # queue as they do in a server, which has a pool of threads (`chat.threads`).
    at_once = threads if connection.vendor == "sqlite" else min(threads, 5)
    given = world.ask(callers, [(["web"] * threads, [session], at_once)] * processes)
    tokens = set.union(*(answers[session] for answers in given))
    state = world.upstream.state
    assert tokens == {world.tokens_of(session).access_token.reveal()}
    assert (state.token_calls, state.replays) == (1, 0)
    record(
        f"one session, {processes * threads:,} callers at once",
        f"{_queued(processes, threads, at_once)}{state.token_calls} call, {len(tokens)} token",
        fast=fast,
    )


def _queued(processes: int, threads: int, at_once: int) -> str:
    if at_once == threads:
        return ""
    return f"they queue for {processes} pools of {at_once} threads (the server takes 100 connections), "


def test_the_counters_would_show_a_race(world: World) -> None:
    """Without the row's compare-and-swap two callers would send the same token: that is what a replay is."""
    (session,) = world.sessions(1)
    oauth = world.oauth()
    held = world.tokens_of(session)
    oauth.refresh(held)
    with pytest.raises(GrantRefused):
        oauth.refresh(held)
    assert (world.upstream.state.replays, world.upstream.state.families_lost) == (1, 1)
