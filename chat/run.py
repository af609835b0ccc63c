"""One run of a model, from the claim to its last event. Owns the order: log, readers, storage, end.

Not tied to a socket: pages come and go. The text is in the log until the writer has stored it.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import msgspec
from django.utils import timezone
from django.utils.translation import gettext_noop

from chat import answering
from chat.answering import Retry, Step
from chat.hub import Hub
from chat.log import Ended, ErrorFacts, EventLog, Outcome, ReplyEvent, Retrying
from chat.parts import encode_parts
from chat.services import advice
from chat.services.batches import Facts
from chat.services.runs import Claimed, RunWrite
from chat.thinking import ThinkingClock
from chat.timing import Timing
from chat.writer import Writer
from providers.events import Completed, Failed, MessageStarted, UsageReported
from providers.messages import ChatRequest
from providers.reply import ReplyBuilder
from sessions_app.services.tokens import Access
from sessions_app.services.usage import cost_of

logger = logging.getLogger(__name__)
Answer = Callable[[UUID | Access, ChatRequest], AsyncGenerator[Step, None]]


@dataclass(frozen=True)
class Cut:
    """Why a run ends before its provider says so."""

    status: Outcome
    error: ErrorFacts | None = None


_LAST = (Completed, Failed)
SNAPSHOT_GROWTH = 1.5  # all snapshots together are then at most three times the message
STOPPED = Cut("stopped")
SHUT_DOWN = Cut(
    "interrupted",
    advice.facts(
        "interrupted", gettext_noop("The server was shut down while this answer was being written.")
    ),
)
SESSION_DELETED = Cut(
    "failed", advice.facts("session_deleted", gettext_noop("The session of this answer was deleted."))
)
_OUR_FAULT = advice.facts(
    "internal_error", gettext_noop("Something went wrong on this server. Its operator can see what.")
)


class Run:
    """A claimed generation. `work` runs it; `cut` ends it early; the writer asks it what to store."""

    def __init__(
        self,
        claimed: Claimed,
        *,
        hub: Hub,
        writer: Writer,
        timing: Timing,
        answer: Answer = answering.answer,
    ) -> None:
        self.generation_id = claimed.generation_id
        self.claimed = claimed
        self.status: Outcome | None = None  # set when the end is stored
        self._hub, self._writer, self._timing, self._answer = hub, writer, timing, answer
        self._log = EventLog()
        self._reply = ReplyBuilder()
        self._first_token_at: datetime | None = None
        self._writing_since: float | None = None  # the same by a clock that nobody sets
        self._thinking = ThinkingClock()
        self._request_id = ""
        self._attempt = 1
        self._stored_facts = Facts()
        self._reader: asyncio.Task[Completed | Failed] | None = None
        self._cut: Cut | None = None
        self._ended: Ended | None = None
        self._settled = asyncio.Event()
        self._is_lost = False
        self._message_stored_at = self._beat_at = time.monotonic()
        self._message_size = 0

    async def work(self) -> None:
        """Read the answer to its end and have the end stored. Does not raise."""
        self._hub.begin(self.generation_id, self._log)
        self._writer.add(self)
        try:
            ended = await self._outcome()
            if not self._is_lost:
                await self._store_end(ended)
        finally:
            self._writer.remove(self)
            self._hub.end(self.generation_id, lost=self._is_lost)

    def cut(self, why: Cut) -> None:
        """End the run now; the first reason counts. Closes the connection to the provider."""
        if self._cut is None and self._ended is None:
            self._cut = why
            if self._reader is not None:
                self._reader.cancel()

    @property
    def first_token_s(self) -> float | None:
        """Seconds from the stored message to the first content."""
        first = self._first_token_at
        return round((first - self.claimed.created_at).total_seconds(), 3) if first else None

    def lost(self) -> None:
        """Somebody else ended the run: stop paying for it, write nothing."""
        self._is_lost = True
        self.cut(SHUT_DOWN)
        self._settled.set()

    async def _outcome(self) -> Ended:
        if self.claimed.session_id is None:
            return self._ended_by(SESSION_DELETED)
        if self._cut is not None:
            return self._ended_by(self._cut)
        payer = self.claimed.access or self.claimed.session_id
        reader = self._reader = asyncio.create_task(self._read(payer))
        await asyncio.wait([reader])
        if reader.cancelled():
            return self._ended_by(self._cut_or(SHUT_DOWN))
        if (problem := reader.exception()) is None:
            return self._ended_by_provider(reader.result())  # also when the cut came a moment too late
        logger.error("generation %s broke", self.generation_id, exc_info=problem)
        return self._ended_by(self._cut_or(Cut(self._broken_status(), _OUR_FAULT)))

    def _cut_or(self, otherwise: Cut) -> Cut:
        return otherwise if self._cut is None else self._cut

    async def _read(self, payer: UUID | Access) -> Completed | Failed:
        async with aclosing(self._answer(payer, self.claimed.request)) as steps:
            async for step in steps:
                if isinstance(step, _LAST):
                    self._reply.add(step)
                    return step
                self._take(step)
        raise RuntimeError("the answer ended without a last event")

    def _take(self, step: ReplyEvent | Retry) -> None:
        """One step on its way: into the reply, the log, and out to the readers."""
        if isinstance(step, Retry):
            self._attempt = step.attempt
            event = Retrying(
                attempt=step.attempt, delay_s=round(step.delay_s, 3), error=step.error.describe()
            )
            self._hub.publish(self.generation_id, self._log.add(event))
            return
        self._reply.add(step)
        if isinstance(step, MessageStarted):
            self._request_id = step.request_id or ""
        elif self._first_token_at is None and not isinstance(step, UsageReported):
            self._first_token_at, self._writing_since = timezone.now(), time.monotonic()
        self._thinking.take(step, time.monotonic())
        self._hub.publish(self.generation_id, self._log.add(step))

    def _broken_status(self) -> Outcome:
        return "interrupted" if self._first_token_at else "failed"

    def _ended_by_provider(self, last: Completed | Failed) -> Ended:
        if isinstance(last, Completed):
            return self._end("complete")
        self._request_id = self._request_id or last.error.request_id or ""
        facts = advice.facts_of(last.error)
        if facts.request_id is None:  # a lost connection has none of its own, but the answer began with one
            facts = msgspec.structs.replace(facts, request_id=self._request_id or None)
        return self._end(self._broken_status(), facts)

    def _ended_by(self, cut: Cut) -> Ended:
        return self._end(cut.status, cut.error)

    def _end(self, status: Outcome, error: ErrorFacts | None = None) -> Ended:
        cost = cost_of(self._reply.usage, self.claimed.price)
        since = self._writing_since
        return Ended(
            status=status,
            stop_reason=self._reply.stop_reason,
            usage=self._reply.usage,
            cost=None if cost is None else f"{cost:.6f}",
            first_token_s=self.first_token_s,
            writing_s=None if since is None else round(time.monotonic() - since, 3),
            thinking_s=self._thinking.total(time.monotonic()),
            error=error,
        )

    async def _store_end(self, ended: Ended) -> None:
        """The last rows, the message and the status, in one transaction; readers hear of it afterwards."""
        frame = self._log.end(ended)
        self._ended = ended
        self._writer.hurry()
        await self._settled.wait()
        if not self._is_lost:
            self.status = ended.status
            self._hub.publish(self.generation_id, frame)

    # What the writer asks ---------------------------------------------------------------------------
    def due_write(self, clock: float) -> RunWrite | None:
        """New rows; the message when it is due; a heartbeat when there is nothing else."""
        if self._is_lost:
            return None
        rows = self._log.flush()
        beat_is_due = clock - self._beat_at >= self._timing.heartbeat
        if not rows and not beat_is_due:
            return None
        message_is_due = self._ended is not None or self._snapshot_is_due(clock)
        self._beat_at = clock
        if message_is_due:
            self._message_stored_at, self._message_size = clock, self._log.size
        return RunWrite(
            generation_id=self.generation_id,
            epoch=self.claimed.epoch,
            rows=rows,
            seq=rows[-1].seq if rows else self._log.seq,
            facts=None if (facts := self._facts(message_is_due)) == self._stored_facts else facts,
            parts_json=encode_parts(self._reply.parts) if message_is_due else None,
            ended=self._ended,
            limits=self._reply.limits,
        )

    def _facts(self, message_is_due: bool) -> Facts:
        """How long it has been thinking goes with the message, beside which it is shown."""
        thinking_s = (
            self._thinking.total(time.monotonic()) if message_is_due else self._stored_facts.thinking_s
        )
        return Facts(self._first_token_at, self._request_id, self._attempt, thinking_s)

    def _snapshot_is_due(self, clock: float) -> bool:
        """The whole message again; only when it has grown, so that the work stays linear in its length."""
        is_time = clock - self._message_stored_at >= self._timing.snapshot
        return is_time and self._log.size >= SNAPSHOT_GROWTH * self._message_size

    def wrote(self, write: RunWrite) -> None:
        """The rows are stored; after the last one the run is settled."""
        self._log.stored(write.seq)
        self._stored_facts = write.facts or self._stored_facts
        if write.ended is not None:
            self._settled.set()
