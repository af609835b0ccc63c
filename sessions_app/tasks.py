"""Celery's door: it only wakes the work. The rows are the truth, so a duplicate delivery changes nothing."""

from __future__ import annotations

from uuid import UUID

from celery import shared_task

from sessions_app.services import sweep as sweep_service
from sessions_app.services import tokens


@shared_task(name="sessions_app.tasks.sweep")
def sweep() -> None:
    """Refresh what is due."""
    sweep_service.sweep(by="worker")


@shared_task(name="sessions_app.tasks.refresh")
def refresh(session_id: str) -> None:
    """Refresh one session if it is time; the id is all that ever lies in the broker."""
    tokens.refresh_session(UUID(session_id))
