"""Redis carries hints only: it may be flushed or killed while answers stream."""

from __future__ import annotations

import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import redis

from tests.reliability.figures import record
from tests.reliability.streams.conftest import Install
from tests.reliability.streams.tab import Tab, tabs
from tests.reliability.streams.talk import new_mark, prompt, unbroken
from tests.support.simulator import RunningSimulator
from tests.support.waiting import until, wait_until
from tests.system.servers import free_port

pytestmark = [pytest.mark.redis, pytest.mark.alone]
PACE = 40


@contextmanager
def own_redis(port: int) -> Iterator[tuple[subprocess.Popen[bytes], redis.Redis]]:
    """A Redis server of the test's own, which it may kill."""
    if shutil.which("redis-server") is None:
        pytest.skip("no redis-server on this machine")
    command = ["redis-server", "--port", str(port), "--save", "", "--appendonly", "no"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    client = redis.Redis(port=port)
    try:
        wait_until(lambda: _answers(client), seconds=20)
        yield process, client
    finally:
        client.close()
        process.send_signal(signal.SIGCONT)
        process.kill()
        process.wait(10)


def _answers(client: redis.Redis) -> bool:
    try:
        return bool(client.ping())
    except redis.ConnectionError:
        return False


@pytest.mark.parametrize("fate", ["flushed", "killed", "frozen"])
async def test_redis_may_vanish_in_the_middle(
    install: Install, upstream: RunningSimulator, fast: bool, fate: str
) -> None:
    streams, seconds, port = (4, 2, free_port()) if fast else (20, 10, free_port())
    with own_redis(port) as (process, client), install(REDIS_URL=f"redis://127.0.0.1:{port}") as place:
        first, second = place.serve(), place.serve()
        async with tabs(place.people[0], first.address, second.address) as (here, there):
            lines = seconds * PACE
            asked = [await here.asked(prompt(new_mark(), numbered=lines, pace=PACE)) for _ in range(streams)]
            mark = new_mark()
            endless = await here.asked(prompt(mark, numbered=100_000, pace=PACE))
            for generation in (*asked, endless):
                there.follow(generation)
                await there.begun(generation)
            match fate:
                case "flushed":
                    client.flushall()
                case "killed":
                    process.kill()
                case _:
                    process.send_signal(signal.SIGSTOP)
            took_s = await _stop(there, endless, upstream, mark)
            late = await there.asked(prompt(new_mark(), numbered=PACE, pace=0))  # chatting goes on
            for generation in (*asked, late):
                for tab in (here, there):
                    tab.follow(generation)
                    assert (await tab.end_of(generation)).status == "complete"
            texts = [[tab.shown[one].text for tab in (here, there)] for one in asked]
        runs = place.call("runs", ids=[*asked, endless])
    assert [run["flaw"] for run in runs] == [""] * len(runs)
    assert [unbroken(run["text"]) for run in runs[:-1]] == [lines] * streams
    assert texts == [[run["text"]] * 2 for run in runs[:-1]]
    figure = f"{streams} answers whole in both processes; stop by the other closed upstream after {took_s * 1000:.0f} ms"
    record(f"Redis {fate} in mid-stream", figure, fast=fast)
    assert fast or took_s <= 1.0


async def _stop(tab: Tab, generation: str, upstream: RunningSimulator, mark: str) -> float:
    """Seconds from the click until the provider sees its connection closed."""
    clicked_at = time.time()
    tab.stop(generation)
    assert (await tab.end_of(generation)).status == "stopped"
    [delivery] = upstream.state.deliveries_of(mark)
    await until(lambda: delivery.ended_at)
    return delivery.ended_at - clicked_at
