"""Live text that is sent without the pump: its order with everything else, and what happens when it has to wait."""

from __future__ import annotations

import asyncio
import random
from typing import Any
from uuid import uuid4

import pytest

from chat.hub import Hub
from chat.log import Ended, EventLog
from chat.protocol import Pong, Snapshot, StatusFrame
from chat.sockets import MERGE_S, Socket
from providers.events import TextDelta, ThinkingDelta
from tests.chat.test_sockets import Wire, stop
from tests.support.waiting import until


class Watched(Wire):
    """A far end that notes which task sent what, and may take a turn or two for a frame."""

    def __init__(self, dice: random.Random | None = None) -> None:
        super().__init__()
        self.tasks: list[asyncio.Task[Any] | None] = []
        self.sending = 0
        self._dice = dice

    async def send(self, text: str) -> None:
        assert not self.sending, "one frame at a time"
        self.sending += 1
        try:
            try:
                self.tasks.append(asyncio.current_task())
            except RuntimeError:
                self.tasks.append(None)
            for _ in range(self._dice.choice((0, 0, 1, 2)) if self._dice else 0):
                await asyncio.sleep(self._dice.choice((0, 0.001)) if self._dice else 0)
            await super().send(text)
        finally:
            self.sending -= 1


class Talk:
    """A page that follows a generation of this process."""

    def __init__(self, wire: Wire, **options: float) -> None:
        self.id, self.hub, self.log, self.wire = uuid4(), Hub(), EventLog(), wire
        self.socket: Socket = wire.socket(self.hub, **options)
        self.hub.begin(self.id, self.log)
        self.pump = asyncio.create_task(self.socket.pump())

    async def attached(self) -> Talk:
        """Live, and quiet for longer than frames are merged."""
        snapshot = Snapshot(
            generation=self.id, conversation=uuid4(), message=str(uuid4()), status="running", seq=0
        )
        self.socket.attach(snapshot)
        await until(lambda: self.wire.frames)
        await asyncio.sleep(2 * MERGE_S)
        return self

    def say(self, text: str) -> None:
        self.hub.publish(self.id, self.log.add(TextDelta(text=text)))

    def end(self) -> None:
        ended = Ended(status="complete")
        self.hub.publish(self.id, self.log.end(ended))
        self.socket.post(StatusFrame(generation=self.id, conversation=uuid4(), status="complete"))


async def turns(count: int = 3) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


async def test_live_text_is_sent_by_no_task_and_everything_else_by_the_pump() -> None:
    wire = Watched()
    talk = await Talk(wire).attached()
    talk.say("Par")
    await turns()
    talk.say("is")
    await until(lambda: wire.reader().text == "Paris")
    talk.socket.post(Pong())
    await until(lambda: wire.frames[-1]["type"] == "pong")
    assert wire.tasks == [talk.pump, None, None, talk.pump]
    await stop(talk.pump)


async def test_what_one_read_brings_travels_together() -> None:
    wire = Watched()
    talk = await Talk(wire).attached()
    for number in range(5):
        talk.say(f"{number} ")
    await turns()
    assert wire.reader().text == "0 1 2 3 4 "
    assert [frame["type"] for frame in wire.frames] == ["snapshot", "event"]
    await stop(talk.pump)


@pytest.mark.parametrize("seed", range(20))
async def test_order_holds_whatever_comes_between_and_however_slowly_it_is_taken(seed: int) -> None:
    dice = random.Random(seed)
    wire = Watched(dice)
    talk = await Talk(wire).attached()
    said, pings = "", 0
    for number in range(120):
        match dice.randrange(8):
            case 0:
                talk.socket.post(Pong(ref=str(pings)))
                pings += 1
            case 1:
                await asyncio.sleep(dice.choice((0, 0.001, MERGE_S)))
            case 2:
                talk.hub.publish(talk.id, talk.log.add(ThinkingDelta(text="hm")))
            case 3:
                talk.log.flush()  # the next piece begins a row
            case _:
                talk.say(f"{number} ")
                said += f"{number} "
    talk.end()
    await until(lambda: wire.frames[-1]["type"] == "status")
    assert wire.reader().text == said
    assert [frame["ref"] for frame in wire.frames if frame["type"] == "pong"] == [
        str(number) for number in range(pings)
    ]
    assert wire.frames[-2]["event"]["type"] == "ended", "the status comes after the last event"
    await stop(talk.pump)


async def test_what_the_page_does_not_take_at_once_is_the_pumps_and_later_text_waits() -> None:
    wire = Watched()
    talk = await Talk(wire).attached()
    wire.open.clear()
    talk.say("one ")
    await turns()
    assert (wire.sending, talk.hub.queued()) == (1, [])
    talk.say("two ")
    talk.socket.post(Pong())
    talk.say("three ")
    await asyncio.sleep(2 * MERGE_S)
    assert (wire.sending, talk.hub.queued(), len(wire.frames)) == (1, [2], 1)
    wire.open.set()
    await until(lambda: wire.reader().text == "one two three ")
    assert [frame["type"] for frame in wire.frames] == ["snapshot", "event", "pong", "event"]
    await stop(talk.pump)


async def test_a_page_that_never_takes_what_was_begun_is_closed() -> None:
    wire = Watched()
    talk = await Talk(wire, send_timeout_s=0.05).attached()
    wire.open.clear()
    talk.say("one ")
    await asyncio.wait_for(talk.pump, 5)
    assert (wire.closed, wire.sending) == ([4408], 0)


async def test_closing_waits_for_what_was_begun() -> None:
    wire = Watched()
    talk = await Talk(wire).attached()
    wire.open.clear()
    talk.say("one ")
    await turns()
    talk.socket.post(Pong())
    talk.socket.close_soon(4401)
    await asyncio.sleep(2 * MERGE_S)
    assert wire.closed == []
    wire.open.set()
    await asyncio.wait_for(talk.pump, 5)
    assert [frame["type"] for frame in wire.frames] == ["snapshot", "event", "pong"]
    assert wire.closed == [4401]


@pytest.mark.parametrize("took_over", [False, True])
async def test_a_page_that_goes_while_a_frame_waits_leaves_nothing(took_over: bool) -> None:
    wire = Watched()
    talk = await Talk(wire).attached()
    wire.open.clear()
    asyncio.get_running_loop().call_soon(talk.pump.cancel if not took_over else lambda: None)
    talk.say("one ")
    await turns(1)
    if took_over:
        await turns()
        assert wire.sending == 1
    talk.socket.forget_all()
    await stop(talk.pump)
    talk.say("two ")
    await asyncio.sleep(2 * MERGE_S)
    assert (wire.sending, len(wire.frames)) == (0, 1)


async def test_a_page_that_is_gone_breaks_its_own_pump_and_nothing_else() -> None:
    class Gone(Wire):
        async def send(self, text: str) -> None:
            if "event" in text:
                raise OSError("the page is gone")
            await super().send(text)

    talk = await Talk(Gone()).attached()
    other = Wire()
    second = other.socket(talk.hub)
    pump = asyncio.create_task(second.pump())
    second.attach(Snapshot(generation=talk.id, conversation=uuid4(), message="", status="running", seq=0))
    await until(lambda: other.frames)
    talk.say("on ")
    talk.say("and on")
    with pytest.raises(OSError, match="the page is gone"):
        await asyncio.wait_for(talk.pump, 5)
    await until(lambda: other.reader().text == "on and on")
    await stop(pump)
