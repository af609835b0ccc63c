"""The far end: pages that ask and read, in a process of their own. Everything is judged after the last token.

Gets an `Order` as JSON on standard input, and writes a `Report` into the file that it is told.
"""

from __future__ import annotations

import asyncio
import re
import sys
import time
import uuid
from pathlib import Path

import msgspec
import uvloop

from benchmarks.wire import Wire, connect, cpu_s, rss_kb

_TOKEN = re.compile(r"(\d+)@(\d+) ")
_LIMIT_S = 90.0
_SETTLE_S = 0.3


class Who(msgspec.Struct):
    """A signed-in page: its login cookie and the session that it asks through."""

    cookie: str = ""
    session: str = ""


class Order(msgspec.Struct, kw_only=True):
    """What to do: every page of `pages` asks once, evenly spread over `ramp_s` seconds, for `count` deltas at `rate`."""

    host: str
    pid: int
    pages: list[Who]
    rate: float
    count: int
    ramp_s: float = 0.0
    is_floor: bool = False
    stop_after_s: float = 0.0
    again: int = 1


class Report(msgspec.Struct, kw_only=True):
    """Times in milliseconds, CPU in seconds, memory in KiB. `steady_*` is while all pages were being answered."""

    deltas: int
    frames: int
    cpu: float
    steady_cpu: float
    steady_deltas: int
    first_token: list[float]
    latency: list[float]
    steady_latency: list[float]
    wrong: list[str]
    rss_before: int
    rss_open: int
    rss_during: int
    stopped_at: dict[str, int] = {}


class _Event(msgspec.Struct, frozen=True):
    type: str = ""
    text: str = ""


class _Frame(msgspec.Struct):
    type: str
    seq: int = 0
    at: int = 0
    text: str = ""  # of the floor
    generation: str = ""
    event: _Event = _Event()


_decode = msgspec.json.Decoder(_Frame).decode


def now_us() -> int:
    return time.monotonic_ns() // 1000


class Reader:
    """One page and its one answer."""

    def __init__(self, number: int, who: Who, order: Order, watch: Watch) -> None:
        self.number, self._who, self._order, self._watch = number, who, order, watch
        self.frames: list[tuple[int, bytes]] = []
        self.asked_at = self.stopped_at = 0
        self.ended = asyncio.get_running_loop().create_future()
        self.ready = asyncio.get_running_loop().create_future()
        self._is_answered = False
        self._wire: Wire | None = None
        self.generation = ""

    async def open(self) -> None:
        self._wire = await connect(self._order.host, self._who.cookie, self._take)
        if not self._order.is_floor:
            await asyncio.wait_for(self.ready, 30)

    def ask(self) -> None:
        order = self._order
        prompt = f"bench id={self.number} rate={order.rate} count={order.count}"
        self._send_first(prompt)

    def _send_first(self, prompt: str) -> None:
        assert self._wire is not None
        self.asked_at = now_us()
        if self._order.is_floor:
            self._wire.send(msgspec.json.encode({"prompt": prompt}))
            return
        ids = {"conversation": str(uuid.uuid4()), "client_id": str(uuid.uuid4())}
        self._wire.send(
            msgspec.json.encode(
                {
                    "type": "send",
                    "ref": "1",
                    "text": prompt,
                    "session": self._who.session,
                    "model": "bench",
                    **ids,
                }
            )
        )

    def stop(self) -> None:
        assert self._wire is not None
        self.stopped_at = now_us()
        self._wire.send(msgspec.json.encode({"type": "stop", "generation": self.generation}))

    def close(self) -> None:
        if self._wire is not None:
            self._wire.close()

    def _take(self, payload: bytes) -> None:
        at = now_us()
        if payload.startswith(b'{"type":"event"'):
            self.frames.append((at, payload))
            if not self._is_answered and b"@" in payload:
                self._is_answered = True
                self._watch.first()
            if b'"type":"ended"' in payload:
                self._end()
            return
        self._take_other(payload)

    def _take_other(self, payload: bytes) -> None:
        frame = _decode(payload)
        if frame.type == "ack" and not self.generation:
            assert self._wire is not None
            self.generation = frame.generation
            self._wire.send(msgspec.json.encode({"type": "attach", "generation": frame.generation}))
        elif frame.type == "ready":
            self.ready.set_result(None)
        elif frame.type == "ended":
            self._end()
        elif frame.type == "error":
            raise AssertionError(payload)

    def _end(self) -> None:
        if not self.ended.done():
            self.ended.set_result(None)
            self._watch.end()

    def judge(self) -> tuple[list[tuple[int, int]], str]:
        """(sent, arrived) of every delta in microseconds, and what was wrong with their order, if anything."""
        seen: dict[int, tuple[int, int]] = {}
        text = ""
        seq = offset = 0
        for at, payload in self.frames:
            frame = _decode(payload)
            piece = frame.text or frame.event.text
            for number, sent in _TOKEN.findall(piece):
                seen.setdefault(int(number), (int(sent), at))
            if frame.seq < seq:
                continue
            if frame.seq == seq and not self._order.is_floor:
                piece = piece[offset - frame.at :]
                offset += len(piece)
            else:
                if (frame.seq, frame.at) != (seq + 1, 0):
                    return list(seen.values()), f"page {self.number}: a gap at {frame.seq}"
                seq, offset = frame.seq, len(piece)
            text += piece
        numbers = [int(number) for number, _ in _TOKEN.findall(text)]
        expected = len(numbers) if self._order.stop_after_s else self._order.count
        if numbers != list(range(expected)):
            return list(
                seen.values()
            ), f"page {self.number}: {len(numbers)} of {expected} deltas, or out of order"
        return list(seen.values()), ""


