"""The list of all sessions, a page of facts for each, and the actions on them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, cast
from uuid import UUID

from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import gettext_noop

from sessions_app.admin.attempts import RefreshAttemptInline
from sessions_app.admin.pages import ProviderPages, note_in_history
from sessions_app.models import ProviderSession
from sessions_app.services import sessions, tokens

# What an action did, in a sentence, and whether it went well.
Told = tuple[bool, str]


def _test(session: ProviderSession) -> Told:
    result = sessions.test_session(session)
    return result.ok, result.sentence


def _refresh(session: ProviderSession) -> Told:
    result = tokens.refresh_session(session.id, force=True)
    return result.ok, result.sentence


def _revoke(session: ProviderSession) -> Told:
    return True, sessions.revoke_session(session)


def _disable(session: ProviderSession) -> Told:
    sessions.disable_session(session)
    return True, session.state_sentence


def _enable(session: ProviderSession) -> Told:
    sessions.enable_session(session)
    return True, session.state_sentence


ACTIONS: dict[str, tuple[str, Callable[[ProviderSession], Told]]] = {
    "test": (gettext_noop("Test"), _test),
    "refresh": (gettext_noop("Refresh now"), _refresh),
    "revoke": (gettext_noop("Revoke (delete the credentials)"), _revoke),
    "disable": (gettext_noop("Disable"), _disable),
    "enable": (gettext_noop("Enable"), _enable),
}


@admin.register(ProviderSession)
class ProviderSessionAdmin(ProviderPages):
    list_display = ("name", "badge", "provider", "auth_type", "owner", "expires_at", "last_refresh_at")
    list_filter = ("status", "provider", "auth_type", "owner")
    search_fields = ("name", "owner__username", "provider")
    list_select_related = ("owner",)
    ordering = ("owner__username", "name")
    actions = ("test_selected", "refresh_selected", "revoke_selected", "disable_selected", "enable_selected")
    inlines = (RefreshAttemptInline,)
    change_form_template = "admin/sessions_app/change.html"
    fields = readonly_fields = (
        "name", "owner", "provider", "auth_type", "badge", "status_reason", "account", "expires_at",
        "key_expires_at",
        "refresh_at", "last_refresh_at", "next_attempt_at", "consecutive_failures", "last_used_at",
        "cred_version", "lease_until", "created_at", "updated_at",
    )  # fmt: skip

    @admin.display(description=_lazy("State"), ordering="status")
    def badge(self, session: ProviderSession) -> SafeString:
        return format_html('<span class="state {}">{}</span>', session.state_level, session.state_sentence)

    @admin.display(description=_lazy("Account"))
    def account(self, session: ProviderSession) -> str:
        return ", ".join(session.account.values()) or "–"

    def get_urls(self) -> list[URLPattern]:
        def own(route: str, view: Callable[..., HttpResponse], name: str) -> URLPattern:
            return path(route, self.admin_site.admin_view(view), name=f"sessions_app_providersession_{name}")

        return [
            own("<uuid:session_id>/login/", self.login_page, "login"),
            own("<uuid:session_id>/key/", self.key_page, "key"),
            own("<uuid:session_id>/do/<slug:action>/", self.do_page, "do"),
            *super().get_urls(),
        ]

    def do_page(self, request: HttpRequest, session_id: UUID, action: str) -> HttpResponse:
        """One of `ACTIONS` on one session; POST only."""
        session = self._changeable(request, session_id)
        if action not in ACTIONS or request.method != "POST":
            raise Http404
        self._act(request, session, action)
        return redirect("admin:sessions_app_providersession_change", session.pk)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, object] | None = None,
    ) -> HttpResponse:
        if request.method == "POST":
            raise PermissionDenied(_("The facts of a session are changed by actions, not by a form."))
        session = self.get_object(request, object_id)
        state = {
            "show_save": False,
            "show_save_and_continue": False,
            "show_save_and_add_another": False,
            "session": session,
            "session_actions": [(key, _(label)) for key, (label, _run) in ACTIONS.items()],
        }
        return super().change_view(request, object_id, form_url, state | (extra_context or {}))

    def get_deleted_objects(
        self, objs: QuerySet[ProviderSession] | Sequence[ProviderSession], request: HttpRequest
    ) -> tuple[list[str], dict[str, int], set[str], list[str]]:
        """The sessions alone: their health, models and begun logins are rows of ours, and nothing that an operator knows."""
        # What belongs to a session follows it as a list, which the types of Django leave out.
        found, _counts, perms_needed, protected = super().get_deleted_objects(objs, request)
        named = [one for one in cast("list[Any]", found) if not isinstance(one, list)]
        return named, {str(self.opts.verbose_name_plural): len(named)}, perms_needed, protected

    def delete_model(self, request: HttpRequest, obj: ProviderSession) -> None:
        sessions.delete_session(obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[ProviderSession]) -> None:
        for session in queryset:
            sessions.delete_session(session)

    @admin.action(description=_lazy("Test"), permissions=["change"])
    def test_selected(self, request: HttpRequest, queryset: QuerySet[ProviderSession]) -> None:
        self._act_on_all(request, queryset, "test")

    @admin.action(description=_lazy("Refresh now"), permissions=["change"])
    def refresh_selected(self, request: HttpRequest, queryset: QuerySet[ProviderSession]) -> None:
        self._act_on_all(request, queryset, "refresh")

    @admin.action(description=_lazy("Revoke: delete the credentials"), permissions=["change"])
    def revoke_selected(self, request: HttpRequest, queryset: QuerySet[ProviderSession]) -> None:
        self._act_on_all(request, queryset, "revoke")

    @admin.action(description=_lazy("Disable"), permissions=["change"])
    def disable_selected(self, request: HttpRequest, queryset: QuerySet[ProviderSession]) -> None:
        self._act_on_all(request, queryset, "disable")

    @admin.action(description=_lazy("Enable"), permissions=["change"])
    def enable_selected(self, request: HttpRequest, queryset: QuerySet[ProviderSession]) -> None:
        self._act_on_all(request, queryset, "enable")

    def _act_on_all(self, request: HttpRequest, queryset: QuerySet[ProviderSession], action: str) -> None:
        for session in queryset:
            self._act(request, session, action)

    def _act(self, request: HttpRequest, session: ProviderSession, action: str) -> None:
        label, run = ACTIONS[action]
        ok, sentence = run(session)
        level = messages.SUCCESS if ok else messages.ERROR
        said = _("“%(name)s”: %(sentence)s") % {"name": session.name, "sentence": sentence}
        messages.add_message(request, level, said)
        note_in_history(request, session, CHANGE, f"{label}: {'done' if ok else 'failed'}.")
