"""One round of the background: a heartbeat, what is due, and upkeep. And who does it when nobody does.

Celery's worker or the loop of `manage.py serve` sweep every few seconds. If no sweep ran for 180 s, the web
process does it, until one of the others is back. All of them may sweep at once: the rows are the truth.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Literal

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from sessions_app.models import Installation
from sessions_app.services import notices, retention, tokens
from sessions_app.services.tokens import SweepResult
from sessions_app.words import duration

logger = logging.getLogger(__name__)

LATE_AFTER = timedelta(seconds=180)
By = Literal["worker", "serve", "web"]
_WEB: By = "web"

# After the refreshes, each by itself: a trouble here must not keep a token from being refreshed.
_UPKEEP: tuple[Callable[[datetime], object], ...] = (
    lambda now: notices.write_to_owners(now=now),
    lambda now: retention.prune_if_time(now=now),
)


def sweep(*, by: By, now: datetime | None = None) -> SweepResult:
    """Refresh what is due and look after the rest. `by` is kept for the operator."""
    installation = Installation.current()
    started_at = now or timezone.now()
    Installation.objects.filter(pk=installation.pk).update(last_sweep_at=started_at, last_sweep_by=by)
    result = tokens.refresh_due(now=now)
    for look_after in _UPKEEP:
        try:
            look_after(started_at)
        except Exception:
            logger.exception("upkeep failed, the next sweep tries again")
    return result


def look_after_others(*, since: datetime) -> None:
    """What a web process does every two seconds. `since`: as in `take_over_if_late`."""
    tokens.take_over_from_the_dead()
    take_over_if_late(since=since)


def take_over_if_late(*, since: datetime, now: datetime | None = None) -> bool:
    """Sweep in the place of those who should, if they did not; whether that was so.

    `since` is when this process began to look: a server that was off for the night waits for its worker.
    """
    installation, looked_at = Installation.current(), now or timezone.now()
    last = installation.last_sweep_at or installation.created_at
    if installation.last_sweep_by == _WEB:
        due_at = last + timedelta(seconds=settings.MAESTRO_SWEEP_SECONDS)
    else:
        due_at = max(last, since) + LATE_AFTER
    if looked_at < due_at or not _claim(installation, looked_at):
        return False
    if installation.last_sweep_by != _WEB:
        logger.warning("No sweep ran for %s, so the web process does it now", duration(looked_at - last))
    sweep(by=_WEB, now=now)
    return True


def state(*, now: datetime | None = None) -> str:
    """For `/readyz`, in English: "ok", "starting", or what is late."""
    installation, now = Installation.current(), now or timezone.now()
    last = installation.last_sweep_at or installation.created_at
    if now - last > LATE_AFTER:
        return f"late, nothing has refreshed tokens for {duration(now - last)}"
    if installation.last_sweep_by == _WEB:
        return "late, the web process does it"
    return "ok" if installation.last_sweep_at else "starting"


def notice() -> str:
    """What to tell the operator; "" while the background runs."""
    found = state()
    if found in {"ok", "starting"}:
        return ""
    if found.endswith("does it"):
        said = _("The background that keeps sessions alive does not run, so the web process does it.")
    else:
        said = _(
            "The background that keeps sessions alive does not run, and nothing does it in its place yet."
        )
    then = _(
        "Check that worker and beat run and reach Redis; without Redis, start Maestro with manage.py serve."
    )
    return f"{said} {then}"


def _claim(installation: Installation, now: datetime) -> bool:
    """Of several web processes that see the same, one sweeps."""
    as_seen = Installation.objects.filter(pk=installation.pk, last_sweep_at=installation.last_sweep_at)
    return bool(as_seen.update(last_sweep_at=now, last_sweep_by=_WEB))
