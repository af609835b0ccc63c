"""The page for addresses that do not exist, also for requests whose body nobody can read."""

from __future__ import annotations

from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponseNotFound, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.utils.translation import gettext as _
from django.views import defaults


def not_found(request: HttpRequest, exception: Exception) -> HttpResponseNotFound:
    """Django's own page looks for a token in the body, and a body that is no form or too large made it a 500."""
    try:
        bool(request.POST)
    except (MultiPartParserError, SuspiciousOperation, UnreadablePostError):
        return HttpResponseNotFound(_("Nothing here.") + "\n", content_type="text/plain; charset=utf-8")
    return defaults.page_not_found(request, exception)
