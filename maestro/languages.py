"""The sentences of scripts in the reader's language: Django's catalogue, under an address that names its version.

What is written in the scripts is English, so a page in English loads none (`chat/js/gettext.js`).
"""

from __future__ import annotations

import hashlib
from functools import cache

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import translation
from django.utils.cache import patch_cache_control
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe
from django.views.i18n import JavaScriptCatalog

SOURCE = "en"
_YEAR_S = 365 * 24 * 3600
_MINUTE_S = 60  # for another version: while servers change one after the other, a page of one asks another


@gzip_page
@require_safe
def script_words(request: HttpRequest, language: str, version: str) -> HttpResponse:
    """The catalogue of one of the offered languages, as a script that makes `gettext` and `ngettext` global.

    Raises:
        Http404: the language is not offered.
    """
    if language not in dict(settings.LANGUAGES):
        raise Http404
    script, present = _script(language, tuple(settings.LOCALE_PATHS))
    answer = HttpResponse(script, content_type='text/javascript; charset="utf-8"')
    if version == present:
        patch_cache_control(answer, public=True, max_age=_YEAR_S, immutable=True)
    else:
        patch_cache_control(answer, public=True, max_age=_MINUTE_S)
    return answer


def address_of_words(language: str) -> str:
    """The path of the catalogue of a language, with its version."""
    _, version = _script(language, tuple(settings.LOCALE_PATHS))
    return reverse("script_words", args=[language, version])


@cache
def _script(language: str, _paths: tuple[object, ...]) -> tuple[bytes, str]:
    """The script and twelve hexadecimal digits of its hash."""
    request = HttpRequest()
    request.method = "GET"
    with translation.override(language):
        made = JavaScriptCatalog.as_view(packages=["maestro"])(request)
    assert isinstance(made, HttpResponse)
    return made.content, hashlib.sha256(made.content).hexdigest()[:12]
