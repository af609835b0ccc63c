"""A message is one message, however often and wherever it is sent."""

from __future__ import annotations

import asyncio
import random
import uuid

from tests.reliability.figures import record
from tests.reliability.streams.installation import Installation, Served
from tests.reliability.streams.tab import Tab, tabs
from tests.support.simulator import RunningSimulator

AT_ONCE = 15
SHORT = "/simulate numbered 20\n/simulate pace 200"


async def test_a_message_sent_again_is_one_run(
    place: Installation, server: Served, second: Served, upstream: RunningSimulator, fast: bool
) -> None:
    times = 2 if fast else 60
    marks = [f"once-{uuid.uuid4()}" for _ in range(3 * times)]
    async with tabs(place.people[0], server.address, second.address) as (one, other):
        ways = (_double_click, _resent, _two_tabs)
        for at in range(0, len(marks), AT_ONCE):
            some = marks[at : at + AT_ONCE]
            await asyncio.gather(*(ways[at % 3](one, other, mark) for at, mark in enumerate(some)))
        generations = {ack["generation"] for tab in (one, other) for ack in tab.acks.values()}
        for generation in generations:
            one.follow(generation)
        for generation in generations:
            assert (await one.end_of(generation)).status == "complete"
    assert len(generations) == len(marks)
    assert [len(upstream.state.deliveries_of(mark)) for mark in marks] == [1] * len(marks)
    figure = f"{len(marks)} messages, each sent twice or more: {len(generations)} runs, {len(marks)} upstream calls"
    record("double click, resend after reconnect, two tabs", figure, fast=fast)


async def _double_click(one: Tab, other: Tab, mark: str) -> None:
    client, conversation = str(uuid.uuid4()), str(uuid.uuid4())
    for _ in range(2):
        one.ask(f"{mark}\n{SHORT}", client_id=client, conversation=conversation)
    await one.generation_of(client)


async def _resent(one: Tab, other: Tab, mark: str) -> None:
    """The connection breaks somewhere between the click and the acknowledgement."""
    client = one.ask(f"{mark}\n{SHORT}")
    await asyncio.sleep(random.uniform(0, 0.02))
    one.cut()
    await one.generation_of(client)


async def _two_tabs(one: Tab, other: Tab, mark: str) -> None:
    client, conversation = str(uuid.uuid4()), str(uuid.uuid4())
    for tab in (one, other):
        tab.ask(f"{mark}\n{SHORT}", client_id=client, conversation=conversation)
    assert await one.generation_of(client) == await other.generation_of(client)
