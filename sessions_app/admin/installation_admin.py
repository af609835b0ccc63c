"""The one page about this copy of the database, with the two answers an operator can give."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _

from sessions_app.errors import SessionError
from sessions_app.models import Installation
from sessions_app.services import copies, instance

_DECISIONS: dict[str, Callable[[], str]] = {
    "adopt": lambda: copies.adopted_sentence(copies.adopt()),
    "separate": lambda: copies.separated_sentence(copies.separate()),
}


@admin.register(Installation)
class InstallationAdmin(admin.ModelAdmin[Installation]):
    """No form: the row is changed by decisions only."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Installation | None = None) -> bool:
        return False

    def get_urls(self) -> list[URLPattern]:
        def own(route: str, view: Callable[..., HttpResponse], name: str) -> URLPattern:
            return path(route, self.admin_site.admin_view(view), name=f"sessions_app_installation_{name}")

        return [
            own("", self.standing_page, "changelist"),
            own("decide/<slug:decision>/", self.decide_page, "decide"),
        ]

    def standing_page(self, request: HttpRequest) -> HttpResponse:
        """How this copy stands, with a button for each decision while something is on hold."""
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        context = self.admin_site.each_context(request) | {
            "title": _("This installation"),
            "opts": self.opts,
            "standing": instance.standing(),
            "can_decide": self.has_change_permission(request),
        }
        return TemplateResponse(request, "admin/sessions_app/installation.html", context)

    def decide_page(self, request: HttpRequest, decision: str) -> HttpResponse:
        """One of the decisions; POST only."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        if request.method != "POST" or decision not in _DECISIONS:
            raise Http404
        try:
            messages.success(request, _DECISIONS[decision]())
        except SessionError as error:
            messages.error(request, error.message)
        return redirect("admin:sessions_app_installation_changelist")
