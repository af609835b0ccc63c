"""What sessions used: one record for each answer, and sums of them.

A sum says when a part of it is unknown. Whoever ends an answer records it, in the transaction that ends it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
from django.db.models import Count, Q, QuerySet, Sum
from django.utils import timezone

from providers.events import Usage
from providers.model_info import Price
from sessions_app.models import ProviderSession, UsageRecord
from sessions_app.money import Money
from sessions_app.prepared import insert_once

COUNTERS = ("input_tokens", "output_tokens", "cache_write_tokens", "cache_read_tokens")
_ABSURD_COUNT = 10**12  # no answer has so many tokens; beyond it a counter is a provider's mistake
_ABSURD_COST = Decimal(1_000_000)  # what the column holds


@dataclass(frozen=True, kw_only=True)
class Payer:
    """Who pays, as it was called then. `session_id` is `None` when the session was deleted meanwhile."""

    session_id: UUID | None
    name: str
    initials: str
    color: int
    provider: str


@dataclass(frozen=True, kw_only=True)
class Total:
    """A sum over answers. A counter is `None` if no answer reported it."""

    runs: int = 0
    priced: int = 0  # answers whose cost is known
    partial: int = 0  # answers that used more than is known
    titles: int = 0  # of the runs, those that only named a conversation
    cost: Decimal | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    cache_write_tokens: int | None = None
    cache_read_tokens: int | None = None

    @property
    def money(self) -> Money:
        """What all of it cost, as far as it is known."""
        if not self.runs:
            return Money()
        return Money(self.cost if self.priced else None, self.priced == self.runs and not self.partial)

    @property
    def answers(self) -> int:
        return self.runs - self.titles

    @property
    def tokens(self) -> int | None:
        """All four counters together."""
        known = [value for name in COUNTERS if (value := getattr(self, name)) is not None]
        return sum(known) if known else None


def cost_of(usage: Usage, price: Price | None) -> Decimal | None:
    """USD, `None` if unknown. Numbers of tokens that nobody could pay for are a provider's mistake."""
    if price is None or usage == Usage():
        return None
    cost = price.cost(usage)
    return None if cost is None or cost >= _ABSURD_COST else cost


def payer_of(session: ProviderSession) -> Payer:
    """The session as it is called now."""
    return Payer(
        session_id=session.pk,
        name=session.name,
        initials=session.initials,
        color=session.color,
        provider=session.provider,
    )


def make_record(
    *,
    run_id: UUID,
    at: datetime,
    owner_id: int,
    payer: Payer,
    model: str,
    usage: Usage,
    price: Price | None,
    is_complete: bool,
    conversation_id: UUID | None = None,
) -> UsageRecord:
    """The record of one answer. One that was cut used more than its provider could report; searches have no price
    in any list that we have."""
    cost = cost_of(usage, price)
    return UsageRecord(
        run_id=run_id,
        at=at,
        owner_id=owner_id,
        session_id=payer.session_id,
        session_name=payer.name,
        session_initials=payer.initials,
        session_color=payer.color,
        provider=payer.provider,
        model=model,
        conversation_id=conversation_id,
        cost=cost,
        price_as_of=price.as_of if price and cost is not None else None,
        is_partial=not is_complete or usage.web_search_requests > 0,
        **_counters(usage),
    )


def _counters(usage: Usage) -> dict[str, int | None]:
    """The counters as reported; none if the provider reported nothing, or numbers that cannot be."""
    counted: dict[str, int] = msgspec.structs.asdict(usage)
    is_believed = usage != Usage() and all(0 <= count <= _ABSURD_COUNT for count in counted.values())
    return {name: count if is_believed else None for name, count in counted.items()}


def store(records: Iterable[UsageRecord]) -> None:
    """Write them down. One that is there already stays as it is."""
    for record in records:
        insert_once(record)


def month_start(now: datetime) -> datetime:
    """When the calendar month began, in the zone of the settings."""
    return timezone.localtime(now).replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def day_start(now: datetime) -> datetime:
    """Midnight, in the zone of the settings."""
    return timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)


def sums(prefix: str = "", only: Q | None = None) -> dict[str, Any]:
    """The aggregates that `total_from` reads, for `annotate` and `aggregate`."""
    return {
        f"{prefix}runs": Count("id", filter=only),
        f"{prefix}priced": Count("cost", filter=only),
        f"{prefix}partial": Count("id", filter=Q(is_partial=True) & (only or Q())),
        f"{prefix}titles": Count("id", filter=Q(purpose=UsageRecord.Purpose.TITLE) & (only or Q())),
        **{f"{prefix}sum_{name}": Sum(name, filter=only) for name in ("cost", *COUNTERS)},
    }


def total_from(row: Mapping[str, Any], prefix: str = "") -> Total:
    """The sum in a row of such a query."""
    return Total(
        runs=row[f"{prefix}runs"],
        priced=row[f"{prefix}priced"],
        partial=row[f"{prefix}partial"],
        titles=row[f"{prefix}titles"],
        **{name: row[f"{prefix}sum_{name}"] for name in ("cost", *COUNTERS)},
    )


def today_and_month(records: QuerySet[UsageRecord], *, now: datetime) -> dict[UUID, tuple[Total, Total]]:
    """Of each session that `records` tells of: today and since the first of the month; one query."""
    rows = (
        records.filter(at__gte=month_start(now))
        .order_by()
        .values("session_id")
        .annotate(**sums("day_", Q(at__gte=day_start(now))), **sums("month_"))
    )
    return {
        session_id: (total_from(row, "day_"), total_from(row, "month_"))
        for row in rows
        if (session_id := row["session_id"]) is not None
    }


def spent_since(session_id: UUID, start: datetime) -> Money:
    """What one session cost since then, out of the index `usage_spent` alone."""
    found = UsageRecord.objects.filter(session_id=session_id, at__gte=start).aggregate(
        runs=Count("at"),
        priced=Count("cost"),
        partial=Count("at", filter=Q(is_partial=True)),
        sum_cost=Sum("cost"),
    )
    cost = found.pop("sum_cost")
    return Total(cost=cost, **found).money
