"""Numbers in sentences, as the reader's language writes them."""

from __future__ import annotations

from django.utils.formats import number_format
from django.utils.translation import gettext as _


def grouped(number: int) -> str:
    """A count with marks between the thousands."""
    return number_format(number, force_grouping=True)


def megabytes(size: int) -> str:
    """One decimal, in millions of bytes."""
    millions = number_format(round(size / 1_000_000, 1), decimal_pos=1, force_grouping=True)
    return _("%(size)s MB") % {"size": millions}
