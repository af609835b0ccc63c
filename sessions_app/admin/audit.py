"""The record of activity for the operator: to search, never to change."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _lazy

from sessions_app.models import AuditEntry


@admin.register(AuditEntry)
class AuditEntryAdmin(admin.ModelAdmin[AuditEntry]):
    list_display = ("at", "what", "session_name", "owner_name", "who")
    list_filter = ("action", "at")
    search_fields = ("session_name", "owner_name", "actor_name", "place", "session_id")
    date_hierarchy = "at"
    fields = readonly_fields = (
        "at", "action", "detail", "session_name", "session_id", "owner_name", "actor_name", "place",
    )  # fmt: skip

    @admin.display(description=_lazy("What"), ordering="action")
    def what(self, entry: AuditEntry) -> str:
        return f"{entry.what}: {entry.detail}" if entry.detail else entry.what

    @admin.display(description=_lazy("Who, and from where"), ordering="actor_name")
    def who(self, entry: AuditEntry) -> str:
        return ", ".join(filter(None, (entry.actor_name, entry.place))) or "–"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: AuditEntry | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: AuditEntry | None = None) -> bool:
        return False
