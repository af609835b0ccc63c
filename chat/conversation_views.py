"""What an owner does to a conversation as a whole: rename, pin, archive, delete, bring back; and the page of those that
are not on the list. A page's script gets the new state as a `conversation` frame, a plain form goes on to the next page.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from chat import actions
from chat.doors import frame_answer, runner_of, signed_out, user_of
from chat.protocol import ConversationFrame, ErrorFrame
from chat.services import conversations, deleting, listing
from chat.services.errors import NotThere
from chat.services.listing import ConversationRow, Cursor

_SWITCH = {"1": True, "0": False}


@login_required
@require_POST
async def rename(request: HttpRequest, conversation_id: UUID) -> HttpResponse:
    """Form field `title`."""
    do = partial(conversations.rename, title=request.POST.get("title", ""))
    return await _change(request, conversation_id, do)


@login_required
@require_POST
async def pin(request: HttpRequest, conversation_id: UUID) -> HttpResponse:
    """Form field `on`: 1 or 0."""
    return await _switch(request, conversation_id, conversations.pin)


@login_required
@require_POST
async def archive(request: HttpRequest, conversation_id: UUID) -> HttpResponse:
    """Form field `on`: 1 or 0."""
    return await _switch(request, conversation_id, conversations.archive)


@login_required
@require_POST
async def delete(request: HttpRequest, conversation_id: UUID) -> HttpResponse:
    """It can be brought back for a while."""
    user = await request.auser()
    assert isinstance(user, User)  # behind login_required
    work = actions.delete(runner_of(request), user, conversation_id)
    return await _answer(request, work, then=reverse("chat:archived"))


@login_required
@require_POST
async def restore(request: HttpRequest, conversation_id: UUID) -> HttpResponse:
    """Takes a deletion back."""
    return await _change(request, conversation_id, deleting.restore)


@login_required
@require_POST
async def erase(request: HttpRequest, conversation_id: UUID) -> HttpResponse:
    """Deletes for good what was deleted."""
    return await _change(request, conversation_id, deleting.erase, then=reverse("chat:archived"))


@never_cache
@require_GET
def older(request: HttpRequest) -> HttpResponse:
    """How the list goes on behind the row `before`, of the payer `session` if one is named; for the page's script."""
    user = request.user
    if not (isinstance(user, User) and user.is_active):
        return signed_out()
    try:
        session = request.GET.get("session", "")
        found = listing.older(
            user,
            before=Cursor.parse(request.GET.get("before", "")),
            session_id=UUID(session) if session else None,
        )
    except ValueError:
        message = _("The list cannot go on from there. Reload the page.")
        return frame_answer(ErrorFrame(code="bad_frame", message=message), status=400)
    return JsonResponse({"rows": [_row(one) for one in found.rows], "older": str(found.older or "")})


def _row(row: ConversationRow) -> dict[str, object]:
    """As a `conversation` frame has it."""
    payer = {"id": row.session_id, "name": row.session_name, "initials": row.session_initials}
    return {
        "conversation": row.id,
        "title": row.title,
        "updated_at": row.updated_at,
        "session": payer | {"color": row.session_color} if row.session_id else None,
        "running": row.running,
        "pinned": row.pinned,
    }


@never_cache
@login_required
@require_GET
def archived(request: HttpRequest) -> HttpResponse:
    """What is archived, and what was deleted and can be brought back. `before`: the page after that row."""
    user = user_of(request)
    try:
        listed = listing.archived(user, before=Cursor.parse(request.GET.get("before", "")))
    except ValueError as problem:
        return HttpResponseBadRequest(str(problem), content_type="text/plain")
    context = {"listed": listed, "deleted": deleting.deleted(user), "kept_for": deleting.kept_for()}
    return render(request, "chat/archived.html", context)


async def _switch(request: HttpRequest, conversation_id: UUID, do: Callable[..., None]) -> HttpResponse:
    wanted = _SWITCH.get(request.POST.get("on", ""))
    if wanted is None:
        return HttpResponseBadRequest(_("The field “on” must be 1 or 0."), content_type="text/plain")
    return await _change(request, conversation_id, partial(do, wanted=wanted))


async def _change(
    request: HttpRequest, conversation_id: UUID, do: Callable[[User, UUID], None], *, then: str = ""
) -> HttpResponse:
    user = await request.auser()
    assert isinstance(user, User)  # behind login_required
    work = actions.change(runner_of(request), conversation_id, partial(do, user, conversation_id))
    return await _answer(request, work, then=then or reverse("chat:conversation", args=[conversation_id]))


async def _answer(
    request: HttpRequest, work: Coroutine[Any, Any, ConversationFrame], *, then: str
) -> HttpResponse:
    """The state for a script, the page `then` for a form."""
    is_script = request.get_preferred_type(["text/html", "application/json"]) == "application/json"
    try:
        state = await work
    except NotThere as error:
        if is_script:
            return frame_answer(actions.error_frame(error), status=error.http_status)
        raise Http404(error.message) from None
    if is_script:
        return frame_answer(state)
    return redirect(then)
