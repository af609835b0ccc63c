"""The sockets of this process and which generations each one follows. Memory only; one per event loop.

Live events go straight from the runner to the sockets here. Text never goes through the channel layer, which
drops what does not fit without a word.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterable
from typing import Protocol
from uuid import UUID

from chat.frames import encode_frame
from chat.log import TEXT_LIKE, Cursor, EventLog, Frame, text_of
from chat.protocol import EventFrame, ServerFrame

FRAME_OVERHEAD = 120  # bytes of JSON around an event's text, about


class Follower(Protocol):
    """What the hub needs of a socket."""

    user_id: int
    session_key: str

    def post(self, frame: ServerFrame) -> None:
        """Send a frame soon, without waiting."""

    def wake(self) -> None:
        """There is something to do for a subscription."""

    def close_soon(self, code: int) -> None:
        """Send what was posted, then close with this code."""

    def queued(self, size: int) -> None:
        """An event of `size` bytes was queued: the socket sends it soon, or drops all of them."""


class Audience:
    """All who follow one generation here. They take the same pieces at the same time, so each is encoded once."""

    def __init__(self, generation_id: UUID) -> None:
        self.generation_id = generation_id
        self.subscriptions: set[Subscription] = set()
        self._newest: tuple[Frame, str] | None = None

    def encode(self, frame: Frame) -> str:
        """The `event` frame as JSON text."""
        if len(self.subscriptions) < 2:
            return self._encode(frame)
        if self._newest is None or self._newest[0] != frame:
            self._newest = (frame, self._encode(frame))
        return self._newest[1]

    def _encode(self, frame: Frame) -> str:
        event = EventFrame(generation=self.generation_id, seq=frame.seq, at=frame.at, event=frame.event)
        return encode_frame(event)


class Subscription:
    """One socket that follows one generation.

    `live`: new events are queued in `pending`. `behind`: the database has what the socket lacks, and its pump
    will read it. Neither: the run is somewhere else, and the database is asked on a timer.
    """

    def __init__(self, socket: Follower, generation_id: UUID, after_seq: int) -> None:
        self.socket = socket
        self.generation_id = generation_id
        self.cursor = Cursor(after_seq)
        self.live = False
        self.behind = True
        self.is_current = True  # until the page stops following, or follows anew
        self.audience = Audience(generation_id)  # until the hub has it join the others
        self.is_over = False  # it had ended when the page asked, so it may be given whole
        self.pending: list[Frame] = []
        self.pending_since = 0.0  # when the first of them came, `time.monotonic()`; 0 after catching up

    def push(self, frame: Frame) -> None:
        """A live event of the generation."""
        if self.live:
            if not self.pending:
                self.pending_since = time.monotonic()
            self.pending.append(frame)
            text = text_of(frame.event) if isinstance(frame.event, TEXT_LIKE) else ""
            self.socket.queued(len(text) + FRAME_OVERHEAD)
        else:
            self.behind = True
            self.socket.wake()

    def fall_behind(self) -> None:
        """Forget what is queued and read it from the database instead."""
        self.pending.clear()
        self.live = False
        self.behind = True


class Hub:
    """Finds sockets by user and by generation, and the logs of the runs of this process."""

    def __init__(self) -> None:
        self._by_user: dict[int, set[Follower]] = defaultdict(set)
        self._audiences: dict[UUID, Audience] = {}
        self._logs: dict[UUID, EventLog] = {}

    def add(self, socket: Follower) -> None:
        self._by_user[socket.user_id].add(socket)

    def remove(self, socket: Follower) -> None:
        self._by_user[socket.user_id].discard(socket)
        if not self._by_user[socket.user_id]:
            del self._by_user[socket.user_id]

    def sockets_of(self, user_id: int) -> int:
        """How many pages the user has open here."""
        return len(self._by_user.get(user_id, ()))

    def sockets(self) -> list[Follower]:
        return [socket for sockets in self._by_user.values() for socket in sockets]

    def queued(self) -> list[int]:
        """How many live events wait in each subscription that has any."""
        subscriptions = [one for audience in self._audiences.values() for one in audience.subscriptions]
        return [len(one.pending) for one in subscriptions if one.pending]

    def tell(self, user_id: int, frame: ServerFrame) -> None:
        """Send a frame to every page of the user."""
        for socket in self._by_user.get(user_id, ()):
            socket.post(frame)

    def follow(self, subscription: Subscription) -> None:
        generation_id = subscription.generation_id
        subscription.audience = self._audiences.setdefault(generation_id, subscription.audience)
        subscription.audience.subscriptions.add(subscription)

    def unfollow(self, subscription: Subscription) -> None:
        followers = subscription.audience.subscriptions
        followers.discard(subscription)
        if not followers:
            del self._audiences[subscription.generation_id]

    def begin(self, generation_id: UUID, log: EventLog) -> None:
        """A run of this process has this log."""
        self._logs[generation_id] = log

    def end(self, generation_id: UUID, *, lost: bool = False) -> None:
        """The run is over here. Whoever still lacks something finds it in the database; after a `lost` run,
        whose last events were never published, that is everybody."""
        log = self._logs.pop(generation_id, None)
        if lost and log is not None:
            for subscription in self._followers_of(generation_id):
                subscription.fall_behind()
                subscription.cursor.rewind(log.stored_seq)
        self.look(generation_id)

    def log_of(self, generation_id: UUID) -> EventLog | None:
        """The log of a run of this process."""
        return self._logs.get(generation_id)

    def _followers_of(self, generation_id: UUID) -> Iterable[Subscription]:
        audience = self._audiences.get(generation_id)
        return () if audience is None else audience.subscriptions

    def publish(self, generation_id: UUID, frame: Frame) -> None:
        """A live event of a run of this process."""
        audience = self._audiences.get(generation_id)
        if audience is not None:
            for subscription in audience.subscriptions:
                subscription.push(frame)

    def look(self, generation_id: UUID) -> None:
        """The database may have news of a generation that is run elsewhere."""
        for subscription in self._followers_of(generation_id):
            if not subscription.live:
                subscription.behind = True
                subscription.socket.wake()

    def look_at_all(self) -> None:
        """The same for all that are run elsewhere: the safety net under lost hints."""
        for generation_id in [one for one in self._audiences if one not in self._logs]:
            self.look(generation_id)
