"""Registers the system checks."""

from __future__ import annotations

from importlib import import_module

from django.apps import AppConfig


class MaestroConfig(AppConfig):
    name = "maestro"

    def ready(self) -> None:
        import_module("maestro.checks")
