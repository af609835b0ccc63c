"""Removes the logs of answers that were over long ago. Their messages stay, and readers are given those."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F

from chat.models import Generation, GenerationEvent

_ANSWERS_AT_ONCE = 100
_ROWS_AT_ONCE = (
    5_000  # of one turn, so that nobody waits long for SQLite's one writer; the rest goes the next time
)


def prune_logs(*, now: datetime, kept_for: timedelta) -> int:
    """Remove all rows but the last of answers that ended before, and are whole in their messages; how many."""
    old = Generation.objects.filter(
        is_pruned=False, finished_at__lt=now - kept_for, message__upto_seq=F("seq")
    ).exclude(status__in=Generation.UNFINISHED)
    removed = 0
    for generation_id in old.order_by("finished_at").values_list("pk", flat=True)[:_ANSWERS_AT_ONCE]:
        removed += _prune(generation_id)
        if removed >= _ROWS_AT_ONCE:
            break
    return removed


@transaction.atomic
def _prune(generation_id: UUID) -> int:
    """The mark comes first: a reader that sees it is given the message."""
    Generation.objects.filter(pk=generation_id).update(is_pruned=True)
    rows = GenerationEvent.objects.filter(generation=generation_id).exclude(kind="ended")
    return rows.delete()[0]
