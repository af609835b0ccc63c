"""Sessions, refreshes and the background in numbers: for the operator, without users, names and ids."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import Count

from sessions_app.models import Installation, ProviderSession, RefreshAttempt

Counted = list[tuple[tuple[str, ...], int]]


class Swept(NamedTuple):
    """The last sweep: when, and by `worker`, `serve` or `web`."""

    at: datetime
    by: str


def by_status() -> Counted:
    """How many sessions there are of each provider, auth type and stored status."""
    return _counted(ProviderSession.objects.all(), "provider", "auth_type", "status")


def refreshes(*, since: datetime) -> Counted:
    """How many refreshes were sent since then, by provider and outcome."""
    return _counted(RefreshAttempt.objects.filter(sent_at__gte=since), "session__provider", "outcome")


def last_sweep() -> Swept | None:
    """`None` if there was none yet."""
    row = Installation.objects.only("last_sweep_at", "last_sweep_by").first()
    return Swept(row.last_sweep_at, row.last_sweep_by) if row and row.last_sweep_at else None


def is_held() -> bool:
    """Whether OAuth sessions are on hold."""
    return Installation.objects.exclude(held_at=None).exists()


def _counted(rows: Any, *columns: str) -> Counted:
    counted = rows.order_by().values_list(*columns).annotate(count=Count("pk"))
    return [(tuple(values), count) for *values, count in counted]
