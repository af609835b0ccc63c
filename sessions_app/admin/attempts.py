"""The refresh history below a session, to look at only."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _lazy

from sessions_app.models import ProviderSession, RefreshAttempt


class RefreshAttemptInline(admin.TabularInline[RefreshAttempt, ProviderSession]):
    model = RefreshAttempt
    template = "admin/sessions_app/refreshes.html"
    fields = (
        "sent_at",
        "finished_at",
        "outcome",
        "because",
        "http_status",
        "error_code",
        "request_id",
        "worker",
    )
    readonly_fields = fields
    extra = 0
    verbose_name_plural = _lazy("refresh history")
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: ProviderSession | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: ProviderSession | None = None) -> bool:
        return False
