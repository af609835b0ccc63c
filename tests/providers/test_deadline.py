"""A time limit for one wait after another: as strict as asyncio's own, with fewer timers."""

from __future__ import annotations

import asyncio

import pytest

from providers.deadline import Deadline


async def test_a_wait_that_takes_too_long_ends_in_a_time_out() -> None:
    loop, deadline = asyncio.get_running_loop(), Deadline()
    began = loop.time()
    with pytest.raises(TimeoutError), deadline.by(began + 0.05):
        await asyncio.Event().wait()
    assert 0.04 <= loop.time() - began < 2
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0
    await asyncio.sleep(0)  # nothing of the cancellation is left


async def test_each_wait_has_its_own_limit_however_long_they_are_together() -> None:
    loop, deadline = asyncio.get_running_loop(), Deadline()
    for _ in range(5):
        with deadline.by(loop.time() + 0.6):  # far from the wait, so that a busy machine does not reach it
            await asyncio.sleep(0.15)
    with (
        pytest.raises(TimeoutError),
        deadline.by(loop.time() + 0.03),
    ):  # sooner than the timer that is still set
        await asyncio.sleep(5)


async def test_time_between_two_waits_does_not_count() -> None:
    loop, deadline = asyncio.get_running_loop(), Deadline()
    with deadline.by(loop.time() + 0.02):
        await asyncio.sleep(0)
    await asyncio.sleep(0.05)
    with deadline.by(loop.time() + 1):
        await asyncio.sleep(0)
    deadline.close()


async def test_waits_that_go_well_share_one_timer(monkeypatch: pytest.MonkeyPatch) -> None:
    loop, deadline, timers = asyncio.get_running_loop(), Deadline(), []
    call_at = loop.call_at
    monkeypatch.setattr(
        loop, "call_at", lambda *args, **kwargs: timers.append(args) or call_at(*args, **kwargs)
    )
    for _ in range(1000):
        with deadline.by(loop.time() + 60):
            await asyncio.sleep(0)
    assert len(timers) == 1
    deadline.close()


async def test_a_cancellation_from_outside_stays_one() -> None:
    deadline = Deadline()

    async def wait() -> None:
        with deadline.by(asyncio.get_running_loop().time() + 60):
            await asyncio.Event().wait()

    task = asyncio.create_task(wait())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    deadline.close()