class Watch:
    """Reads the server's CPU time when the last page got its first token and when the first page was through."""

    def __init__(self, pid: int, pages: int) -> None:
        self._pid, self._waiting = pid, pages
        self.began: tuple[int, float] | None = None
        self.ended: tuple[int, float] | None = None
        self.rss = 0

    def first(self) -> None:
        self._waiting -= 1
        if self._waiting == 0:
            asyncio.get_running_loop().call_later(_SETTLE_S, self._begin)

    def _begin(self) -> None:
        if self.ended is None:
            self.began = (now_us(), cpu_s(self._pid))

    def end(self) -> None:
        if self.ended is None:
            self.ended = (now_us(), cpu_s(self._pid))
            self.rss = rss_kb(self._pid)


async def carry_out(order: Order) -> Report:
    """Open every page, have all ask, wait for all answers."""
    loop = asyncio.get_running_loop()
    watch = Watch(order.pid, len(order.pages))
    rss_before = rss_kb(order.pid)
    readers = [Reader(number, who, order, watch) for number, who in enumerate(order.pages)]
    for reader in readers:
        await reader.open()
    await asyncio.sleep(0.5)
    rss_open = rss_kb(order.pid)
    cpu_before = cpu_s(order.pid)
    for number, reader in enumerate(readers if order.count else ()):
        delay = number * order.ramp_s / len(readers)
        loop.call_later(delay, reader.ask)
        if order.stop_after_s:
            loop.call_later(delay + order.stop_after_s, reader.stop)
    if order.count:
        await asyncio.wait_for(asyncio.gather(*(reader.ended for reader in readers)), _LIMIT_S)
    cpu = cpu_s(order.pid) - cpu_before
    for reader in readers:
        reader.close()
    return _report(order, readers, watch, cpu, (rss_before, rss_open))


def _report(order: Order, readers: list[Reader], watch: Watch, cpu: float, rss: tuple[int, int]) -> Report:
    times: list[tuple[int, int]] = []
    first_token: list[float] = []
    wrong: list[str] = []
    for reader in readers:
        found, problem = reader.judge()
        times += found
        wrong += [problem] if problem else []
        if not order.count:
            continue
        if found:
            first_token.append((found[0][1] - reader.asked_at) / 1000)
        else:
            wrong.append(f"page {reader.number}: no text")
    began, ended = watch.began or (0, 0.0), watch.ended or (0, 0.0)
    # By arrival: what waits in the server at the end of the window was not paid for yet.
    steady = [(arrived - sent) / 1000 for sent, arrived in times if began[0] <= arrived <= ended[0]]
    return Report(
        deltas=len(times), frames=sum(len(reader.frames) for reader in readers), cpu=cpu,
        steady_cpu=ended[1] - began[1], steady_deltas=len(steady),
        first_token=first_token, latency=[(arrived - sent) / 1000 for sent, arrived in times], steady_latency=steady,
        wrong=wrong, rss_before=rss[0], rss_open=rss[1], rss_during=watch.rss,
        stopped_at={str(reader.number): reader.stopped_at for reader in readers if reader.stopped_at},
    )  # fmt: skip


if __name__ == "__main__":
    order = msgspec.json.decode(sys.stdin.buffer.read(), type=Order)
    Path(sys.argv[1]).write_bytes(msgspec.json.encode(uvloop.run(carry_out(order))))
