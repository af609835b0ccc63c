"""Spans of days for sums: named ones ("this month") or two dates, in the zone of the settings. No database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

THIS_MONTH, LAST_MONTH, WEEK, THIRTY_DAYS, THIS_YEAR, CUSTOM = "month", "last", "7", "30", "year", "dates"
NAMES = (
    (THIS_MONTH, _lazy("This month")),
    (LAST_MONTH, _lazy("Last month")),
    (WEEK, _lazy("Last 7 days")),
    (THIRTY_DAYS, _lazy("Last 30 days")),
    (THIS_YEAR, _lazy("This year")),
    (CUSTOM, _lazy("From and to")),
)
LONGEST = timedelta(days=3 * 366)
FIRST_YEAR, LAST_YEAR = 2000, 2099  # dates near the ends of the calendar cannot be turned into moments
_MOST_BARS = 62  # days shown as days; above, months


@dataclass(frozen=True)
class Period:
    """`first` and `last` both belong to it."""

    first: date
    last: date

    @property
    def start(self) -> datetime:
        return _midnight(self.first)

    @property
    def end(self) -> datetime:
        """The first moment after it."""
        return _midnight(self.last + timedelta(days=1))

    @property
    def by_month(self) -> bool:
        """Whether it is too long to be shown day by day."""
        return (self.last - self.first).days >= _MOST_BARS

    def steps(self) -> list[date]:
        """The first days of its bars."""
        days = [self.first + timedelta(days=n) for n in range((self.last - self.first).days + 1)]
        return list(dict.fromkeys(map(self.step_of, days)))

    def step_of(self, day: date) -> date:
        """The first day of the bar that `day` belongs to."""
        return day.replace(day=1) if self.by_month else day

    def __str__(self) -> str:
        days = {"first": f"{self.first:%Y-%m-%d}", "last": f"{self.last:%Y-%m-%d}"}
        return _("%(first)s to %(last)s") % days


def named(name: str, *, today: date) -> Period:
    """One of `NAMES` but the last."""
    month = today.replace(day=1)
    match name:
        case "last":
            before = month - timedelta(days=1)
            return Period(before.replace(day=1), before)
        case "7" | "30":
            return Period(today - timedelta(days=int(name) - 1), today)
        case "year":
            return Period(today.replace(month=1, day=1), today)
        case _:
            return Period(month, today)


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
