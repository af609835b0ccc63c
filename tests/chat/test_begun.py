"""A coroutine whose first step needs no task, and the rest of one that waits."""

from __future__ import annotations

import asyncio

import pytest

from chat.begun import begin


async def test_what_does_not_wait_is_done_at_once() -> None:
    done: list[asyncio.Task[None] | None] = []

    async def work() -> None:
        done.append(asyncio.current_task())

    loop = asyncio.get_running_loop()
    loop.call_soon(lambda: done.append(begin(work())))  # type: ignore[arg-type, func-returns-value]
    await asyncio.sleep(0)
    assert done == [None, None], "no task ran it, and nothing is left"


async def test_what_waits_goes_on_in_the_task_that_awaits_it() -> None:
    done: list[object] = []

    async def work(first: asyncio.Future[str], second: asyncio.Future[str]) -> None:
        done.append(await first)
        await asyncio.sleep(0)  # a bare `yield` instead of a future
        done.append(await second)

    futures = [asyncio.get_running_loop().create_future() for _ in range(2)]
    begun = begin(work(*futures))
    assert begun is not None

    async def rest() -> None:
        await begun

    futures[0].set_result("one")
    task = asyncio.create_task(rest())
    await asyncio.sleep(0.01)
    assert (done, task.done()) == (["one"], False)
    futures[1].set_result("two")
    await task
    assert done == ["one", "two"]


async def test_what_is_thrown_in_reaches_the_coroutine() -> None:
    heard: list[str] = []

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            heard.append("cancelled")
            await asyncio.sleep(0)
            heard.append("and tidied up")
            raise

    begun = begin(work())
    assert begun is not None
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await begun
    assert heard == ["cancelled", "and tidied up"]


async def test_what_is_thrown_in_may_be_all_that_it_waited_for() -> None:
    async def work() -> None:
        try:
            await asyncio.get_running_loop().create_future()
        except OSError:
            return

    begun = begin(work())
    assert begun is not None
    steps = begun.__await__()
    next(steps)
    with pytest.raises(StopIteration):
        steps.throw(OSError())


async def test_who_awaits_hears_what_it_broke_with() -> None:
    async def broken() -> None:
        raise OSError("gone")

    async def breaks_later() -> None:
        await asyncio.sleep(0)
        raise OSError("gone later")

    for work, sentence in ((broken, "gone"), (breaks_later, "gone later")):
        begun = begin(work())
        assert begun is not None
        with pytest.raises(OSError, match=sentence):
            await begun


async def test_what_is_closed_ends_where_it_is() -> None:
    ended: list[bool] = []

    async def work() -> None:
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            ended.append(True)

    begun = begin(work())
    assert begun is not None
    begun.close()
    assert ended == [True]
