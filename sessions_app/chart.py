"""A chart of what was used: one bar a day, one piece of it for each session and model. Geometry only, no markup.

Heights are pixels and widths are percent of the picture, so that text keeps its size on a phone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from django.utils.dateformat import format as format_date

from sessions_app.money import dollars
from sessions_app.services.usage import Total
from sessions_app.services.usage_report import Line, Report

Measure = Literal["cost", "tokens"]

HEIGHT, _TOP, _BASE = 240, 20, 212  # pixels from above
_LEFT = 12.0  # percent of the width, kept free for the numbers of the axis
_GAP = 0.25  # part of a bar's place that stays empty
_LABELS = 6  # days that are named below the bars; more would overlap on a phone
# Models of one session share its colour and differ in strength, as the swatches in the table do.
_SHADES = (1.0, 0.68, 0.44, 0.26)


@dataclass(frozen=True)
class Piece:
    """A rectangle with the words for it. `x` and `width` in percent, `y` and `height` in pixels."""

    x: str
    y: str
    width: str
    height: str
    color: int
    shade: float
    words: str


@dataclass(frozen=True)
class Mark:
    """A word on an axis: `at` in percent for days, in pixels for amounts."""

    at: str
    text: str


@dataclass(frozen=True)
class Chart:
    """What the template draws."""

    pieces: tuple[Piece, ...]
    amounts: tuple[Mark, ...]
    days: tuple[Mark, ...]
    height: int = HEIGHT
    base: int = _BASE


def shade_of(line: Line) -> float:
    """How strong the colour of this line is, 0 to 1."""
    return _SHADES[line.rank % len(_SHADES)]


def draw(report: Report, *, measure: Measure, by_month: bool) -> Chart | None:
    """The chart; `None` where there is nothing to draw: no answer, or no price that is known."""
    bars = [[(line, _value(total, measure)) for line, total in parts.items()] for _, parts in report.days]
    highest = max((sum((value for _, value in bar), Decimal(0)) for bar in bars), default=Decimal(0))
    if highest <= 0:
        return None
    step = _nice_step(highest)
    top = step * (highest // step + (1 if highest % step else 0))
    place = (100 - _LEFT) / len(bars)
    pieces: list[Piece] = []
    for position, (bar, (day, _)) in enumerate(zip(bars, report.days, strict=True)):
        pieces += _stack(bar, x=_LEFT + (position + _GAP / 2) * place, width=place * (1 - _GAP), day=day, top=top, measure=measure)  # fmt: skip
    amounts = tuple(
        Mark(f"{_y(step * n, top):.1f}", _amount(step * n, measure)) for n in range(int(top / step) + 1)
    )
    return Chart(tuple(pieces), amounts, _day_marks([day for day, _ in report.days], place, by_month))


def _stack(
    bar: list[tuple[Line, Decimal]], *, x: float, width: float, day: date, top: Decimal, measure: Measure
) -> list[Piece]:
    found, below = [], Decimal(0)
    for line, value in bar:
        if value <= 0:
            continue
        upper = _y(below + value, top)
        words = f"{day:%Y-%m-%d} · {line.payer.name} · {line.model}: {_amount(value, measure)}"
        height = _y(below, top) - upper
        found.append(
            Piece(
                f"{x:.3f}%",
                f"{upper:.2f}",
                f"{width:.3f}%",
                f"{height:.2f}",
                line.payer.color,
                shade_of(line),
                words,
            )
        )
        below += value
    return found


def _value(total: Total, measure: Measure) -> Decimal:
    """What is known of it; the unknown has no height, and the page says that it is missing."""
    known = total.cost if measure == "cost" else total.tokens
    return Decimal(known or 0)


def _y(value: Decimal, top: Decimal) -> float:
    return _BASE - float(value / top) * (_BASE - _TOP)


def _nice_step(highest: Decimal) -> Decimal:
    """A round number of which the highest bar is three to five."""
    rough = highest / 4
    power = Decimal(10) ** rough.adjusted()
    return next(
        factor * power
        for factor in (Decimal(1), Decimal(2), Decimal(5), Decimal(10))
        if factor * power >= rough
    )


def _amount(value: Decimal, measure: Measure) -> str:
    if measure == "cost":
        return dollars(value)
    for size, unit in ((10**9, "G"), (10**6, "M"), (10**3, "k")):
        if value >= size:
            return f"{float(value / size):.3g} {unit}"
    return f"{value:.0f}"


def _day_marks(days: list[date], place: float, by_month: bool) -> tuple[Mark, ...]:
    every = -(-len(days) // _LABELS)
    return tuple(
        Mark(f"{_LEFT + (position + 0.5) * place:.3f}%", format_date(day, "M Y" if by_month else "j M"))
        for position, day in enumerate(days)
        if position % every == 0
    )
