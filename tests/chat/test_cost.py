"""What an answer cost, as far as anybody can know."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from providers.events import Usage
from providers.model_info import Price
from sessions_app.services.usage import cost_of

PRICE = Price(as_of=date(2026, 11, 22), input=Decimal(2), output=Decimal(10))


def test_cost_follows_the_price() -> None:
    assert cost_of(Usage(input_tokens=1_000_000, output_tokens=100_000), PRICE) == 3


def test_unknown_stays_unknown() -> None:
    assert cost_of(Usage(input_tokens=5), None) is None
    assert cost_of(Usage(), PRICE) is None


def test_a_number_of_tokens_that_cannot_be_is_not_believed() -> None:
    assert cost_of(Usage(output_tokens=10**15), PRICE) is None
