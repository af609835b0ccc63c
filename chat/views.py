"""The chat's pages, and what changes something as POST for times without a socket. Each parses, calls, shows."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar
from uuid import UUID

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.core.exceptions import RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from chat import actions, frames, reading
from chat.doors import frame_answer, runner_of, signed_in, signed_out, user_of
from chat.frames import Refused
from chat.models import Conversation
from chat.protocol import ClientFrame, Estimate, ServerFrame
from chat.services import conversations, listing, page, side_by_side
from chat.services.errors import ChatError, NotThere
from chat.threads import in_waiting_thread
from sessions_app import add_page
from sessions_app.forms import FirstSessionForm
from sessions_app.places import place_of

FrameT = TypeVar("FrameT", bound=ClientFrame | Estimate)
_DIGITS = 19  # from which on a number may be too large for a database's key
_STATUS = {"too_large": 413}  # of what the protocol refuses; the rest is 400


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
    try:
        context = page.earlier_of(shown, request.GET.get("before", ""))
    except NotThere as error:
        raise Http404(error.message) from None
    return render(request, "chat/_messages.html", {"conversation": shown, **context})


def _find(request: HttpRequest, conversation_id: UUID) -> Conversation:
    try:
        return conversations.get(user_of(request), conversation_id)
    except NotThere as error:
        raise Http404(error.message) from None


@never_cache
@login_required
@require_GET
def beside(request: HttpRequest, generation_id: UUID) -> HttpResponse:
    """The comparison that an answer belongs to, as markup for a page that shows it."""
    try:
        comparison = side_by_side.around(user_of(request).pk, generation_id)
    except NotThere as error:
        raise Http404(error.message) from None
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


@require_POST
async def send(request: HttpRequest) -> HttpResponse:
    """The body of a `send` frame; answers its `ack` or `error`."""
    return await _serve(
        request,
        frames.parse_send,
        lambda user, frame: actions.send(runner_of(request), user, frame, place=_place(request)),
    )


@require_POST
async def compare(request: HttpRequest) -> HttpResponse:
    """The body of a `compare` frame; answers its `ack` or `error`."""
    return await _serve(
        request,
        frames.parse_compare,
        lambda user, frame: actions.compare(runner_of(request), user, frame, place=_place(request)),
    )


@require_POST
async def pick(request: HttpRequest) -> HttpResponse:
    """The body of a `pick` frame; answers its `ack` or `error`."""
    return await _serve(
        request, frames.parse_pick, lambda user, frame: actions.pick(runner_of(request), user, frame)
    )


@require_POST
async def again(request: HttpRequest) -> HttpResponse:
    """The body of an `again` frame; answers its `ack` or `error`."""
    return await _serve(
        request,
        frames.parse_again,
        lambda user, frame: actions.again(runner_of(request), user, frame, place=_place(request)),
    )


@require_POST
async def show(request: HttpRequest) -> HttpResponse:
    """The body of a `show` frame; answers its `ack` or `error`."""
    return await _serve(
        request, frames.parse_show, lambda user, frame: actions.show(runner_of(request), user, frame)
    )


@require_POST
async def remove(request: HttpRequest) -> HttpResponse:
    """The body of a `remove` frame; answers its `ack` or `error`."""
    return await _serve(
        request, frames.parse_remove, lambda user, frame: actions.remove(runner_of(request), user, frame)
    )


@require_POST
async def change_queue(request: HttpRequest) -> HttpResponse:
    """The body of a `queue_edit`, `queue_delete` or `queue_send` frame; answers its `ack` or `error`."""
    return await _serve(
        request,
        frames.parse_queue,
        lambda user, frame: actions.change_queue(runner_of(request), user, frame),
    )


@require_POST
async def estimate(request: HttpRequest) -> HttpResponse:
    """The body of an `estimate`; answers its `ack` or `error`."""
    return await _serve(
        request, frames.parse_estimate, lambda user, frame: in_waiting_thread(reading.estimate, user, frame)
    )


@require_POST
async def change_settings(request: HttpRequest) -> HttpResponse:
    """The body of a `settings` frame; answers its `ack` or `error`."""
    return await _serve(
        request,
        frames.parse_settings,
        lambda user, frame: actions.change_settings(runner_of(request), user, frame),
    )


async def _serve(
    request: HttpRequest,
    parse: Callable[[bytes], FrameT],
    act: Callable[[User, FrameT], Awaitable[ServerFrame]],
) -> HttpResponse:
    """One frame by POST, from the login to its answer."""
    user = await signed_in(request)
    if user is None:
        return signed_out()
    try:
        frame = parse(_body(request))
    except Refused as refused:
        return frame_answer(refused.frame, status=_STATUS.get(refused.frame.code, 400))
    try:
        return frame_answer(await act(user, frame))
    except ChatError as error:
        return frame_answer(actions.error_frame(error, ref=frame.ref), status=error.http_status)


def _place(request: HttpRequest) -> str:
    return place_of(request.META.get("REMOTE_ADDR", ""), request.headers.get("User-Agent", ""))


def _body(request: HttpRequest) -> bytes:
    try:
        return request.body
    except RequestDataTooBig:
        limit = settings.MAESTRO_MAX_PROMPT_BYTES
        raise Refused(
            "too_large", f"The message is too long; at most {limit:,} bytes are allowed. Shorten it."
        ) from None


@require_POST
async def stop(request: HttpRequest, generation_id: UUID) -> HttpResponse:
    """Ends a run; answers its `ack` or `error`. The body does not matter."""
    user = await signed_in(request)
    if user is None:
        return signed_out()
    try:
        return frame_answer(await actions.stop(runner_of(request), user, generation_id))
    except ChatError as error:
        return frame_answer(actions.error_frame(error), status=error.http_status)
