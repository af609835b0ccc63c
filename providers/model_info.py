"""What is known of a model: limits in tokens, capabilities, prices in USD per million tokens.

Unknown is `None`, never 0: a page shows it as "–" and nothing is computed from it.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Literal

import msgspec

from providers.events import Usage

_MILLION = Decimal(1_000_000)


class Price(msgspec.Struct, frozen=True, kw_only=True):
    """USD per million tokens, as published on `as_of`. `long_prompt_*` apply to the whole request
    once its input is over `long_prompt_from` tokens."""

    as_of: date
    input: Decimal
    output: Decimal
    cache_write: Decimal | None = None
    cache_write_1h: Decimal | None = None
    cache_read: Decimal | None = None
    long_prompt_from: int | None = None
    long_prompt_input: Decimal | None = None
    long_prompt_output: Decimal | None = None

    def cost(self, usage: Usage) -> Decimal | None:
        """USD for `usage`; `None` if a counter is used whose price is unknown."""
        total_input = usage.input_tokens + usage.cache_write_tokens + usage.cache_read_tokens
        is_long = self.long_prompt_from is not None and total_input > self.long_prompt_from
        input_price = self.long_prompt_input if is_long else self.input
        output_price = self.long_prompt_output if is_long else self.output
        # Cache prices of the long tier are published nowhere; scale them as the input price scales.
        scale = input_price / self.input if is_long and input_price is not None else Decimal(1)
        charges = (
            (usage.input_tokens, input_price),
            (usage.output_tokens, output_price),
            (usage.cache_write_tokens - usage.cache_write_1h_tokens, self.cache_write),
            (usage.cache_write_1h_tokens, self.cache_write_1h),
            (usage.cache_read_tokens, self.cache_read),
        )
        total = Decimal(0)
        for position, (tokens, price) in enumerate(charges):
            if not tokens:
                continue
            if price is None:
                return None
            total += tokens * price * (scale if position >= 2 else 1)
        return total / _MILLION


class Capabilities(msgspec.Struct, frozen=True, kw_only=True):
    """What a model takes. `None` means that the provider does not say."""

    images: bool | None = None
    pdfs: bool | None = None
    tools: bool | None = None
    thinking_modes: tuple[str, ...] | None = None  # of "adaptive", "enabled", "disabled"
    efforts: tuple[str, ...] | None = None
    sampling: bool | None = None  # temperature, top_p, top_k
    max_temperature: float | None = None  # the range begins at 0
    prefill: bool | None = None  # the last turn may be the beginning of the answer
    prompt_cache: bool | None = (
        None  # caches what repeats if it is asked to; others do it by themselves, or not
    )
    server_tools: tuple[str, ...] = ()


class ModelInfo(msgspec.Struct, frozen=True, kw_only=True):
    """One model as its provider lists it, completed from the catalogue where the list is silent."""

    id: str
    label: str
    created_at: datetime | None = None
    max_input_tokens: int | None = None
    max_output_tokens: int | None = None
    lifecycle: Literal["active", "deprecated", "retired"] = "active"
    retires_at: datetime | None = None
    capabilities: Capabilities = Capabilities()
    price: Price | None = None
