"""Names the modules of a page's script in its head. A browser finds them one import after the other, six steps deep,
and waits for the network at each; so it asks for all of them at once."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from posixpath import dirname, join, normpath

from django import template
from django.conf import settings
from django.contrib.staticfiles import finders
from django.templatetags.static import static
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

register = template.Library()
# Static imports, one a line as our modules have them; what is loaded on demand stays so.
_IMPORT = re.compile(r"""^(?:import|export)\b[^"']*["'](\.{1,2}/[^"']+)["']""", re.MULTILINE)


@register.simple_tag
def preload_modules(name: str) -> SafeString:
    """A link for the script `name` and for each module that it cannot begin without."""
    return _links.__wrapped__(name, "") if settings.DEBUG else _links(name, static(name))


@cache
def _links(name: str, address: str) -> SafeString:
    """`address` is that of the script now: with another version all of them are others."""
    names = modules_of.__wrapped__(name) if settings.DEBUG else modules_of(name)
    return format_html_join("\n", '  <link rel="modulepreload" href="{}">', ((static(one),) for one in names))


@cache
def modules_of(name: str) -> tuple[str, ...]:
    """The script and all that it imports, directly or not, each once, as names below `static/`."""
    found: list[str] = []
    waiting = [name]
    while waiting:
        one = waiting.pop(0)
        path = finders.find(one)
        if one not in found and isinstance(path, str):
            found.append(one)
            waiting += [
                normpath(join(dirname(one), other)) for other in _IMPORT.findall(Path(path).read_text())
            ]
    return tuple(found)
