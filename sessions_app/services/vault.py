"""Every encrypted column of the database, read cell by cell: the one list that checking and rotating keys go by.

Reads in slices by primary key, so ten thousand rows need no more memory than one slice. Writes nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.db import models

from sessions_app.document import unseal, unseal_verifier
from sessions_app.errors import Undecryptable
from sessions_app.fields import Ciphertext
from sessions_app.models import Installation, PendingLogin, ProviderSession
from sessions_app.words import why

SLICE = 200


class CellState(StrEnum):
    CURRENT = "current"  # sealed with the first key
    OLDER = "older"  # only an older key opens it
    UNREADABLE = "unreadable"


@dataclass(frozen=True)
class Column:
    """An encrypted column. `read` gets the value of `bound_to`, which the text inside must name."""

    label: str
    model: type[models.Model]
    name: str
    bound_to: str
    read: Callable[[Any, Ciphertext], object]


@dataclass(frozen=True)
class Cell:
    """One stored text. `reason` is a word as in `Undecryptable`, "" where it can be read."""

    column: Column
    pk: Any
    sealed: Ciphertext
    state: CellState
    reason: str = ""


@dataclass(frozen=True)
class UnreadableSession:
    """A session whose credentials do not open, for people: whose, which, and why."""

    id: str
    owner: str
    name: str
    reason: str
    why: str


@dataclass(frozen=True)
class Survey:
    """How many cells of each column are in which state, and the sessions among those that cannot be read."""

    counts: dict[str, dict[str, int]]
    unreadable: tuple[UnreadableSession, ...]

    def total(self, state: CellState) -> int:
        return sum(count[state] for count in self.counts.values())


# The canary comes last: it is rewritten only after everything else, so its key opens everything.
COLUMNS = (
    Column("sessions", ProviderSession, "credentials", "id", unseal),
    Column("logins", PendingLogin, "verifier", "state_hash", unseal_verifier),
    Column("canary", Installation, "canary", "id", lambda _, sealed: sealed.open()),
)


def survey() -> Survey:
    """Read everything."""
    counts, unreadable = dict[str, dict[str, int]](), list[UnreadableSession]()
    for column in COLUMNS:
        found = Counter[str]()
        for cells in slices(column):
            found.update(cell.state for cell in cells)
            unreadable += _named([cell for cell in cells if cell.reason])
        counts[column.label] = {state.value: found[state] for state in CellState}
    return Survey(counts, tuple(unreadable))


def slices(column: Column, size: int = SLICE) -> Iterator[list[Cell]]:
    """All cells that hold something, in the order of their keys."""
    # The manager by this name, because these models are typed as models in general.
    rows = column.model._default_manager.exclude(**{column.name: ""}).order_by("pk")
    columns = ("pk", column.bound_to, column.name)
    found = list(rows.values_list(*columns)[:size])
    while found:
        yield [_cell(column, *row) for row in found]
        found = list(rows.filter(pk__gt=found[-1][0]).values_list(*columns)[:size])


def _cell(column: Column, pk: Any, bound_to: Any, sealed: Ciphertext) -> Cell:
    try:
        column.read(bound_to, sealed)
    except Undecryptable as error:
        return Cell(column, pk, sealed, CellState.UNREADABLE, error.reason)
    return Cell(column, pk, sealed, CellState.CURRENT if sealed.is_current else CellState.OLDER)


def _named(cells: list[Cell]) -> Iterator[UnreadableSession]:
    reasons = {cell.pk: cell.reason for cell in cells if cell.column.model is ProviderSession}
    if reasons:
        for row in ProviderSession.objects.filter(pk__in=reasons).select_related("owner"):
            reason = reasons[row.pk]
            yield UnreadableSession(str(row.pk), row.owner.username, row.name, reason, why(reason))
