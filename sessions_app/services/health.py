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
from sessions_app.prepared import Update, on

LONGEST_WAIT = timedelta(days=31)  # no limit lasts longer; a number beyond it is a provider's mistake
_SUCCEEDED = Update(
    lambda session, at: (SessionHealth.objects.filter(session=session), {"succeeded_at": at}),
    on(SessionHealth, "session", "succeeded_at"),
)
_PASSED = Update(
    lambda session, started_at: (
        SessionHealth.objects.filter(session=session, limited_until__isnull=False, failed_at__lt=started_at),
        {"limited_until": None},
    ),
    on(SessionHealth, "session", "failed_at"),
)
_LIMITS = Update(
    lambda session, at, limits: (
        SessionHealth.objects.filter(Q(limits_at=None) | Q(limits_at__lte=at), session=session),
        {"limits_json": limits, "limits_at": at},
    ),
    on(SessionHealth, "session", "limits_at", "limits_json"),
)
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
        if answer.ok:
            _SUCCEEDED(answer.session_id, answer.ended_at)
            _PASSED(answer.session_id, answer.started_at)  # begun after the limit was hit
        elif answer.ok is not None:
            SessionHealth.objects.filter(session=answer.session_id).update(**_failed(answer))
        if answer.limits:
            limits = msgspec.json.encode(answer.limits).decode()
            _LIMITS(answer.session_id, answer.limits_at, limits)


def _failed(answer: Answered) -> dict[str, Any]:
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
