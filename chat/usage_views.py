"""The page of what one conversation cost. Reads only; the sums are those of the records of usage."""

from __future__ import annotations

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from chat.doors import or_404, user_of
from chat.services import conversations
from sessions_app.services import usage_report


@login_required
@never_cache
@require_GET
def conversation_usage(request: HttpRequest, conversation_id: UUID) -> HttpResponse:
    """By session and model, over all its time."""
    user = user_of(request)
    with or_404():
        found = conversations.get(user, conversation_id)
    report = usage_report.report_of_conversation(user, found.pk)
    return render(request, "chat/usage.html", {"conversation": found, "report": report})
