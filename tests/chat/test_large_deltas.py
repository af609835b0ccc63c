"""A page that does not read while large pieces of an answer come: what waits for it is bounded in bytes, too."""

from __future__ import annotations

import asyncio
import uuid

import pytest

from chat.hub import FRAME_OVERHEAD, Hub
from chat.log import EventLog
from chat.meters import Meters, meters
from chat.protocol import Snapshot
from chat.sockets import MAX_QUEUED_BYTES
from providers.events import TextDelta
from tests.chat.test_sockets import Wire, stop
from tests.support.waiting import until

PIECE = 100_000
FITTING = MAX_QUEUED_BYTES // (PIECE + FRAME_OVERHEAD)


@pytest.fixture(autouse=True)
def _from_zero() -> None:
    meters.__dict__.update(Meters().__dict__)


@pytest.mark.django_db(transaction=True)
async def test_over_one_mebibyte_the_queue_is_dropped_whole() -> None:
    hub, log, wire = Hub(), EventLog(), Wire()
    generation = uuid.uuid4()
    hub.begin(generation, log)
    socket = wire.socket(hub)
    snapshot = Snapshot(
        generation=generation, conversation=uuid.uuid4(), message="1", status="running", seq=0
    )
    socket.attach(snapshot)
    pump = asyncio.create_task(socket.pump())
    hub.publish(generation, log.add(TextDelta(text="first ")))
    await until(lambda: wire.reader().text == "first ")
    wire.open.clear()
    hub.publish(generation, log.add(TextDelta(text="second ")))
    await until(lambda: hub.queued() == [])  # the pump has it, and waits for the page
    for number in range(1, FITTING + 1):
        hub.publish(generation, log.add(TextDelta(text="x" * PIECE)))
        assert (hub.queued(), meters.overflows) == ([number], 0)
    hub.publish(generation, log.add(TextDelta(text="x" * PIECE)))
    assert (hub.queued(), meters.overflows) == ([], 1)
    await stop(pump)
