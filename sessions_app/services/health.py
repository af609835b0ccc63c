"""What answers and tests say about sessions: the last success, the last error, the limits that are left.

Written when an answer or a test ends, never for a request; read by the board.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from django.db.models import Q
from django.utils import timezone

from providers.limits import Limit
from sessions_app.models import ProviderSession, SessionHealth
from sessions_app.models.health import SENTENCE_LENGTH

LONGEST_WAIT = timedelta(days=31)  # no limit lasts longer; a number beyond it is a provider's mistake
_decoder = msgspec.json.Decoder(tuple[Limit, ...])


@dataclass(frozen=True, kw_only=True)
class Answered:
    """How one answer went. `ok` is `None` if it says nothing about the session; `limits` were reported at
    `limits_at`."""

    session_id: UUID
    started_at: datetime
    ended_at: datetime
    ok: bool | None
    error: str = ""
    limits: tuple[Limit, ...] = ()
    limits_at: datetime | None = None
    limited_until: datetime | None = None


def note_answers(answers: Sequence[Answered]) -> None:
    """Keep what the newest of them say. By id, so that two processes lock rows in the same order."""
    for answer in sorted(answers, key=lambda one: (one.session_id, one.ended_at)):
        row = SessionHealth.objects.filter(session=answer.session_id)
        if changes := _changes(answer):
            row.update(**changes)
        if answer.ok:  # begun after the limit was hit, so it has passed
            row.filter(limited_until__isnull=False, failed_at__lt=answer.started_at).update(
                limited_until=None
            )
        if answer.limits:
            older = Q(limits_at=None) | Q(limits_at__lte=answer.limits_at)
            row.filter(older).update(
                limits_json=msgspec.json.encode(answer.limits).decode(), limits_at=answer.limits_at
            )


def _changes(answer: Answered) -> dict[str, Any]:
    if answer.ok is None:
        return {}
    if answer.ok:
        return {"succeeded_at": answer.ended_at}
    failed: dict[str, Any] = {"failed_at": answer.ended_at, "error": _plain(answer.error)}
    return failed | ({"limited_until": answer.limited_until} if answer.limited_until else {})


def note_test(session: ProviderSession, *, ok: bool, sentence: str, latency_ms: int | None) -> None:
    """Keep how the last test went."""
    SessionHealth.objects.update_or_create(
        session=session,
        defaults={
            "tested_at": timezone.now(),
            "test_ok": ok,
            "test_sentence": _plain(sentence),
            "test_latency_ms": latency_ms,
        },
    )


def _plain(text: str) -> str:
    """A sentence from outside as a column can hold it: PostgreSQL refuses the NUL character, and a write that is
    refused would take the end of the answer along."""
    return "".join(one if one.isprintable() else " " for one in text)[:SENTENCE_LENGTH]


def limited_until(session: ProviderSession, *, now: datetime) -> datetime | None:
    """When the limit passes that an answer hit; `None` if there is none, or it has passed."""
    row = SessionHealth.objects.filter(session=session, limited_until__gt=now)
    return row.values_list("limited_until", flat=True).first()


def limits_of(health: SessionHealth) -> tuple[Limit, ...]:
    """The limits as they were reported last."""
    return _decoder.decode(health.limits_json) if health.limits_json else ()
