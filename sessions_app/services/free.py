"""When a session takes requests again: what its provider said when a limit was hit, and when its budget renews."""

from __future__ import annotations

from datetime import datetime

from sessions_app.models import ProviderSession
from sessions_app.services import budgets, health


def free_at(session: ProviderSession, *, now: datetime) -> datetime | None:
    """The later of the two; `None` if nothing is known that speaks against sending now."""
    standing = budgets.standing(session, now=now)
    renewal = standing.renews_at if standing is not None and standing.is_spent else None
    waits = [at for at in (health.limited_until(session, now=now), renewal) if at is not None]
    return max(waits, default=None)
