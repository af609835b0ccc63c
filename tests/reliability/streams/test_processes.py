"""Two web processes behind a proxy that alternates: either one attaches, replays and stops; one may die."""

from __future__ import annotations

import asyncio
import time

from tests.reliability.figures import record
from tests.reliability.streams.conftest import Install
from tests.reliability.streams.tab import Tab, tabs
from tests.reliability.streams.talk import new_mark, prompt, unbroken
from tests.reliability.streams.test_killed import SHORT
from tests.support.proxy import alternating_proxy
from tests.support.simulator import RunningSimulator

SETTLED_S = 90


async def test_either_process_serves_and_one_may_die(
    install: Install, upstream: RunningSimulator, fast: bool
) -> None:
    streams, pace, timing = (3, 50, SHORT) if fast else (20, 50, {})
    with install() as place:
        doomed, other = place.serve(**timing), place.serve(**timing)
        person = place.people[0]
        async with (
            alternating_proxy(doomed.port, other.port) as proxy,
            tabs(person, doomed.address, other.address) as (here, there),
            tabs(person, *[lambda: proxy.url] * 2) as pages,
        ):
            lines = pace * (3 if fast else 10)
            ours = [await there.asked(prompt(new_mark(), numbered=lines, pace=pace)) for _ in range(streams)]
            endless = {"numbered": 100_000, "pace": pace}
            theirs = [await here.asked(prompt(new_mark(), **endless)) for _ in range(streams)]
            stopped, orphaned, left = theirs[0], theirs[1], theirs[2:]
            for page in (*pages, there):
                for generation in ours + theirs:
                    page.follow(generation)
            await _all_begun(pages, ours + theirs)
            there.stop(stopped)  # runs in the process that will die
            assert (await there.end_of(stopped)).status == "stopped"
            killed_at = time.time()
            await asyncio.to_thread(doomed.kill)
            there.stop(orphaned)
            orphan = await there.end_of(orphaned, seconds=SETTLED_S)
            took_s = time.time() - killed_at
            for page in pages:
                for generation in ours + theirs:
                    await page.ended(generation, seconds=SETTLED_S)
            for page in pages:
                page.reload()
            runs = place.call("runs", ids=ours + theirs)
            for run in runs:
                for page in pages:
                    assert (await page.ended(run["id"])).text == run["text"]
    by_id = {run["id"]: run for run in runs}
    assert all(run["flaw"] == "" for run in runs)
    assert [unbroken(by_id[one]["text"]) for one in ours] == [lines] * streams
    assert {by_id[one]["status"] for one in ours} == {"complete"}
    assert {by_id[one]["status"] for one in left} == {"interrupted"}
    assert orphan.status == "stopped"
    settled = max(by_id[one]["finished_at"] for one in left) - killed_at
    assert fast or settled <= SETTLED_S
    assert min(proxy.taken.values()) > 0
    record(
        "two web processes behind an alternating proxy, the runner's killed",
        f"{streams} runs of the other complete, {len(left)} of its own interrupted after {settled:.0f} s, text kept; "
        f"attach, replay and stop by the other work; stop of an orphan {took_s:.0f} s",
        fast=fast,
    )  # fmt: skip


async def _all_begun(pages: list[Tab], generations: list[str]) -> None:
    for page in pages:
        for generation in generations:
            await page.begun(generation)
