"""The user's own pages of sessions. Each view parses, calls one service, and shows what came of it.

Every session is looked up among those of the signed-in user, so another's id is as absent as an
invented one. Changes are POST only.
"""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from providers.model_info import ModelInfo
from sessions_app import add_page, forms
from sessions_app.detail_page import show_detail
from sessions_app.errors import SessionError, SessionUnavailable
from sessions_app.login_page import field_of, handle_login, signed_in
from sessions_app.models import ProviderSession
from sessions_app.services import board, budgets, catalog, key_dates, sessions, tokens, trial


@login_required
@require_GET
def session_list(request: HttpRequest) -> HttpResponse:
    found = board.board_of(signed_in(request), now=timezone.now())
    context: dict[str, object] = {"board": found}
    if not found.cards:
        context |= add_page.context_for(forms.AddSessionForm(initial=add_page.preset(request)))
    return render(request, "sessions_app/list.html", context)


@login_required
@sensitive_post_parameters("api_key")
@require_http_methods(["GET", "POST"])
def add(request: HttpRequest) -> HttpResponse:
    form = forms.AddSessionForm(request.POST or None, initial=add_page.preset(request))
    if request.method == "POST" and form.is_valid():
        try:
            session = sessions.create_session(
                owner=signed_in(request),
                provider=form.cleaned_data["provider"],
                auth_type=form.cleaned_data["auth_type"],
                name=form.cleaned_data["name"],
                api_key=form.secret,
                key_expires_at=form.cleaned_data["key_expires_at"],
            )
        except SessionError as error:
            form.add_error(field_of(error), error.message)
        else:
            if session.is_oauth:
                return redirect("sessions:login", session.id)
            said = _("%(name)s works. You can chat with it now.")
            messages.success(request, said % {"name": session.name})
            return add_page.after_adding(session)
    return render(request, "sessions_app/add.html", add_page.context_for(form))


@login_required
@require_POST
def try_out(request: HttpRequest) -> HttpResponse:
    """One click from nothing to a prompt, where a provider needs no account."""
    try:
        session = trial.start_trial(signed_in(request))
    except SessionError as error:
        messages.error(request, error.message)
        return redirect("sessions:list")
    return add_page.to_chat(session)


@login_required
@require_GET
def detail(request: HttpRequest, session_id: UUID) -> HttpResponse:
    return show_detail(request, _session(request, session_id))


@login_required
@require_POST
def rename(request: HttpRequest, session_id: UUID) -> HttpResponse:
    session, form = _session(request, session_id), forms.RenameForm(request.POST)
    if form.is_valid():
        try:
            sessions.rename_session(session, form.cleaned_data["name"])
        except SessionError as error:
            form.add_error("name", error.message)
        else:
            said = _("The session is now called %(name)s.")
            messages.success(request, said % {"name": session.name})
            return redirect("sessions:detail", session.id)
    return show_detail(request, session, rename_form=form)


@login_required
@require_POST
def defaults(request: HttpRequest, session_id: UUID) -> HttpResponse:
    session = _session(request, session_id)
    form = forms.defaults_form(session, (), request.POST)
    if form.is_valid():
        sessions.update_defaults(session, **form.cleaned_data)
        messages.success(request, _("The defaults are saved."))
        return redirect("sessions:detail", session.id)
    return show_detail(request, session, defaults_form=form)


@login_required
@sensitive_post_parameters("api_key")
@require_http_methods(["GET", "POST"])
def replace_key(request: HttpRequest, session_id: UUID) -> HttpResponse:
    session, form = _session(request, session_id), forms.ReplaceKeyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            sessions.replace_api_key(session, form.secret, key_expires_at=form.cleaned_data["key_expires_at"])
        except SessionError as error:
            form.add_error(field_of(error), error.message)
        else:
            messages.success(request, _("The new key works and is stored. The old one is gone from here."))
            return redirect("sessions:detail", session.id)
    return render(request, "sessions_app/replace_key.html", {"session": session, "form": form})


@login_required
@require_POST
def key_date(request: HttpRequest, session_id: UUID) -> HttpResponse:
    session, form = _session(request, session_id), forms.KeyDateForm(request.POST)
    if form.is_valid():
        try:
            key_dates.set_key_date(session, form.cleaned_data["key_expires_at"])
        except SessionError as error:
            form.add_error("key_expires_at", error.message)
        else:
            said = f"{session.key_sentence}." if session.key_expires_at else _("The key has no date now.")
            messages.success(request, said)
            return redirect("sessions:detail", session.id)
    return show_detail(request, session, key_date_form=form)


@login_required
@require_POST
def budget(request: HttpRequest, session_id: UUID) -> HttpResponse:
    session, form = _session(request, session_id), forms.BudgetForm(request.POST)
    if form.is_valid():
        try:
            found = budgets.set_budget(
                session,
                form.cleaned_data["amount"],
                warn_percent=form.cleaned_data["warn_percent"],
                stop_percent=form.cleaned_data["stop_percent"],
            )
        except SessionError as error:
            form.add_error(field_of(error), error.message)
        else:
            said = _("The budget is %(budget)s.") if found else _("There is no budget now.")
            messages.success(request, said % {"budget": found})
            return redirect("sessions:detail", session.id)
    return show_detail(request, session, budget_form=form)


