"""How many answers are under way, and whether their processes live: for the operator, without users and ids."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Count, Min, Q

from chat.models import Generation, QueuedMessage
from chat.services import runs


def unfinished() -> dict[str, int]:
    """How many runs wait (`queued`) and how many are `running`, in all processes."""
    rows = Generation.objects.unfinished().order_by().values_list("status").annotate(count=Count("pk"))
    return {str(status): 0 for status in Generation.UNFINISHED} | dict(rows)


def waiting_messages() -> int:
    """How many messages wait for the end of an answer, or for their owners."""
    return QueuedMessage.objects.count()


def oldest_heartbeat(*, now: datetime) -> float:
    """Seconds since the sign of life of the running answer that was silent longest; 0 if none runs."""
    running = Generation.objects.filter(status=Generation.Status.RUNNING)
    oldest = running.aggregate(oldest=Min("heartbeat_at"))["oldest"]
    return max(0.0, (now - oldest).total_seconds()) if oldest else 0.0


def left_alone(*, now: datetime) -> int:
    """How many answers a web process would end if there was one: their process died, or none ever took them."""
    silent = Q(status=Generation.Status.RUNNING, heartbeat_at__lt=now - runs.DEAD_AFTER)
    forgotten = Q(status=Generation.Status.QUEUED, created_at__lt=now - runs.NOT_STARTED_AFTER)
    return Generation.objects.filter(silent | forgotten).count()
