"""The page of activity: what is on record about the user's own sessions. Reads only."""

from __future__ import annotations

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from sessions_app.login_page import signed_in
from sessions_app.models import ProviderSession
from sessions_app.services import audit

_PER_PAGE = 50


@login_required
@require_GET
def activity(request: HttpRequest) -> HttpResponse:
    """`?session=<id>` shows one session only, `?page=` further back."""
    user = signed_in(request)
    mine = ProviderSession.objects.owned_by(user)
    session = get_object_or_404(mine, id=_uuid(request.GET["session"])) if "session" in request.GET else None
    entries = audit.entries_of(user, session_id=session.id if session else None)
    context = {
        "session": session,
        "page": Paginator(entries, _PER_PAGE).get_page(request.GET.get("page")),
        "existing": set(mine.values_list("id", flat=True)),
    }
    return render(request, "sessions_app/activity.html", context)


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Http404 from None
