"""Tells the pages of this process what happened to a conversation. Owns which state they know; decides nothing.

A change is told at once in its own process and by a hint to the others. Hints may be lost and do not exist without
Redis, so `look_around` also asks the database what changed; nothing is told twice.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

from django.utils import timezone

from chat.hub import Hub
from chat.services import announcements
from chat.services.announcements import News, State
from chat.threads import in_thread

# Longer than a transaction takes to commit after it took the time, and than clocks of two machines differ.
_OVERLAP = timedelta(seconds=15)
SOON_S = 0.05  # so that the first token of an answer does not wait for the state of its conversation


class NewsDesk:
    """One per process, beside its hub."""

    def __init__(
        self, hub: Hub, *, state_of: Callable[[UUID], State | None] = announcements.state_of
    ) -> None:
        self._hub = hub
        self._state_of = state_of
        self._soon: set[UUID] = set()  # whose state is about to be told
        self._looking: Counter[UUID] = Counter()  # and whose is being read
        self._told: dict[UUID, int] = {}  # the newest revision of what changed lately that pages here know

    async def started(self, generation_id: UUID) -> None:
        """An answer began."""
        await self._tell(announcements.started, generation_id)

    async def ended(self, generation_id: UUID) -> None:
        """An answer is over."""
        await self._tell(announcements.ended, generation_id)

    async def _tell(self, find: Callable[[UUID], News | None], generation_id: UUID) -> None:
        if not self._hub.sockets():
            return
        if (news := await in_thread(find, generation_id)) is not None:
            self._hub.tell(news.user_id, news.frame)
            await self.changed(news.frame.conversation)

    async def changed(self, conversation_id: UUID) -> None:
        """Something about a conversation changed: its pages get its whole state."""
        if not self._hub.sockets():
            return
        self._looking[conversation_id] += 1
        try:
            state = await in_thread(self._state_of, conversation_id)
        finally:
            self._looking[conversation_id] -= 1
            self._looking += Counter()  # drops what is zero
        # Two looks may overtake each other; the older state must not be the last one that a page gets.
        if state is None or self._told.get(conversation_id, 0) > state.revision:
            return
        self._told[conversation_id] = state.revision
        self._hub.tell(state.user_id, state.frame)

    def begun(self, news: News) -> None:
        """The same for whoever has just stored it."""
        self._hub.tell(news.user_id, news.frame)

    async def changed_soon(self, conversation_id: UUID) -> None:
        """That it changed, a moment later, once for all that happens to it until then."""
        if conversation_id in self._soon:
            return
        self._soon.add(conversation_id)
        try:
            await asyncio.sleep(SOON_S)
        finally:
            self._soon.discard(conversation_id)
        await self.changed(conversation_id)

    async def look_around(self) -> None:
        """Find what other processes changed and no hint told."""
        users = {socket.user_id for socket in self._hub.sockets()}
        if not users:
            self._told.clear()
            return
        changed = await in_thread(announcements.changed_since, users, timezone.now() - _OVERLAP)
        self._told = {one: revision for one, revision in self._told.items() if one in changed}
        for conversation_id, revision in changed.items():
            if conversation_id in self._soon or self._looking[conversation_id]:
                continue  # the next look finds what that one did not
            if self._told.get(conversation_id, -1) < revision:
                await self.changed(conversation_id)
