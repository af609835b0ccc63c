"""Sums as pages write them. What is unknown is "–", never 0."""

from __future__ import annotations

from django import template
from django.utils.translation import gettext as _

from sessions_app import chart
from sessions_app.money import UNKNOWN
from sessions_app.services.usage import Total
from sessions_app.services.usage_report import Line

register = template.Library()


@register.filter
def counted(value: int | None) -> str:
    """A count with its thousands apart."""
    return UNKNOWN if value is None else f"{value:,}"


@register.filter
def used(total: Total) -> str:
    """ "$0.41 · 38,120 tokens"; "Nothing yet" if there was no answer."""
    if not total.runs:
        return _("Nothing yet")
    return _("%(cost)s · %(count)s tokens") % {"cost": total.money, "count": counted(total.tokens)}


@register.filter
def shade(line: Line) -> float:
    """How strong the payer's colour is for this model; the same in chart and table."""
    return chart.shade_of(line)
