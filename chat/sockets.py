"""One page's connection: a bounded queue and the task that empties it.

Everything for the page goes through the pump, so no run waits for a slow reader. A page that falls behind loses
its queue and is brought up to date from the database: memory is bounded and no text is lost.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable
from uuid import UUID

import msgspec

from chat.frames import encode_frame
from chat.hub import Hub, Subscription
from chat.log import TEXT_LIKE, Ended, Frame, Row, continues, decode_event, text_of, with_text
from chat.meters import meters
from chat.models import Generation
from chat.protocol import CLOSE_TOO_SLOW, EventFrame, ServerFrame, Snapshot, StatusFrame, StoredEventFrame
from chat.services import runs, whole
from chat.services.wording import worded
from chat.threads import in_thread
from providers.deadline import Deadline

MAX_QUEUED_FRAMES = 256
MAX_QUEUED_BYTES = 1024 * 1024
MAX_POSTED_FRAMES = 256  # a page that asks faster than it reads
MERGE_S = 0.016  # one frame of a display: under load each frame then carries many deltas
SEND_TIMEOUT_S = 30.0
SLOWEST_BYTES_PER_S = 1024  # a page that reads so slowly still gets a large frame
_PAGE = 256


class Socket:
    """What the server knows of one open page."""

    def __init__(
        self,
        *,
        user_id: int,
        hub: Hub,
        send: Callable[[str], Awaitable[None]],
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
        self._queued_frames = self._queued_bytes = 0
        self._wake = asyncio.Event()
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
        self._wake.set()

    def wake(self) -> None:
        self._wake.set()

    def close_soon(self, code: int) -> None:
        """Send what was posted, then close."""
        self._close_code = self._close_code or code
        self._wake.set()

    def queued(self, size: int) -> None:
        self._queued_frames += 1
        self._queued_bytes += size
        if self._queued_frames > MAX_QUEUED_FRAMES or self._queued_bytes > MAX_QUEUED_BYTES:
            for subscription in self._following.values():
                subscription.fall_behind()
            meters.overflows += 1
            self._queued_frames = self._queued_bytes = 0

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
            deadline.close()

    async def _next_turn(self) -> None:
        """Until there is something to send; the first of it at once, what follows it closely together."""
        await self._wake.wait()
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
                sent |= await self._catch_up(subscription)
            sent |= await self._send_pending(subscription)
        for ending in endings:
            await self._put(ending)
        if sent:
            self._events_at = time.monotonic()

    async def _put(self, frame: ServerFrame) -> None:
        await self._put_text(encode_frame(worded(frame)))

    async def _put_text(self, text: str) -> None:
        allowed_s = self._send_timeout_s + len(text) / SLOWEST_BYTES_PER_S
        with self._deadline.by(time.monotonic() + allowed_s):
            await self._send(text)

    async def _catch_up(self, subscription: Subscription) -> bool:
        """Send stored rows until the socket is level with the run, and switch to live in that same moment."""
        sent = subscription.is_over and await self._send_whole(subscription)
        if self._hub.log_of(subscription.generation_id) is not None and self._joined(subscription):
            return sent  # nothing that it lacks is in the database alone
        while subscription.is_current:
            subscription.behind = False
            rows = await in_thread(
                runs.rows_after, subscription.generation_id, subscription.cursor.complete_seq, limit=_PAGE
            )
            sent |= bool(rows)
            await self._send_rows(subscription, rows)
            if len(rows) < _PAGE and self._joined(subscription):
                break
        return sent

    async def _send_whole(self, subscription: Subscription) -> bool:
        """An answer that is over as its message, if that is better than its rows; whether it was sent."""
        subscription.is_over = False
        after = subscription.cursor.complete_seq
        pieces = await in_thread(whole.rest_of, subscription.generation_id, after)
        for piece in pieces:
            if not subscription.is_current:
                return True
            await self._put(piece)
            subscription.cursor.pass_row(piece.seq)
        return bool(pieces)

    async def _send_end(self, subscription: Subscription, row: Row) -> None:
        """The last row. The page may show rows that a process took with it when it died, and would drop this one as old:
        show it what was stored instead. Of a complete answer nothing was lost."""
        ended = decode_event(row.payload)
        if row.seq <= subscription.cursor.newest and not (
            isinstance(ended, Ended) and ended.status == "complete"
        ):
            for piece in await in_thread(whole.all_of, subscription.generation_id):
                await self._put(piece)
        await self._put(EventFrame(generation=subscription.generation_id, seq=row.seq, at=0, event=ended))
        subscription.cursor.pass_row(row.seq)
        self.detach(subscription.generation_id)

    def _joined(self, subscription: Subscription) -> bool:
        """Go live if what the database lacks follows on what was sent; no await, so no event slips between.

        Returns false when rows were stored since the database was read: read again.
        """
        log = self._hub.log_of(subscription.generation_id)
        if log is None:
            return not subscription.behind
        done = subscription.cursor.complete_seq
        missing = [row for row in log.tail() if row.seq > done]
        if done + len(missing) != log.seq:
            return False
        subscription.pending = [Frame(row.seq, 0, decode_event(row.payload)) for row in missing]
        subscription.pending_since = 0.0
        subscription.live, subscription.behind = True, False
        return True

    async def _send_rows(self, subscription: Subscription, rows: tuple[Row, ...]) -> None:
        for row in rows:
            if not subscription.is_current:
                return
            if row.kind == "ended":
                await self._send_end(subscription, row)
                return
            event = msgspec.Raw(row.payload.encode())
            await self._put(StoredEventFrame(generation=subscription.generation_id, seq=row.seq, event=event))
            subscription.cursor.pass_row(row.seq)

    async def _send_pending(self, subscription: Subscription) -> bool:
        frames, subscription.pending = subscription.pending, []
        since, sent = subscription.pending_since, False
        for frame in merged(frames):
            if not subscription.is_current:
                break
            new = subscription.cursor.take(frame)
            if new == "gap":
                subscription.fall_behind()
                self._wake.set()
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
                await self._put_text(self._hub.encode(subscription.generation_id, new))
        if sent and since:
            meters.added.observe(time.monotonic() - since)
        return sent


def merged(frames: list[Frame]) -> list[Frame]:
    """The same text in fewer frames: pieces of one row that follow each other become one piece."""
    if len(frames) == 1:
        return frames
    groups: list[list[Frame]] = []
    for frame in frames:
        if groups and groups[-1][-1].seq == frame.seq and continues(groups[-1][-1].event, frame.event):
            groups[-1].append(frame)
        else:
            groups.append([frame])
    return [group[0] if len(group) == 1 else _joined_frame(group) for group in groups]


def _joined_frame(group: list[Frame]) -> Frame:
    first = group[0]
    events = [frame.event for frame in group if isinstance(frame.event, TEXT_LIKE)]
    return Frame(first.seq, first.at, with_text(events[0], "".join(text_of(event) for event in events)))
