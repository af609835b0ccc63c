"""Registers the app that keeps provider sessions."""

from __future__ import annotations

from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _lazy


class SessionsAppConfig(AppConfig):
    name = "sessions_app"
    verbose_name = _lazy("Provider sessions")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        import_module("sessions_app.checks")
