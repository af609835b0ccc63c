"""What the operator must know, for the top of every page of the admin."""

from __future__ import annotations

from django import template

from sessions_app.services import operator

register = template.Library()


@register.simple_tag
def operator_notices() -> list[str]:
    """Sentences; plain text."""
    return operator.notices()
