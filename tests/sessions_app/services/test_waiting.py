"""Who waits for another process's refresh gets its outcome, or does it when that process dies."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from sessions_app.models import ProviderSession
from sessions_app.services import schedule, store, tokens
from sessions_app.services.refresh import Pace
from tests.support.marked import marked_process
from tests.support.simulator import RunningSimulator

pytestmark = pytest.mark.django_db(transaction=True)


def lease_to(session: ProviderSession, mark: str) -> None:
    """Another process sent the token five seconds ago and waits for the answer."""
    now = timezone.now()
    lease = store.claim(session.id, version=session.cred_version, now=now)
    assert lease is not None
    store.mark_sent(lease, now=now - timedelta(seconds=5), cause="due", worker="another")
    ProviderSession.objects.update(lease_process=mark, lease_until=now + schedule.LEASE)


def test_a_caller_goes_on_when_the_process_it_waits_for_is_killed(
    oauth_session: ProviderSession, upstream: RunningSimulator
) -> None:
    calls, waits = upstream.state.token_calls, list[float]()
    with marked_process() as owner:
        lease_to(oauth_session, owner.mark)

        def sleep(seconds: float) -> None:
            waits.append(seconds)
            if len(waits) == 3:
                owner.process.kill()
                owner.process.wait(10)

        past = timezone.now() - timedelta(seconds=1)
        ProviderSession.objects.update(expires_at=past)
        access = tokens.access_for(oauth_session.id, pace=Pace(sleep=sleep))
    assert access.cred_version == 2
    assert upstream.state.token_calls == calls + 1
    assert len(waits) == 4


def test_a_refresh_that_was_killed_is_done_again_by_whoever_looks(
    oauth_session: ProviderSession, upstream: RunningSimulator
) -> None:
    calls = upstream.state.token_calls
    with marked_process() as owner:
        lease_to(oauth_session, owner.mark)
        assert tokens.take_over_from_the_dead().due == 0
        owner.process.kill()
        owner.process.wait(10)
        assert tokens.take_over_from_the_dead().refreshed == 1
    assert upstream.state.token_calls == calls + 1
    assert tokens.take_over_from_the_dead().due == 0


def test_looking_for_the_dead_costs_one_query(
    oauth_session: ProviderSession, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(1):
        tokens.take_over_from_the_dead()
