"""The page of what one conversation cost. Reads only; the sums are those of the records of usage."""

from __future__ import annotations

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from chat.services import conversations
from chat.services.errors import NotThere
from sessions_app.services import usage_report


@login_required
@never_cache
@require_GET
def conversation_usage(request: HttpRequest, conversation_id: UUID) -> HttpResponse:
    """By session and model, over all its time."""
    assert isinstance(request.user, User)  # behind login_required
    try:
        found = conversations.get(request.user, conversation_id)
    except NotThere as error:
        raise Http404(error.message) from None
    report = usage_report.report_of_conversation(request.user, found.pk)
    return render(request, "chat/usage.html", {"conversation": found, "report": report})
