"""What the process counts of its answers, at a real run and where the database or a reader fails."""

from __future__ import annotations

import asyncio
import time

import pytest
from django.contrib.auth.models import User
from django.db import OperationalError

from chat.meters import Histogram, Meters, meters
from chat.runner import Runner
from sessions_app.models import ProviderSession
from tests.chat.page import Reader, open_page
from tests.chat.test_writer import Database, OneRun, write
from tests.support.simulator import RunningSimulator
from tests.support.waiting import until


@pytest.fixture(autouse=True)
def _from_zero() -> None:
    meters.__dict__.update(Meters().__dict__)


def test_a_value_on_a_bound_counts_below_it() -> None:
    histogram = Histogram((1.0, 2.0))
    for value in (0.5, 1.0, 1.5, 2.0, 9.0):
        histogram.observe(value)
    assert histogram.cumulative() == [2, 4, 5]
    assert histogram.sum == 14.0


@pytest.mark.django_db(transaction=True)
async def test_a_run_counts_its_outcome_its_first_token_and_what_its_frames_took(
    owner: User, session: ProviderSession, running: Runner
) -> None:
    async with open_page(owner) as page:
        began = time.monotonic()
        ack = await page.ask(session)
        await page.attach(ack["generation"])
        await page.read(Reader())
        await until(lambda: running.running() == 0)
        took = time.monotonic() - began
    assert meters.runs == {("simulator", "complete"): 1}
    assert sum(meters.first_token.counts) == 1
    assert 0 < meters.first_token.sum < took
    assert 0 < meters.added.sum < took
    assert 0 < meters.write_lag.sum <= took + meters.last_write_lag
    assert meters.failed_writes == meters.left_runs == meters.overflows == 0


@pytest.mark.django_db(transaction=True)
async def test_a_refused_run_counts_without_a_first_token(
    owner: User, session: ProviderSession, running: Runner, upstream: RunningSimulator
) -> None:
    upstream.set(fault="bad_request")
    async with open_page(owner) as page:
        await page.ask(session)
        await until(lambda: meters.runs)
    assert meters.runs == {("simulator", "failed"): 1}
    assert sum(meters.first_token.counts) == 0


async def test_the_lag_of_a_write_holds_the_time_of_those_that_failed() -> None:
    database, run = Database(OperationalError("locked"), OperationalError("locked")), OneRun("a")
    began = time.monotonic()
    await write(database, run)
    assert meters.failed_writes == 2
    assert sum(meters.write_lag.counts) == 1
    assert 0.02 <= meters.last_write_lag <= time.monotonic() - began, "two pauses of 10 ms came before it"


@pytest.mark.django_db(transaction=True)
async def test_what_waits_for_a_page_is_counted_until_it_reads(
    owner: User, session: ProviderSession, running: Runner, upstream: RunningSimulator
) -> None:
    upstream.set(pace=50)
    async with open_page(owner) as page:
        ack = await page.ask(session)
        await page.attach(ack["generation"])
        queued = list[int]()
        reading = asyncio.create_task(page.read(Reader()))
        while not reading.done():
            queued += running.hub.queued()
            await asyncio.sleep(0)
        assert queued, "live events were seen in a queue"
        assert running.hub.queued() == []
