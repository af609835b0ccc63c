"""One socket's queue: bounds, merging, and catching up from the database."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from chat.frames import encode_frame
from chat.hub import Hub
from chat.log import Ended, EventLog
from chat.protocol import Pong, Snapshot
from chat.services import runs
from chat.services.runs import RunWrite
from chat.services.turns import Started
from chat.sockets import MAX_POSTED_FRAMES, MAX_QUEUED_FRAMES, MERGE_S, Socket
from chat.threads import in_thread
from providers.events import TextDelta
from sessions_app.models import ProviderSession
from tests.chat.page import Reader
from tests.chat.rows import queue
from tests.support.waiting import until

pytestmark = pytest.mark.django_db(transaction=True)


class Wire:
    """The far end of a socket. While `open` is not set it takes nothing."""

    def __init__(self) -> None:
        self.open = asyncio.Event()
        self.open.set()
        self.frames: list[dict[str, Any]] = []
        self.closed: list[int] = []

    async def send(self, text: str) -> None:
        await self.open.wait()
        self.frames.append(json.loads(text))

    async def close(self, code: int) -> None:
        self.closed.append(code)

    def socket(self, hub: Hub, **options: float) -> Socket:
        return Socket(user_id=1, hub=hub, send=self.send, close=self.close, **options)

    def reader(self) -> Reader:
        """What a browser makes of the events so far."""
        reader = Reader()
        for frame in self.frames:
            if frame["type"] == "event":
                reader.take(frame)
        return reader


@pytest.fixture
def started(owner: User, session: ProviderSession) -> Started:
    return queue(owner, session)


def snapshot_of(started: Started) -> Snapshot:
    return Snapshot(
        generation=started.generation.pk,
        conversation=started.conversation.pk,
        message=str(started.message.pk),
        status="running",
        seq=0,
    )


async def stop(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_a_queue_that_overflows_is_dropped_and_read_from_the_database(started: Started) -> None:
    claimed = await in_thread(runs.claim, started.generation.pk, now=timezone.now())
    assert claimed is not None
    hub, log, wire = Hub(), EventLog(), Wire()
    socket = wire.socket(hub)
    hub.begin(claimed.generation_id, log)
    socket.attach(snapshot_of(started))
    pump = asyncio.create_task(socket.pump())
    hub.publish(claimed.generation_id, log.add(TextDelta(text="0 ")))
    await until(lambda: wire.reader().text == "0 ")
    wire.open.clear()
    for number in range(1, MAX_QUEUED_FRAMES * 3):
        hub.publish(claimed.generation_id, log.add(TextDelta(text=f"{number} ")))
        if number % 100 == 0:
            log.flush()
            await asyncio.sleep(0)
    frame = log.end(Ended(status="complete"))
    rows = log.flush()
    write = RunWrite(
        generation_id=claimed.generation_id,
        epoch=1,
        rows=rows,
        seq=rows[-1].seq,
        parts_json="[]",
        ended=Ended(status="complete"),
    )
    assert await in_thread(runs.write_batch, [write], now=timezone.now()) == frozenset()
    log.stored(rows[-1].seq)
    hub.publish(claimed.generation_id, frame)
    hub.end(claimed.generation_id)
    wire.open.set()
    await until(lambda: wire.reader().ended)
    assert wire.reader().text == "".join(f"{number} " for number in range(MAX_QUEUED_FRAMES * 3))
    assert len(wire.frames) < 40, "pieces of one row travel together"
    await stop(pump)


async def test_a_page_that_reads_nothing_is_closed() -> None:
    wire = Wire()
    wire.open.clear()
    socket = wire.socket(Hub(), send_timeout_s=0.05)
    socket.post(Pong())
    await asyncio.wait_for(socket.pump(), 5)
    assert wire.closed == [4408]


async def test_a_page_that_asks_faster_than_it_reads_is_closed() -> None:
    wire = Wire()
    socket = wire.socket(Hub())
    for _ in range(MAX_POSTED_FRAMES + 1):
        socket.post(Pong())
    await asyncio.wait_for(socket.pump(), 5)
    assert wire.closed == [4408]
    assert len(wire.frames) == MAX_POSTED_FRAMES


async def test_attaching_twice_follows_once(started: Started) -> None:
    hub, wire, log = Hub(), Wire(), EventLog()
    socket = wire.socket(hub)
    hub.begin(started.generation.pk, log)
    pump = asyncio.create_task(socket.pump())
    log.add(TextDelta(text="Par"))
    for _ in range(2):
        socket.attach(snapshot_of(started))
    await until(lambda: wire.reader().text == "Par")
    hub.publish(started.generation.pk, log.add(TextDelta(text="is")))
    await until(lambda: wire.reader().text == "Paris")
    socket.forget_all()
    hub.publish(started.generation.pk, log.add(TextDelta(text="!")))
    await asyncio.sleep(0)
    assert wire.reader().text == "Paris"
    await stop(pump)


async def test_the_first_piece_goes_at_once_and_what_follows_closely_goes_together(started: Started) -> None:
    hub, wire, log = Hub(), Wire(), EventLog()
    socket = wire.socket(hub)
    hub.begin(started.generation.pk, log)
    pump = asyncio.create_task(socket.pump())
    socket.attach(snapshot_of(started))
    await until(lambda: wire.frames)
    await asyncio.sleep(2 * MERGE_S)  # a page that has been quiet
    hub.publish(started.generation.pk, log.add(TextDelta(text="0 ")))
    for _ in range(3):  # the pump's turn, not its pause
        await asyncio.sleep(0)
    assert wire.reader().text == "0 "
    for number in range(1, 100):
        hub.publish(started.generation.pk, log.add(TextDelta(text=f"{number} ")))
    await until(lambda: wire.reader().text.endswith("99 "))
    assert wire.reader().text == "".join(f"{number} " for number in range(100))
    assert len([frame for frame in wire.frames if frame["type"] == "event"]) == 2
    await stop(pump)


async def test_a_frame_is_encoded_once_for_all_tabs(
    started: Started, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoded: list[object] = []
    monkeypatch.setattr(
        "chat.hub.encode_frame", lambda frame: (encoded.append(frame), encode_frame(frame))[1]
    )
    hub, log, wires = Hub(), EventLog(), [Wire(), Wire(), Wire()]
    hub.begin(started.generation.pk, log)
    sockets = [wire.socket(hub) for wire in wires]
    pumps = [asyncio.create_task(socket.pump()) for socket in sockets]
    for socket in sockets:
        socket.attach(snapshot_of(started))
    await until(lambda: all(wire.frames for wire in wires))
    for number in range(5):
        hub.publish(started.generation.pk, log.add(TextDelta(text=f"{number} ")))
        await until(lambda number=number: all(wire.reader().text.endswith(f"{number} ") for wire in wires))
    assert [wire.reader().text for wire in wires] == ["0 1 2 3 4 "] * 3
    assert len(encoded) == 5
    for pump in pumps:
        await stop(pump)
