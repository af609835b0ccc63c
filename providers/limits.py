"""How much of a provider's rate limit is left, as its answers report it. Values only; vendors read their own headers."""

from __future__ import annotations

from datetime import datetime

import msgspec


class Limit(msgspec.Struct, frozen=True, kw_only=True):
    """One limit. `left` is the part that remains, 0 to 1; `limit` and `remaining` are counts where the provider gives
    them; `resets_at` (aware) is when it is whole again."""

    name: str  # in words: "input tokens"
    left: float
    limit: int | None = None
    remaining: int | None = None
    resets_at: datetime | None = None


def counted_limit(
    name: str, limit: str | None, remaining: str | None, *, resets_at: datetime | None
) -> Limit | None:
    """A limit out of two counts as headers write them; `None` if they cannot be read."""
    whole, rest = _count(limit or ""), _count(remaining or "")
    if not whole or rest is None:
        return None
    return Limit(name=name, left=min(1.0, rest / whole), limit=whole, remaining=rest, resets_at=resets_at)


def _count(text: str) -> int | None:
    # 18 digits fit everywhere; isdecimal alone would let "٣" through.
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 18 else None
