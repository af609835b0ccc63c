"""The search of the chat page: a query in, conversations with marked hits out, for the page's script. Reads only."""

from __future__ import annotations

from uuid import UUID

from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from chat.doors import frame_answer, signed_out
from chat.protocol import ErrorFrame
from chat.services import search
from chat.services.search import Found


@never_cache
@require_GET
def find(request: HttpRequest) -> HttpResponse:
    """`q` is the query, `session` a payer. Text comes in pieces, each with whether it is a hit: nothing is HTML."""
    user = request.user
    if not (isinstance(user, User) and user.is_active):
        return signed_out()
    query, session = request.GET.get("q", ""), request.GET.get("session", "")
    try:
        results = search.find(user, query, session_id=UUID(session) if session else None)
    except ValueError:
        message = _("There is no such session to search in. Reload the page.")
        return frame_answer(ErrorFrame(code="bad_frame", message=message), status=400)
    return JsonResponse(
        {"words": results.words, "more": results.more, "found": [_found(one) for one in results.found]}
    )


def _found(found: Found) -> dict[str, object]:
    conversation, session = found.conversation, found.conversation.session
    return {
        "url": found.url,
        "title": found.title,
        "updated_at": conversation.updated_at,
        "archived": conversation.archived_at is not None,
        "session": {"name": session.name, "initials": session.initials, "color": session.color}
        if session
        else None,
        "hits": [{"url": hit.url, "is_prompt": hit.is_prompt, "pieces": hit.pieces} for hit in found.hits],
    }
