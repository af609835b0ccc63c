"""Rows of a result: what was measured, its goal, and whether it was met."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass


def percentile(values: Sequence[float], share: float) -> float:
    """The value that this share of `values` does not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


@dataclass(frozen=True)
class Figure:
    """`value` must not be above `goal`; without a goal it is only told."""

    name: str
    value: float
    unit: str
    goal: float | None = None

    @property
    def missed(self) -> bool:
        return self.goal is not None and self.value > self.goal

    def __str__(self) -> str:
        goal = "" if self.goal is None else f"   goal {self.goal:g}{'   MISSED' if self.missed else ''}"
        return f"  {self.name:64}{self.value:10.2f} {self.unit}{goal}"


def show(title: str, figures: Sequence[Figure]) -> bool:
    """Print them under a title, with how busy the machine was; returns whether a goal was missed."""
    load = os.getloadavg()[0]
    print(f"{title}   (load of the machine {load:.1f}, {os.cpu_count()} cores)")
    for figure in figures:
        print(figure, flush=True)
    return any(figure.missed for figure in figures)
