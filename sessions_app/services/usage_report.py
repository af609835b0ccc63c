"""What was used in a period: by session and model, and by day. One query, folded here, so that every sum on a page
comes from the same rows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.db.models.functions import TruncDate

from sessions_app.models import ProviderSession, UsageRecord
from sessions_app.services import usage
from sessions_app.services.periods import Period
from sessions_app.services.usage import Payer, Total

_PAYER = ("session_id", "session_name", "session_initials", "session_color", "provider")


@dataclass(frozen=True, kw_only=True)
class Line:
    """What one session used of one model. `rank` counts its models from 0, by name: their shade in a chart."""

    payer: Payer
    is_deleted: bool
    model: str
    rank: int
    total: Total


@dataclass(frozen=True, kw_only=True)
class Report:
    """`days` are the first days of bars with what each line used then; `total` is the sum of everything."""

    lines: tuple[Line, ...]
    days: tuple[tuple[date, dict[Line, Total]], ...]
    total: Total

    @property
    def by_day(self) -> list[tuple[date, Total]]:
        """The sum of each day on which anything was used."""
        return [(day, added(parts.values())) for day, parts in self.days if parts]

    @property
    def by_session(self) -> list[tuple[Line, Total]]:
        """The sum of each session, named by its first line."""
        groups: dict[object, list[Line]] = {}
        for line in self.lines:
            groups.setdefault(_key(line.payer), []).append(line)
        return [(lines[0], added(line.total for line in lines)) for lines in groups.values()]


def added(totals: Iterable[Total]) -> Total:
    """Their sum; a counter that none of them knows stays unknown."""
    found = list(totals)
    values: dict[str, Any] = {
        name: sum(getattr(total, name) for total in found) for name in ("runs", "priced", "partial", "titles")
    }
    for name in ("cost", *usage.COUNTERS):
        known = [value for total in found if (value := getattr(total, name)) is not None]
        values[name] = sum(known, Decimal(0) if name == "cost" else 0) if known else None
    return Total(**values)


def report(user: User, period: Period) -> Report:
    """Everything the user paid in `period`."""
    rows = UsageRecord.objects.owned_by(user).filter(at__gte=period.start, at__lt=period.end)
    return _fold(user, rows, period)


def report_of_conversation(user: User, conversation_id: UUID) -> Report:
    """Everything that one conversation cost, whenever that was."""
    return _fold(user, UsageRecord.objects.owned_by(user).filter(conversation_id=conversation_id), None)


def _fold(user: User, rows: QuerySet[UsageRecord], period: Period | None) -> Report:
    named = {one.pk: usage.payer_of(one) for one in ProviderSession.objects.owned_by(user).defer("metadata")}
    grouped: dict[tuple[Payer, str], dict[date, list[Total]]] = {}
    columns = ("day", *_PAYER, "model")
    for row in rows.order_by().annotate(day=TruncDate("at")).values(*columns).annotate(**usage.sums()):
        payer = named.get(row["session_id"]) or _as_it_was(row)
        step = period.step_of(row["day"]) if period else row["day"]
        parts = grouped.setdefault((payer, row["model"]), {}).setdefault(step, [])
        parts.append(usage.total_from(row))
    lines = _lines(grouped, set(named))
    steps = period.steps() if period else sorted({day for days in grouped.values() for day in days})
    days = tuple(
        (
            day,
            {
                line: added(grouped[line.payer, line.model][day])
                for line in lines
                if day in grouped[line.payer, line.model]
            },
        )
        for day in steps
    )
    return Report(lines=lines, days=days, total=added(line.total for line in lines))


def _lines(grouped: dict[tuple[Payer, str], dict[date, list[Total]]], known: set[UUID]) -> tuple[Line, ...]:
    ranks: dict[object, int] = {}
    found = []
    for payer, model in sorted(grouped, key=lambda one: (one[0].name, str(one[0].session_id), one[1])):
        rank = ranks[_key(payer)] = ranks.get(_key(payer), -1) + 1
        total = added(part for parts in grouped[payer, model].values() for part in parts)
        is_deleted = payer.session_id not in known
        found.append(Line(payer=payer, is_deleted=is_deleted, model=model, rank=rank, total=total))
    return tuple(found)


def _key(payer: Payer) -> object:
    return payer.session_id or payer.name


def _as_it_was(row: dict[str, Any]) -> Payer:
    """A session that is gone, by the name that it had then."""
    return Payer(
        session_id=row["session_id"],
        name=row["session_name"],
        initials=row["session_initials"],
        color=row["session_color"],
        provider=row["provider"],
    )
