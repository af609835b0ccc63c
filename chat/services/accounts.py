"""Tells a session's keeper what each answer used, and how it went. Called in the transaction that ends the answer."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from chat.log import Ended
from chat.models import Generation
from chat.services.history import price_of
from providers.events import Usage
from providers.limits import Limit
from sessions_app.models import UsageRecord
from sessions_app.prepared import Select, on
from sessions_app.services import health, usage
from sessions_app.services.health import Answered
from sessions_app.services.usage import Payer

_ENDED = Select(
    lambda pk: (
        Generation.objects.filter(pk=pk)
        .select_related("message", "session")
        .only(
            "user",
            "session__provider",
            "model",
            "created_at",
            "first_token_at",
            "message__conversation",
            "message__session_name",
            "message__session_initials",
            "message__session_color",
        )
    ),
    on(Generation, "id"),
)
_LIMITS_THAT_PASS = frozenset({"rate_limited"})


def note_ended(
    ended: Mapping[UUID, Ended], *, limits: Mapping[UUID, tuple[Limit, ...]], now: datetime
) -> None:
    """One record of use and one note of health for each run."""
    rows = [(generation, end) for pk, end in ended.items() for generation in _ENDED(pk)]
    usage.store(_record(row, end, now) for row, end in rows if _may_cost(end))
    health.note_answers(
        [_answered(row, end, limits.get(row.pk, ()), now) for row, end in rows if row.session_id]
    )


def _may_cost(ended: Ended) -> bool:
    """A provider that refuses bills nothing; one whose answer was cut off may, whether it said so or not."""
    return ended.status != "failed" or ended.usage != Usage()


def _record(generation: Generation, ended: Ended, now: datetime) -> UsageRecord:
    message, session = generation.message, generation.session
    return usage.make_record(
        run_id=generation.pk,
        at=now,
        owner_id=generation.user_id,
        payer=Payer(
            session_id=generation.session_id,
            name=message.session_name,
            initials=message.session_initials,
            color=message.session_color,
            provider=session.provider if session else "",
        ),
        model=generation.model,
        conversation_id=message.conversation_id,
        usage=ended.usage,
        price=price_of(generation),
        is_complete=ended.status == "complete",
    )


def _answered(generation: Generation, ended: Ended, limits: tuple[Limit, ...], now: datetime) -> Answered:
    assert generation.session_id is not None
    error, waits = ended.error, None
    if error is not None and error.kind in _LIMITS_THAT_PASS and error.retry_after is not None:
        waits = now + timedelta(seconds=min(error.retry_after, health.LONGEST_WAIT.total_seconds()))
    return Answered(
        session_id=generation.session_id,
        started_at=generation.created_at,
        ended_at=now,
        # A person who stops an answer says nothing about the session.
        ok=True if ended.status == "complete" else None if ended.status == "stopped" else False,
        error=error.message if error else "",
        limits=limits,
        limits_at=generation.first_token_at or now,
        limited_until=waits,
    )
