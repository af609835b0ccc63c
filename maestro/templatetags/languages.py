"""What pages need of the reader's language beside Django's own tags."""

from __future__ import annotations

from datetime import datetime

from django import template
from django.template.defaultfilters import date
from django.utils import translation
from django.utils.html import format_html
from django.utils.safestring import SafeString

from maestro.languages import SOURCE, address_of_words

register = template.Library()


@register.simple_tag
def script_words() -> SafeString:
    """The script with the sentences of all scripts; nothing in English, in which they are written.

    Deferred like modules, and before them: it has run when the first of them begins.
    """
    language = translation.get_language() or SOURCE
    if language == SOURCE:
        return SafeString()
    return format_html('<script defer src="{}"></script>', address_of_words(language))


@register.filter(expects_localtime=True)
def time_element(at: datetime, form: str) -> SafeString:
    """A time that scripts show in the reader's zone, as a value for a message; `form` is that of the filter `date`."""
    return format_html('<time data-local datetime="{}">{}</time>', date(at, "c"), date(at, form))
