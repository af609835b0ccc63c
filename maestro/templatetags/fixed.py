"""Markup that is the same on every page: most of what stands around a message, a row or a dialog. A page with twenty messages
sets some five hundred sentences and two hundred icons, and setting them took half of its time."""

from __future__ import annotations

from typing import Any

from django import template
from django.template.base import NodeList, Parser, Token
from django.template.context import Context
from django.template.defaulttags import CsrfTokenNode
from django.utils import translation
from django.utils.safestring import SafeString, mark_safe

register = template.Library()


class FixedNode(template.Node):
    """Renders what is in it once for each language. It sees no variable of the page, so nothing of one reader can get to another."""

    def __init__(self, nodelist: NodeList) -> None:
        self.nodelist = nodelist
        self._rendered: dict[str, SafeString] = {}

    def render(self, context: Context) -> SafeString:
        language = translation.get_language() or ""
        if language not in self._rendered:
            # Two threads may do it at once, and store the same.
            self._rendered[language] = mark_safe(self.nodelist.render(_empty_like(context)))  # noqa: S308  # escaped as always
        return self._rendered[language]


def _empty_like(context: Context) -> Context:
    """Without any variable, request and user included."""
    empty: Any = Context(autoescape=context.autoescape, use_l10n=context.use_l10n, use_tz=context.use_tz)
    empty.template, empty.template_name = context.template, context.template_name
    return empty  # type: ignore[no-any-return]


@register.tag
def fixed(parser: Parser, token: Token) -> FixedNode:
    """`{% fixed %} … {% endfixed %}`: the same for everybody in one language; variables are empty in it."""
    nodelist = parser.parse(("endfixed",))
    parser.delete_first_token()
    if nodelist.get_nodes_by_type(CsrfTokenNode):
        raise template.TemplateSyntaxError(
            "A form's token belongs to one reader: it cannot stand in {% fixed %}."
        )
    return FixedNode(nodelist)
