"""Registers the app that keeps provider sessions."""

from __future__ import annotations

from importlib import import_module

from django.apps import AppConfig


class SessionsAppConfig(AppConfig):
    name = "sessions_app"
    verbose_name = "Provider sessions"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        import_module("sessions_app.checks")
