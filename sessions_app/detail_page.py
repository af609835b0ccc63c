"""The page of one session: its facts, and every form on it. Shown by several views, because a form with errors comes
back on it."""

from __future__ import annotations

from django import forms as django_forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from providers.model_info import ModelInfo
from sessions_app import forms
from sessions_app.errors import SessionError
from sessions_app.login_page import signed_in
from sessions_app.models import ProviderSession
from sessions_app.services import audit, board, catalog

_SHOWN_ATTEMPTS = 20
_SHOWN_ENTRIES = 8


def show_detail(
    request: HttpRequest, session: ProviderSession, **with_errors: django_forms.Form
) -> HttpResponse:
    """`with_errors` are forms that were sent and refused: `rename_form`, `defaults_form`, `key_date_form`,
    `budget_form`."""
    found, problem = _models_if_any(session)
    fresh = ProviderSession.objects.get(id=session.id)  # asking for models may have refreshed it
    card = board.card_of(fresh, now=timezone.now())
    context: dict[str, object] = {
        "session": fresh,
        "card": card,
        "attempts": fresh.refresh_attempts.all()[:_SHOWN_ATTEMPTS],
        "entries": audit.entries_of(signed_in(request), session_id=fresh.id)[:_SHOWN_ENTRIES],
        "rename_form": forms.RenameForm(initial={"name": fresh.name}),
        "defaults_form": forms.defaults_form(fresh, found),
        "key_date_form": forms.KeyDateForm(initial={"key_expires_at": fresh.key_expires_at}),
        "budget_form": forms.budget_form(card.standing.budget if card.standing else None),
        "models_problem": problem,
    }
    return render(request, "sessions_app/detail.html", context | with_errors)


def _models_if_any(session: ProviderSession) -> tuple[tuple[ModelInfo, ...], str]:
    """The live list, or why there is none; a session that does not work is not asked."""
    if not session.is_usable:
        return (), ""
    try:
        return catalog.list_models(session), ""
    except SessionError as error:
        return (), error.message
