"""The chat's pages, and what changes something as POST for times without a socket. Each parses, calls, shows."""

from __future__ import annotations

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from chat import actions, frames, reading
from chat.doors import frame_answer, or_404, posted, runner_of, signed_out, takes_frame, user_of
from chat.models import Conversation
from chat.protocol import (
    Again,
    Compare,
    Estimate,
    Pick,
    QueueFrame,
    Remove,
    Send,
    ServerFrame,
    Settings,
    Show,
)
from chat.services import conversations, listing, page, side_by_side
from chat.threads import in_waiting_thread
from sessions_app import add_page
from sessions_app.forms import FirstSessionForm
from sessions_app.places import place_of

_DIGITS = 19  # from which on a number may be too large for a database's key


@never_cache
@login_required
@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """A new chat, `session` being the payer that a link wants; without any session, the way to a first one."""
    context = page.context_for(
        user_of(request), None, limits=reading.limits(), wanted=request.GET.get("session", "")
    )
    if not context["sessions"]:
        context |= add_page.context_for(FirstSessionForm())
    return render(request, "chat/page.html", context)


@never_cache
@login_required
@require_GET
def conversation(request: HttpRequest, conversation_id: UUID) -> HttpResponse:
    """One conversation; `message` is one of it to be led to."""
    sought = request.GET.get("message", "")
    is_number = sought.isascii() and sought.isdigit() and len(sought) < _DIGITS
    shown = _find(request, conversation_id)
    context = page.context_for(
        user_of(request), shown, limits=reading.limits(), sought=int(sought) if is_number else None
    )
    return render(request, "chat/page.html", context)


@never_cache
@login_required
@require_GET
def branch(request: HttpRequest, conversation_id: UUID) -> HttpResponse:
    """The messages of the shown branch, for a page that shows another one."""
    shown = _find(request, conversation_id)
    context = {"conversation": shown, **page.shown_of(shown)}
    return render(request, "chat/_messages.html", context)


@never_cache
@login_required
@require_GET
def earlier(request: HttpRequest, conversation_id: UUID) -> HttpResponse:
    """The messages that lead to the one in `before`, for a page that scrolls up."""
    shown = _find(request, conversation_id)
    with or_404():
        context = page.earlier_of(shown, request.GET.get("before", ""))
    return render(request, "chat/_messages.html", {"conversation": shown, **context})


def _find(request: HttpRequest, conversation_id: UUID) -> Conversation:
    with or_404():
        return conversations.get(user_of(request), conversation_id)


@never_cache
@login_required
@require_GET
def beside(request: HttpRequest, generation_id: UUID) -> HttpResponse:
    """The comparison that an answer belongs to, as markup for a page that shows it."""
    with or_404():
        comparison = side_by_side.around(user_of(request).pk, generation_id)
    return render(request, "chat/_comparison.html", {"comparison": comparison})


@never_cache
@require_GET
def running(request: HttpRequest) -> HttpResponse:
    """What is being answered for the user, for pages without a socket."""
    if not (isinstance(request.user, User) and request.user.is_active):
        return signed_out()
    rows = [
        {"id": str(one.id), "title": one.title, "url": one.url}
        for one in listing.running_now(request.user.pk)
    ]
    return JsonResponse({"running": rows})


@takes_frame(frames.parse_send)
async def send(request: HttpRequest, user: User, frame: Send) -> ServerFrame:
    """The body of a `send` frame."""
    return await actions.send(runner_of(request), user, frame, place=_place(request))


@takes_frame(frames.parse_compare)
async def compare(request: HttpRequest, user: User, frame: Compare) -> ServerFrame:
    """The body of a `compare` frame."""
    return await actions.compare(runner_of(request), user, frame, place=_place(request))


@takes_frame(frames.parse_again)
async def again(request: HttpRequest, user: User, frame: Again) -> ServerFrame:
    """The body of an `again` frame."""
    return await actions.again(runner_of(request), user, frame, place=_place(request))


@takes_frame(frames.parse_pick)
async def pick(request: HttpRequest, user: User, frame: Pick) -> ServerFrame:
    """The body of a `pick` frame."""
    return await actions.pick(runner_of(request), user, frame)


@takes_frame(frames.parse_show)
async def show(request: HttpRequest, user: User, frame: Show) -> ServerFrame:
    """The body of a `show` frame."""
    return await actions.show(runner_of(request), user, frame)


@takes_frame(frames.parse_remove)
async def remove(request: HttpRequest, user: User, frame: Remove) -> ServerFrame:
    """The body of a `remove` frame."""
    return await actions.remove(runner_of(request), user, frame)


@takes_frame(frames.parse_queue)
async def change_queue(request: HttpRequest, user: User, frame: QueueFrame) -> ServerFrame:
    """The body of a `queue_edit`, `queue_delete` or `queue_send` frame."""
    return await actions.change_queue(runner_of(request), user, frame)


@takes_frame(frames.parse_settings)
async def change_settings(request: HttpRequest, user: User, frame: Settings) -> ServerFrame:
    """The body of a `settings` frame."""
    return await actions.change_settings(runner_of(request), user, frame)


@takes_frame(frames.parse_estimate)
async def estimate(request: HttpRequest, user: User, frame: Estimate) -> ServerFrame:
    """The body of an `estimate`, which exists as POST only."""
    return await in_waiting_thread(reading.estimate, user, frame)


@posted
async def stop(request: HttpRequest, user: User, generation_id: UUID) -> HttpResponse:
    """Ends a run; answers its `ack`. The body does not matter."""
    return frame_answer(await actions.stop(runner_of(request), user, generation_id))


def _place(request: HttpRequest) -> str:
    return place_of(request.META.get("REMOTE_ADDR", ""), request.headers.get("User-Agent", ""))
