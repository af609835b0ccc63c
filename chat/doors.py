"""What the chat's HTTP doors share: who asks, this process's runner, frames as answers, and what becomes of a refusal."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from django.conf import settings
from django.contrib.auth.models import User
from django.core.exceptions import RequestDataTooBig
from django.core.handlers.asgi import ASGIRequest
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from chat import actions, frames, protocol
from chat.frames import Refused
from chat.numbers import grouped
from chat.protocol import ClientFrame, Estimate, ServerFrame
from chat.runner import Runner, runner
from chat.services.errors import ChatError, NotThere
from chat.services.wording import worded

P = ParamSpec("P")
FrameT = TypeVar("FrameT", bound=ClientFrame | Estimate)
_Act = Callable[Concatenate[HttpRequest, User, P], Awaitable[HttpResponse]]
_View = Callable[Concatenate[HttpRequest, P], Coroutine[Any, Any, HttpResponse]]
_STATUS = {"too_large": 413}  # of what the protocol refuses; the rest is 400


def user_of(request: HttpRequest) -> User:
    """Behind `login_required`."""
    assert isinstance(request.user, User)
    return request.user


async def signed_in(request: HttpRequest) -> User | None:
    """The active user who asks; `None` is nobody."""
    user = await request.auser()
    return user if isinstance(user, User) and user.is_active else None


def runner_of(request: HttpRequest) -> Runner | None:
    """This process's runner. A WSGI server has no loop that outlives the request: another process, or the
    next one that starts, picks up what was queued."""
    return runner() if isinstance(request, ASGIRequest) else None


def signed_out() -> HttpResponse:
    """No redirect: the page's script reads the answer."""
    return frame_answer(protocol.SIGNED_OUT, status=401)


def frame_answer(frame: ServerFrame, *, status: int = 200) -> HttpResponse:
    """A frame as JSON."""
    return HttpResponse(frames.encode_frame(worded(frame)), status=status, content_type="application/json")


@contextmanager
def or_404() -> Iterator[None]:
    """What is not there is a page that does not exist."""
    try:
        yield
    except NotThere as error:
        raise Http404(error.message) from None


def posted(act: _Act[P]) -> _View[P]:
    """A view of what a page's script posts: `act` gets the user; who is none, and what is refused, gets an `error`."""

    @require_POST
    @wraps(act)
    async def view(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if (user := await signed_in(request)) is None:
            return signed_out()
        try:
            return await act(request, user, *args, **kwargs)
        except ChatError as error:
            return frame_answer(actions.error_frame(error), status=error.http_status)

    return view


def takes_frame(
    parse: Callable[[bytes], FrameT],
) -> Callable[[Callable[[HttpRequest, User, FrameT], Awaitable[ServerFrame]]], _View[[]]]:
    """A view of what takes one frame as the body of a POST and answers with another, an `ack` or an `error`."""

    def door(act: Callable[[HttpRequest, User, FrameT], Awaitable[ServerFrame]]) -> _View[[]]:
        @posted
        @wraps(act)
        async def view(request: HttpRequest, user: User) -> HttpResponse:
            try:
                frame = parse(_body(request))
            except Refused as refused:
                return frame_answer(refused.frame, status=_STATUS.get(refused.frame.code, 400))
            try:
                return frame_answer(await act(request, user, frame))
            except ChatError as error:
                return frame_answer(actions.error_frame(error, ref=frame.ref), status=error.http_status)

        return view

    return door


def _body(request: HttpRequest) -> bytes:
    try:
        return request.body
    except RequestDataTooBig:
        sentence = _("The message is too long; at most %(limit)s bytes are allowed. Shorten it.")
        limit = grouped(settings.MAESTRO_MAX_PROMPT_BYTES)
        raise Refused("too_large", sentence % {"limit": limit}) from None
