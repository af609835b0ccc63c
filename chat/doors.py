"""What the chat's HTTP doors share: who asks, this process's runner, and frames as answers."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, HttpResponse

from chat import frames, protocol
from chat.protocol import ServerFrame
from chat.runner import Runner, runner


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
    return HttpResponse(frames.encode_frame(frame), status=status, content_type="application/json")
