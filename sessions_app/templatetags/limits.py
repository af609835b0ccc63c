"""Limits of providers, as the last answer of each session told them."""

from __future__ import annotations

from datetime import datetime

from django import template
from django.utils import timezone

from sessions_app.models import ProviderSession, SessionHealth

register = template.Library()


@register.filter
def limited_until(session: ProviderSession) -> datetime | None:
    """Until when its provider asked to wait; `None` if it may be asked now or cannot be used at all. Asks nothing where
    the session came with its health."""
    health: SessionHealth | None = getattr(session, "health", None)
    return health.limit_at(timezone.now()) if health and session.is_usable else None
