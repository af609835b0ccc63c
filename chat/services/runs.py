"""What a runner does to the rows: claim, write, end. Every write names the epoch that the claim gave.

Sync; `chat.writer` and `chat.runner` call it on a thread. Users do not come here: `chat.services.generations`
is theirs.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache
from uuid import UUID

import msgspec
from django.db import transaction
from django.db.models import F, Subquery
from django.utils import timezone
from django.utils.translation import gettext_noop

from chat.log import Ended, ErrorFacts, Row, encode_payload, fold
from chat.models import Conversation, Generation, GenerationEvent, Message
from chat.parts import encode_parts
from chat.services import accounts, advice, batches
from chat.services.batches import Facts, Progress, Text
from chat.services.history import build_request, price_of
from providers.limits import Limit
from providers.messages import ChatRequest
from providers.model_info import Price
from providers.reply import ReplyBuilder
from sessions_app.in_turn import atomic_in_turn
from sessions_app.prepared import Select, Update, on
from sessions_app.services.tokens import Access, access_at_hand

DEAD_AFTER = timedelta(seconds=60)  # six heartbeats
NOT_STARTED_AFTER = timedelta(minutes=5)  # later, nobody expects that the message is still sent
_Status = Generation.Status
_DIED = advice.facts("interrupted", gettext_noop("The server stopped while this answer was being written."))
_NEVER_BEGUN = advice.facts("not_started", gettext_noop("The server could not start this answer in time."))


_TAKE = Update(
    lambda pk, now: (
        Generation.objects.filter(pk=pk, status=_Status.QUEUED),
        {"status": _Status.RUNNING, "epoch": F("epoch") + 1, "heartbeat_at": now},
    ),
    on(Generation, "id", "heartbeat_at"),
)
_TAKEN = Select(
    lambda pk: Generation.objects.select_related("message__conversation", "session").filter(pk=pk),
    on(Generation, "id"),
)


_ENDS = (
    "status",
    "finished_at",
    "writing_s",
    "thinking_s",
    "usage",
    "cost",
    "stop_reason",
    "stop_explanation",
    "error_code",
    "error_json",
)
_END = Update(
    lambda pk, *values: (Generation.objects.filter(pk=pk), dict(zip(_ENDS, values, strict=True))),
    on(Generation, "id", *_ENDS),
)
_END_MESSAGE = Update(
    lambda pk, status: (
        Message.objects.filter(pk=Subquery(Generation.objects.filter(pk=pk).values("message"))),
        {"status": status},
    ),
    (*on(Generation, "id"), *on(Message, "status")),
)
_TOUCH = Update(
    lambda pk, now: (
        Conversation.objects.filter(
            pk=Subquery(Message.objects.filter(generation=pk).values("conversation"))
        ),
        {"changed_at": now, "revision": F("revision") + 1},
    ),
    (*on(Generation, "id"), *on(Conversation, "changed_at")),
)


@dataclass(frozen=True, kw_only=True)
class Claimed:
    """A run that this process owns. `session_id` is `None` when the session was deleted meanwhile; `access` are its
    credentials where they were at hand."""

    generation_id: UUID
    conversation_id: UUID
    user_id: int
    provider: str  # "" without a session
    epoch: int
    created_at: datetime
    session_id: UUID | None
    request: ChatRequest
    price: Price | None
    access: Access | None = None


@dataclass(frozen=True, kw_only=True)
class RunWrite:
    """What one run wants written: new rows and, when they are due, the message and the end. `facts` are `None` where
    they are stored already."""

    generation_id: UUID
    epoch: int
    rows: tuple[Row, ...]
    seq: int
    facts: Facts | None = None
    parts_json: str | None = None
    ended: Ended | None = None
    limits: tuple[Limit, ...] = ()


def claim(generation_id: UUID, *, now: datetime) -> Claimed | None:
    """Take a queued run. `None` if it is not queued any more: taken, stopped or deleted."""
    if not _TAKE(generation_id, now):
        return None
    [generation] = _TAKEN(generation_id)
    return _claimed(generation)


def taken(generation: Generation) -> Claimed:
    """A run that was claimed as it was stored, with the rows that were stored with it."""
    assert generation.session_id is not None
    access = access_at_hand(generation.session_id, now=timezone.now())
    return _claimed(generation, access)


def give_back(generation_id: UUID, *, epoch: int) -> None:
    """A claim that cannot be used after all: the run is queued again, for any process."""
    mine = Generation.objects.filter(pk=generation_id, status=_Status.RUNNING, epoch=epoch)
    mine.update(status=_Status.QUEUED, heartbeat_at=None)


def _claimed(generation: Generation, access: Access | None = None) -> Claimed:
    return Claimed(
        generation_id=generation.pk,
        conversation_id=generation.message.conversation_id,
        user_id=generation.user_id,
        provider=generation.session.provider if generation.session else "",
        epoch=generation.epoch,
        created_at=generation.created_at,
        session_id=generation.session_id,
        request=build_request(generation),
        price=price_of(generation),
        access=access,
    )


def write_batch(writes: Sequence[RunWrite], *, now: datetime) -> frozenset[UUID]:
    """Write for many runs in one transaction; returns those whose claim is lost and that wrote nothing."""
    with atomic_in_turn():
        lost = batches.move_on([_progress(one) for one in writes], now=now)
        kept = [one for one in writes if one.generation_id not in lost]
        batches.add_rows((one.generation_id, row) for one in kept for row in one.rows)
        batches.save_texts(_text(one, one.parts_json) for one in kept if one.parts_json is not None)
        ended = {one.generation_id: one.ended for one in kept if one.ended}
        for generation_id, end in sorted(ended.items()):
            _store_end(generation_id, end, now)
        accounts.note_ended(ended, limits={one.generation_id: one.limits for one in kept}, now=now)
    return lost


def _progress(write: RunWrite) -> Progress:
    return Progress(write.generation_id, write.epoch, write.seq, write.facts)


def _text(write: RunWrite, parts_json: str) -> Text:
    return Text(write.generation_id, parts_json, write.seq)


def _store_end(generation_id: UUID, ended: Ended, now: datetime) -> None:
    """Of a run whose claim was found to hold in this transaction."""
    _END(generation_id, *_end_fields(ended, now).values())
    _END_MESSAGE(generation_id, ended.status)
    _TOUCH(generation_id, timezone.now())  # pages of the owner should see that it is over


def _end_fields(ended: Ended, now: datetime) -> dict[str, object]:
    return {
        "status": ended.status,
        "finished_at": now,
        "writing_s": ended.writing_s,
        "thinking_s": ended.thinking_s,
        "usage": msgspec.to_builtins(ended.usage),
        "cost": Decimal(ended.cost) if ended.cost is not None else None,
        "stop_reason": ended.stop_reason.reason[:60] if ended.stop_reason else "",
        "stop_explanation": (ended.stop_reason.explanation or "") if ended.stop_reason else "",
        "error_code": ended.error.kind[:60] if ended.error else "",
        "error_json": msgspec.json.encode(ended.error).decode() if ended.error else "",
    }


def rows_after(generation_id: UUID, after_seq: int, *, limit: int = 256) -> tuple[Row, ...]:
    """Stored rows after `after_seq`, in order, at most `limit`."""
    return tuple(Row(*row) for row in _rows(limit)(generation_id, after_seq))


@cache
def _rows(limit: int) -> Select[tuple[int, str, str]]:
    return Select(
        lambda generation, seq: (
            GenerationEvent.objects.filter(generation=generation, seq__gt=seq)
            .order_by("seq")
            .values_list("seq", "kind", "payload")[:limit]
        ),
        on(GenerationEvent, "generation", "seq"),
    )


@dataclass(frozen=True)
class Watched:
    """What others may have done to a run of ours."""

    epoch: int
    is_running: bool
    stop_requested: bool
    has_session: bool


def watch(generation_ids: Iterable[UUID]) -> dict[UUID, Watched]:
    """The present state of runs, by id; a deleted one is missing."""
    rows = Generation.objects.filter(pk__in=list(generation_ids)).values_list(
        "pk", "epoch", "status", "stop_requested_at", "session_id"
    )
    return {
        pk: Watched(epoch, status == _Status.RUNNING, stop_at is not None, session is not None)
        for pk, epoch, status, stop_at, session in rows
    }


def waiting(*, now: datetime, longer_than: timedelta) -> list[UUID]:
    """Queued runs that nobody claimed within `longer_than`, and that are still young enough to start."""
    queued = Generation.objects.filter(
        status=_Status.QUEUED, created_at__lt=now - longer_than, created_at__gte=now - NOT_STARTED_AFTER
    )
    return list(queued.order_by("created_at").values_list("pk", flat=True)[:100])


def end_dead_runs(*, now: datetime, dead_after: timedelta = DEAD_AFTER) -> list[UUID]:
    """End runs whose process died, with the text they had, and those that never started. Never runs one again:
    the provider may have been paid already. One that its user told to stop is not waited for as long, and counts
    as stopped."""
    running = Generation.objects.filter(status=_Status.RUNNING)
    unheard = running.filter(stop_requested_at__isnull=False, heartbeat_at__lt=now - dead_after / 3)
    silent = running.filter(stop_requested_at=None, heartbeat_at__lt=now - dead_after)
    forgotten = Generation.objects.filter(status=_Status.QUEUED, created_at__lt=now - NOT_STARTED_AFTER)
    ends: list[tuple[Generation, str, ErrorFacts | None]] = [(one, "stopped", None) for one in unheard]
    ends += [(one, "interrupted", _DIED) for one in silent]
    ends += [(one, "interrupted", _NEVER_BEGUN) for one in forgotten]
    return [one.pk for one, status, facts in ends if end_from_outside(one, status, facts, now=now)]


def end_from_outside(generation: Generation, status: str, error: ErrorFacts | None, *, now: datetime) -> bool:
    """End a run that no runner of this process owns, by compare-and-swap on status and epoch as read.

    The epoch moves, so that a runner that still lives cannot write. Returns whether it was ours to end.
    """
    with transaction.atomic():
        current = Generation.objects.filter(
            pk=generation.pk, status=generation.status, epoch=generation.epoch
        )
        if not current.update(epoch=F("epoch") + 1):
            return False
        generation.refresh_from_db()
        reply = fold(
            generation.events.order_by("seq").values_list("payload", flat=True),
        )
        ended = _ended_from_outside(generation, status, error, reply)
        row = Row(generation.seq + 1, "ended", encode_payload(ended))
        batches.add_rows([(generation.pk, row)])
        Generation.objects.filter(pk=generation.pk).update(seq=row.seq, **_end_fields(ended, now))
        Message.objects.filter(pk=generation.message_id).update(
            parts_json=encode_parts(reply.parts), upto_seq=row.seq, status=status
        )
        _TOUCH(generation.pk, timezone.now())
        if generation.heartbeat_at is not None:  # else nobody claimed it, and nothing was sent
            accounts.note_ended({generation.pk: ended}, limits={generation.pk: reply.limits}, now=now)
    generation.refresh_from_db()
    return True


def _ended_from_outside(
    generation: Generation, status: str, error: ErrorFacts | None, reply: ReplyBuilder
) -> Ended:
    first = generation.first_token_at
    return msgspec.convert(
        {
            "type": "ended",
            "status": status,
            "usage": reply.usage,
            "first_token_s": (first - generation.created_at).total_seconds() if first else None,
            "thinking_s": generation.thinking_s,
            "error": error,
        },
        Ended,
    )
