"""The admin's own pages: add with a write-only key, OAuth login with one text box, replace a key.

Not `ModelAdmin` forms, because those run inside one transaction, and these call a provider.
"""

from __future__ import annotations

from uuid import UUID

from django.contrib import admin, messages
from django.contrib.admin.models import ADDITION, CHANGE, LogEntry
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters

from sessions_app import forms
from sessions_app.errors import SessionError
from sessions_app.login_page import field_of, handle_login, signed_in
from sessions_app.models import ProviderSession
from sessions_app.services import sessions
from sessions_app.services.providers import available_providers


class ProviderPages(admin.ModelAdmin[ProviderSession]):
    """Pages that talk to a provider; `ProviderSessionAdmin` adds the list and the facts."""

    @method_decorator(sensitive_post_parameters("api_key"))
    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, object] | None = None
    ) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = forms.AdminAddSessionForm(request.POST or None, initial={"owner": request.user.pk})
        if request.method == "POST" and form.is_valid():
            try:
                session = self._create(form)
            except SessionError as error:
                form.add_error(field_of(error), error.message)
            else:
                note_in_history(request, session, ADDITION, "Added.")
                said = _("“%(name)s” was added. %(state)s.")
                facts = {"name": session.name, "state": session.state_sentence.rstrip(".")}
                messages.success(request, said % facts)
                page = "login" if session.is_oauth else "change"
                return redirect(f"admin:sessions_app_providersession_{page}", session.pk)
        notes = forms.oauth_notes(available_providers())
        return self._page(request, "add", _("Add a provider session"), form=form, oauth_notes=notes)

    @method_decorator(sensitive_post_parameters("pasted", "link"))
    def login_page(self, request: HttpRequest, session_id: UUID) -> HttpResponse:
        session = self._changeable(request, session_id)
        page = handle_login(request, session)
        if page.is_connected:
            note_in_history(request, session, CHANGE, "Logged in at the provider.")
            said = _("“%(name)s” is connected. %(state)s.")
            messages.success(request, said % {"name": session.name, "state": session.state_sentence})
            return redirect("admin:sessions_app_providersession_change", session.pk)
        facts = {"name": session.name, "provider": session.provider_label}
        title = _("Log in %(name)s at %(provider)s") % facts
        return self._page(request, "login", title, session, page=page)

    @method_decorator(sensitive_post_parameters("api_key"))
    def key_page(self, request: HttpRequest, session_id: UUID) -> HttpResponse:
        session = self._changeable(request, session_id)
        form = forms.ReplaceKeyForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                sessions.replace_api_key(
                    session, form.secret, key_expires_at=form.cleaned_data["key_expires_at"]
                )
            except SessionError as error:
                form.add_error(field_of(error), error.message)
            else:
                note_in_history(request, session, CHANGE, "Replaced the API key.")
                messages.success(request, _("The new key works and is stored."))
                return redirect("admin:sessions_app_providersession_change", session.pk)
        title = _("Replace the key of %(name)s") % {"name": session.name}
        return self._page(request, "key", title, session, form=form)

    def _create(self, form: forms.AdminAddSessionForm) -> ProviderSession:
        data = form.cleaned_data
        return sessions.create_session(
            owner=data["owner"],
            provider=data["provider"],
            auth_type=data["auth_type"],
            name=data["name"],
            api_key=form.secret,
            key_expires_at=data["key_expires_at"],
        )

    def _changeable(self, request: HttpRequest, session_id: UUID) -> ProviderSession:
        session = get_object_or_404(ProviderSession, pk=session_id)
        if not self.has_change_permission(request, session):
            raise PermissionDenied
        return session

    def _page(
        self,
        request: HttpRequest,
        name: str,
        title: str,
        session: ProviderSession | None = None,
        **context: object,
    ) -> HttpResponse:
        context |= {"title": title, "session": session, "opts": self.opts}
        return TemplateResponse(
            request,
            f"admin/sessions_app/{name}.html",
            self.admin_site.each_context(request) | context,
            headers={"Cache-Control": "no-store"},
        )


def note_in_history(request: HttpRequest, session: ProviderSession, flag: int, what: str) -> None:
    """The admin's history: a fixed sentence in English, never a value that somebody typed."""
    LogEntry.objects.log_actions(
        user_id=signed_in(request).pk,
        queryset=[session],
        action_flag=flag,
        change_message=what,
        single_object=True,
    )
