"""What the pages share that add a session: the form's surroundings, and where people go from there."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url

from sessions_app import forms
from sessions_app.enums import AuthType
from sessions_app.models import ProviderSession
from sessions_app.services import trial
from sessions_app.services.providers import available_providers


def context_for(form: forms.AddSessionForm) -> dict[str, object]:
    """The form with what stands around it: where keys come from, why a login may not be offered, the way without an account."""
    providers = available_providers()
    return {
        "form": form,
        "providers": providers,
        "oauth_notes": forms.oauth_notes(providers),
        "trial": trial.trial_provider(),
    }


def preset(request: HttpRequest) -> dict[str, str]:
    """What a link fills in."""
    wanted = {key: request.GET.get(key, "") for key in ("provider", "auth_type", "name")}
    return {key: value for key, value in wanted.items() if value} | (
        {} if wanted["auth_type"] else {"auth_type": AuthType.API_KEY}
    )


def after_adding(session: ProviderSession) -> HttpResponse:
    """Who has added a first session wants to chat; later ones are looked at."""
    if ProviderSession.objects.owned_by(session.owner).count() == 1:
        return to_chat(session)
    return redirect("sessions:detail", session.id)


def to_chat(session: ProviderSession) -> HttpResponse:
    """Where people work, with this session chosen."""
    return redirect(f"{resolve_url(settings.LOGIN_REDIRECT_URL)}?session={session.id}")
