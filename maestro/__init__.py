"""Wires the product together: settings, URLs, ASGI, Celery, system checks and `serve`. Decides nothing."""

from __future__ import annotations

from maestro.celery import app as celery_app

__all__ = ["celery_app"]
