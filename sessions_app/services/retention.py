"""Removes refresh history that nobody reads any more: older than 90 days, or beyond 200 rows of one session."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Q

from sessions_app.models import Installation, RefreshAttempt

KEPT_FOR = timedelta(days=90)
KEPT_PER_SESSION = 200
_EVERY = timedelta(hours=1)
_AT_ONCE = 1000  # rows of one DELETE, so that nobody waits long for SQLite's one writer


def prune_if_time(*, now: datetime) -> int:
    """Once an hour, whoever comes first; how many rows went. One small query at all other times."""
    is_time = Q(pruned_at=None) | Q(pruned_at__lt=now - _EVERY)
    if not Installation.objects.filter(is_time).update(pruned_at=now):
        return 0
    return prune(now=now)


def prune(*, now: datetime) -> int:
    """Remove what is too old or too much, at most 1,000 rows of each kind; the rest goes the next time."""
    removed = _remove(list(_ids(sent_at__lt=now - KEPT_FOR)[:_AT_ONCE]))
    crowded = RefreshAttempt.objects.order_by().values("session").annotate(rows=Count("id"))
    for session_id in crowded.filter(rows__gt=KEPT_PER_SESSION).values_list("session", flat=True):
        newest_first = _ids(session=session_id).order_by("-sent_at", "-id")
        removed += _remove(list(newest_first[KEPT_PER_SESSION : KEPT_PER_SESSION + _AT_ONCE]))
        if removed >= _AT_ONCE:
            break
    return removed


def _ids(**where: object) -> Any:
    return RefreshAttempt.objects.filter(**where).values_list("id", flat=True)


def _remove(ids: list[int]) -> int:
    return RefreshAttempt.objects.filter(id__in=ids).delete()[0] if ids else 0
