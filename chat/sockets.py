"""One page's connection: a bounded queue and who empties it.

Live text goes out in a callback of the event loop as long as there is nothing else to send and nothing to wait for.
Everything else, and what has to wait, is the pump's, a task, so no run waits for a slow reader. A page that falls
behind loses its queue and is brought up to date from the database: memory is bounded and no text is lost.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any
from uuid import UUID

from chat.begun import Begun, begin
from chat.catching_up import CatchUp
from chat.frames import encode_frame
from chat.hub import Hub, Subscription
from chat.log import Ended
from chat.merging import merged
from chat.meters import meters
from chat.models import Generation
from chat.protocol import CLOSE_TOO_SLOW, EventFrame, ServerFrame, Snapshot, StatusFrame
from chat.services.wording import worded
from providers.deadline import Deadline

MAX_QUEUED_FRAMES = 256
MAX_QUEUED_BYTES = 1024 * 1024
MAX_POSTED_FRAMES = 256  # a page that asks faster than it reads
MERGE_S = 0.016  # one frame of a display: under load each frame then carries many deltas
SEND_TIMEOUT_S = 30.0
SLOWEST_BYTES_PER_S = 1024  # a page that reads so slowly still gets a large frame


class Socket:
    """What the server knows of one open page."""

    def __init__(
        self,
        *,
        user_id: int,
        hub: Hub,
        send: Callable[[str], Coroutine[Any, Any, None]],
        close: Callable[[int], Awaitable[None]],
        session_key: str = "",
        send_timeout_s: float = SEND_TIMEOUT_S,
    ) -> None:
        self.user_id = user_id
        self.session_key = session_key
        self._hub = hub
        self._send = send
        self._close = close
        self._send_timeout_s = send_timeout_s
        self._posted: deque[ServerFrame] = deque()
        self._endings: list[StatusFrame] = []
        self._following: dict[UUID, Subscription] = {}
        self._stored = CatchUp(hub=hub, put=self._put, detach=self.detach)
        self._queued_frames = self._queued_bytes = 0
        self._wake = asyncio.Event()
        self._is_idle = False  # the pump waits, and nothing but live text is there to send
        self._due: asyncio.Handle | None = None  # when the live text is sent
        self._begun: Begun | None = None  # a frame of live text that the page does not take at once
        self._begun_size, self._begun_since = 0, 0.0
        self._events_at = 0.0  # when events were sent last
        self._close_code: int | None = None

    def post(self, frame: ServerFrame) -> None:
        """Send a frame soon, in order, without waiting; that a generation ended, after its last event."""
        if len(self._posted) + len(self._endings) >= MAX_POSTED_FRAMES:
            self.close_soon(CLOSE_TOO_SLOW)
        elif isinstance(frame, StatusFrame):
            self._endings.append(frame)
        else:
            self._posted.append(frame)
        self.wake()

    def wake(self) -> None:
        """There is something for the pump to do."""
        self._is_idle = False
        self._wake.set()

    def close_soon(self, code: int) -> None:
        """Send what was posted, then close."""
        self._close_code = self._close_code or code
        self.wake()

    def queued(self, size: int) -> None:
        """A live event of `size` bytes is pending: have it sent, or drop all that are."""
        self._queued_frames += 1
        self._queued_bytes += size
        if self._queued_frames > MAX_QUEUED_FRAMES or self._queued_bytes > MAX_QUEUED_BYTES:
            for subscription in self._following.values():
                subscription.fall_behind()
            meters.overflows += 1
            self._queued_frames = self._queued_bytes = 0
            self.wake()
        elif not self._is_idle:
            self.wake()
        elif self._due is None:
            # When the loop has handed on all that it has just read; or with what follows the last frame closely.
            loop = asyncio.get_running_loop()
            early_s = self._events_at + MERGE_S - time.monotonic()
            self._due = (
                loop.call_later(early_s, self._send_live) if early_s > 0 else loop.call_soon(self._send_live)
            )

    def _forget_due(self) -> None:
        """The pump sends what is pending."""
        if self._due is not None:
            self._due.cancel()
            self._due = None

    def attach(self, snapshot: Snapshot, *, claimed: int = 0) -> None:
        """Follow a generation after `snapshot.seq`; the owner has been checked. `claimed`: the rows that the page
        says it has whole, of which some may never have been stored."""
        self.detach(snapshot.generation)
        self.post(snapshot)
        subscription = Subscription(self, snapshot.generation, snapshot.seq)
        subscription.cursor.newest = claimed + 1  # and perhaps a piece of the next
        subscription.is_over = snapshot.status not in Generation.UNFINISHED
        self._following[snapshot.generation] = subscription
        self._hub.follow(subscription)

    def detach(self, generation_id: UUID) -> None:
        """Stop following; unknown ids are fine."""
        if subscription := self._following.pop(generation_id, None):
            subscription.is_current = False
            self._hub.unfollow(subscription)

    def forget_all(self) -> None:
        """The page has gone."""
        for generation_id in list(self._following):
            self.detach(generation_id)
        self._hub.remove(self)

    async def pump(self) -> None:
        """Send until closed or cancelled. Closes a page that reads nothing for `SEND_TIMEOUT_S`."""
        deadline = self._deadline = Deadline()  # one task sends, so one limit serves all its waits
        try:
            while True:
                await self._next_turn()
                await self._round()
                if self._close_code is not None:
                    await self._close(self._close_code)
                    return
        except TimeoutError:
            meters.slow_closed += 1
            await self._close(CLOSE_TOO_SLOW)
        finally:
            self._is_idle = False
            self._forget_due()
            if self._begun is not None:
                self._begun.close()
            deadline.close()

    async def _next_turn(self) -> None:
        """Until there is something to send; the first of it at once, what follows it closely together."""
        self._is_idle = not self._wake.is_set()
        await self._wake.wait()
        self._forget_due()
        await self._finish_begun()
        if (early_s := self._events_at + MERGE_S - time.monotonic()) > 0:
            await asyncio.sleep(early_s)
        self._wake.clear()

    async def _round(self) -> None:
        """Everything there is to send now."""
        endings, self._endings = self._endings, []  # taken first: what comes later belongs to the next round
        while self._posted:
            await self._put(self._posted.popleft())
        self._queued_frames = self._queued_bytes = 0
        sent = False
        for subscription in list(self._following.values()):
            if subscription.behind:
                sent |= await self._stored.catch_up(subscription)
            sent |= await self._send_pending(subscription)
        for ending in endings:
            await self._put(ending)
        if sent:  # also rows of the database
            self._events_at = time.monotonic()

    async def _put(self, frame: ServerFrame) -> None:
        await self._put_text(encode_frame(worded(frame)))

    async def _put_text(self, text: str) -> None:
        await self._in_time(self._send(text), len(text))

    async def _in_time(self, sending: Awaitable[None], size: int) -> None:
        with self._deadline.by(time.monotonic() + self._send_timeout_s + size / SLOWEST_BYTES_PER_S):
            await sending

    def _send_live(self) -> None:
        """Send what is pending, without waking the pump; whatever is not that simple is left to it."""
        self._due = None
        if not self._is_idle:
            return  # the pump has begun a round, or will, and takes it along
        for subscription in self._following.values():
            if subscription.pending and not self._send_at_once(subscription):
                self.wake()
                return
        self._queued_frames = self._queued_bytes = 0

    def _send_at_once(self, subscription: Subscription) -> bool:
        """Send the pending text of one generation. False if the pump has to go on: there is more than one frame or the
        last one, which is worded; something is missing; or the page does not take the frame at once."""
        frames = subscription.pending if len(subscription.pending) == 1 else merged(subscription.pending)
        if len(frames) > 1 or isinstance(frames[0].event, Ended):
            return False
        subscription.pending = []
        new = subscription.cursor.take(frames[0])
        if new == "gap":
            subscription.fall_behind()
        if new is None or new == "gap":
            return new is None
        text = subscription.audience.encode(new)
        self._begun = begin(self._send(text))
        if self._begun is not None:
            self._begun_size, self._begun_since = len(text), subscription.pending_since
            return False
        self._sent_events(subscription.pending_since)
        return True

    async def _finish_begun(self) -> None:
        """Wait until the page has taken what was begun without the pump."""
        begun, self._begun = self._begun, None
        if begun is not None:
            await self._in_time(begun, self._begun_size)
            self._sent_events(self._begun_since)

    def _sent_events(self, since: float) -> None:
        """Events were sent, the first of which had come at this time, or 0."""
        self._events_at = time.monotonic()
        if since:
            meters.added.observe(self._events_at - since)

    async def _send_pending(self, subscription: Subscription) -> bool:
        frames, subscription.pending = subscription.pending, []
        since, sent = subscription.pending_since, False
        for frame in merged(frames):
            if not subscription.is_current:
                break
            new = subscription.cursor.take(frame)
            if new == "gap":
                subscription.fall_behind()
                self.wake()
                break
            if new is None:
                continue
            sent = True
            if isinstance(new.event, Ended):  # in the words of this page
                ended = EventFrame(
                    generation=subscription.generation_id, seq=new.seq, at=new.at, event=new.event
                )
                await self._put(ended)
                self.detach(subscription.generation_id)
            else:
                await self._put_text(subscription.audience.encode(new))
        if sent:
            self._sent_events(since)
        return sent
