"""Tells the record of activity who asks and from where, for whatever this request makes services do."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from inspect import iscoroutinefunction

from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponseBase
from django.utils.decorators import sync_and_async_middleware

from sessions_app.places import place_of
from sessions_app.services import audit

Respond = Callable[[HttpRequest], HttpResponseBase]
AsyncRespond = Callable[[HttpRequest], Awaitable[HttpResponseBase]]


@sync_and_async_middleware
def record_place(get_response: Respond | AsyncRespond) -> Respond | AsyncRespond:
    """After the authentication middleware; asks for the user only when something is put on record."""
    if iscoroutinefunction(get_response):

        async def respond_async(request: HttpRequest) -> HttpResponseBase:
            with _scene(request):
                return await get_response(request)  # type: ignore[no-any-return]  # narrowed to a coroutine

        return respond_async

    def respond(request: HttpRequest) -> HttpResponseBase:
        with _scene(request):
            return get_response(request)  # type: ignore[return-value]  # not a coroutine, as asked above

    return respond


def _scene(request: HttpRequest) -> audit.Acting:
    def actor() -> User | None:
        return request.user if isinstance(request.user, User) else None

    place = place_of(request.META.get("REMOTE_ADDR", ""), request.META.get("HTTP_USER_AGENT", ""))
    return audit.acting(place=place, actor=actor)
