"""Sums of money for people: USD, and never a number where something is unknown.

The browser's `format.js` writes single costs by the same rule.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

UNKNOWN = "–"
_MOST_DECIMALS = 6
_CENTS_ENOUGH = Decimal("0.995")


@dataclass(frozen=True)
class Money:
    """`amount` in USD, `None` if nothing of it is known. `is_whole`: nothing is missing from it."""

    amount: Decimal | None = Decimal(0)
    is_whole: bool = True

    def __str__(self) -> str:
        if self.amount is None:
            return UNKNOWN
        known = dollars(self.amount)
        return known if self.is_whole else _("at least %(amount)s") % {"amount": known}


def dollars(amount: Decimal) -> str:
    """ "$1,204.50"; small sums keep two digits that mean something: "$0.0042", not "$0.00"."""
    text = f"{amount:,.{_decimals(amount)}f}"
    whole, _point, cents = text.partition(".")
    return f"${whole}.{cents.rstrip('0').ljust(2, '0')}"


def _decimals(amount: Decimal) -> int:
    if amount >= _CENTS_ENOUGH or amount <= 0:
        return 2
    return min(_MOST_DECIMALS, max(2, 1 - amount.adjusted()))
