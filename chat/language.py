"""In which language a page reads: the same answer for its websocket as `LocaleMiddleware` has for its requests."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.translation import get_language_from_request


def language_of(scope: dict[str, Any]) -> str:
    """One of the offered languages, by the cookie and the Accept-Language header of a connection.

    `scope`: of ASGI, with the "cookies" that Channels' middleware reads.
    """
    request = HttpRequest()
    request.COOKIES = scope.get("cookies", {})
    wanted = [value for name, value in scope.get("headers", ()) if name.lower() == b"accept-language"]
    request.META["HTTP_ACCEPT_LANGUAGE"] = b",".join(wanted).decode("latin-1")
    return get_language_from_request(request)