@login_required
@never_cache
@sensitive_post_parameters("pasted", "link")
@require_http_methods(["GET", "POST"])
def log_in(request: HttpRequest, session_id: UUID) -> HttpResponse:
    session = _session(request, session_id)
    page = handle_login(request, session)
    if page.is_connected:
        said = _("%(name)s is connected. %(state)s.")
        messages.success(request, said % {"name": session.name, "state": session.state_sentence})
        return redirect("sessions:detail", session.id)
    return render(request, "sessions_app/login.html", {"session": session, "page": page})


@login_required
@require_POST
def test(request: HttpRequest, session_id: UUID) -> HttpResponse:
    session = _session(request, session_id)
    result = sessions.test_session(session)
    _tell(request, session, result.sentence, ok=result.ok)
    return _back(request, session)


@login_required
@require_POST
def refresh(request: HttpRequest, session_id: UUID) -> HttpResponse:
    session = _session(request, session_id)
    result = tokens.refresh_session(session.id, force=True)
    _tell(request, session, result.sentence, ok=result.ok)
    return _back(request, session)


@login_required
@require_POST
def enable(request: HttpRequest, session_id: UUID) -> HttpResponse:
    session = _session(request, session_id)
    sessions.enable_session(session)
    said = _("%(name)s is switched on. %(state)s.")
    messages.success(request, said % {"name": session.name, "state": session.state_sentence.rstrip(".")})
    return redirect("sessions:detail", session.id)


@login_required
@require_POST
def disable(request: HttpRequest, session_id: UUID) -> HttpResponse:
    session = _session(request, session_id)
    sessions.disable_session(session)
    said = _("%(name)s is switched off. Its credentials are kept.")
    messages.success(request, said % {"name": session.name})
    return redirect("sessions:detail", session.id)


@login_required
@require_POST
def revoke(request: HttpRequest, session_id: UUID) -> HttpResponse:
    session = _session(request, session_id)
    messages.success(request, sessions.revoke_session(session))
    return redirect("sessions:detail", session.id)


@login_required
@never_cache
@require_GET
def attention(request: HttpRequest) -> HttpResponse:
    """The bars of `partials/attention.html` alone, for pages that stay open; empty if there are none."""
    return render(request, "partials/attention.html")


@login_required
@require_http_methods(["GET", "POST"])
def delete(request: HttpRequest, session_id: UUID) -> HttpResponse:
    session = _session(request, session_id)
    if request.method == "POST":
        sessions.delete_session(session)
        said = _("%(name)s and its credentials are deleted.")
        messages.success(request, said % {"name": session.name})
        return redirect("sessions:list")
    return render(request, "sessions_app/delete.html", {"session": session})


@login_required
@never_cache
@require_GET
def models(request: HttpRequest, session_id: UUID) -> JsonResponse:
    """The session's models as JSON; an error is `{"error": {"code", "message"}}` with 409 or 502."""
    session = _session(request, session_id)
    try:
        found = catalog.list_models(session, refresh=request.GET.get("refresh") == "1")
        default = catalog.default_model_for(session)
    except SessionError as error:
        status = 409 if isinstance(error, SessionUnavailable) else 502
        return JsonResponse({"error": {"code": error.code, "message": error.message}}, status=status)
    return JsonResponse({"models": [_model_row(model) for model in found], "default": default})


def _tell(request: HttpRequest, session: ProviderSession, sentence: str, *, ok: bool) -> None:
    level = messages.SUCCESS if ok else messages.ERROR
    said = _("%(name)s: %(sentence)s") % {"name": session.name, "sentence": sentence}
    messages.add_message(request, level, said)


def _back(request: HttpRequest, session: ProviderSession) -> HttpResponse:
    """To the page whose button was pressed."""
    if request.POST.get("back") == "board":
        return redirect("sessions:list")
    return redirect("sessions:detail", session.id)


def _session(request: HttpRequest, session_id: UUID) -> ProviderSession:
    return get_object_or_404(ProviderSession.objects.owned_by(signed_in(request)), id=session_id)


def _model_row(model: ModelInfo) -> dict[str, object]:
    capabilities, price = model.capabilities, model.price
    return {
        "id": model.id,
        "label": model.label,
        "max_input_tokens": model.max_input_tokens,
        "max_output_tokens": model.max_output_tokens,
        "lifecycle": model.lifecycle,
        "images": capabilities.images,
        "pdfs": capabilities.pdfs,
        "thinking_modes": capabilities.thinking_modes,
        "efforts": capabilities.efforts,
        "sampling": capabilities.sampling,
        "max_temperature": capabilities.max_temperature,
        "prompt_cache": capabilities.prompt_cache,
        "price_input": str(price.input) if price else None,
        "price_output": str(price.output) if price else None,
    }
