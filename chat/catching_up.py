"""What a socket lacks of a generation, from the database, until it is level with the run."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from uuid import UUID

import msgspec

from chat.hub import Hub, Subscription
from chat.log import Ended, Frame, Row, decode_event
from chat.protocol import EventFrame, ServerFrame, StoredEventFrame
from chat.services import runs, whole
from chat.threads import in_thread

_PAGE = 256


class CatchUp:
    """For one socket: `put` sends a frame and waits until the page has taken it, `detach` stops following."""

    def __init__(
        self, *, hub: Hub, put: Callable[[ServerFrame], Awaitable[None]], detach: Callable[[UUID], None]
    ) -> None:
        self._hub, self._put, self._detach = hub, put, detach

    async def catch_up(self, subscription: Subscription) -> bool:
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
        self._detach(subscription.generation_id)

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
