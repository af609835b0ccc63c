"""Names the modules of a page's script in its head. Where they are not joined, a browser finds them one import after the
other, six steps deep, and waits for the network at each; so it asks for all of them at once."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from django import template
from django.conf import settings
from django.contrib.staticfiles import finders
from django.templatetags.static import static
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from maestro.joined_scripts import modules_of
from maestro.static_files import is_made

register = template.Library()


@register.simple_tag
def preload_modules(name: str) -> SafeString:
    """A link for each file that the script `name` cannot begin without."""
    return _links.__wrapped__(name, "") if settings.DEBUG else _links(name, static(name))


@cache
def _links(name: str, address: str) -> SafeString:
    """`address` is that of the script now: with another version all of them are others."""
    names = [name] if is_made() else modules_of(name, _source)
    return format_html_join("\n", '  <link rel="modulepreload" href="{}">', ((static(one),) for one in names))


def _source(name: str) -> str:
    return Path(str(finders.find(name))).read_text()
