"""The pages for requests that no view ever saw: another host than those let in, a form without its token.

Each says who can mend it: the reader, or the operator with the name of the setting.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import REASON_BAD_ORIGIN, REASON_NO_CSRF_COOKIE
from django.shortcuts import render
from django.template.loader import render_to_string

_LONGEST_HOST = 100


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400. Nothing of the request may be used but its headers: it may have no user, and no host that is let in."""
    host = request.META.get("HTTP_HOST", "") if isinstance(exception, DisallowedHost) else ""
    page = render_to_string("400.html", {"host": host[:_LONGEST_HOST]})
    return HttpResponse(page, status=400)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403. The origin is shown only if it may be the operator's proxy: the same host, seen by another scheme or port."""
    origin = request.META.get("HTTP_ORIGIN", "") if reason.startswith(_BAD_ORIGIN) else ""
    is_ours = bool(origin) and _name_in(origin) == _name_in(f"//{request.get_host()}")
    context = {
        "origin": origin if is_ours else "",
        "is_foreign": bool(origin) and not is_ours,
        "no_cookie": reason == REASON_NO_CSRF_COOKIE,
    }
    return render(request, "403_csrf.html", context, status=403)


_BAD_ORIGIN = REASON_BAD_ORIGIN.partition("%s")[0]


def _name_in(address: str) -> str | None:
    try:
        return urlsplit(address).hostname
    except ValueError:  # brackets without an address in them
        return None
