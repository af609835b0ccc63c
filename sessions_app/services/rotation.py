"""Seals everything anew with the first key, so that older keys can be taken away.

In batches, by compare-and-swap on the stored text: a refresh that stores newer credentials meanwhile wins, and
its row is looked at again. `cred_version` stays, because a refresh under way names it when it saves. What is
done is done, so a run that was killed is simply started again.
"""

from __future__ import annotations

from collections.abc import Callable

from django.db import transaction

from sessions_app.fields import Ciphertext
from sessions_app.services import audit, keys, vault
from sessions_app.services.vault import Cell, CellState, Column

# Until one pass meets nothing to do, so that rows which others stored meanwhile are met too. After this many,
# another process still seals with an older key, and only its restart helps.
_PASSES = 4


def rotate(
    *, batch: int = vault.SLICE, tell: Callable[[str, int], None] = lambda _label, _rewritten: None
) -> dict[str, int]:
    """How many cells of each column were rewritten; none that cannot be read, none that need no rewriting.

    `tell` hears the column and its count after each batch that wrote. Raises `KeysDoNotFit`.
    """
    keys.require_fit()
    rewritten = {column.label: _rotate_column(column, batch, tell) for column in vault.COLUMNS}
    counts = ", ".join(f"{label} {count}" for label, count in rewritten.items())
    audit.record(audit.KEYS_ROTATED, detail=f"Rewritten: {counts}.")
    return rewritten


def _rotate_column(column: Column, batch: int, tell: Callable[[str, int], None]) -> int:
    done = 0
    for _ in range(_PASSES):
        met = 0
        for cells in vault.slices(column, batch):
            older = [cell for cell in cells if cell.state is CellState.OLDER]
            if older:
                met += len(older)
                done += rewrite(older)
                tell(column.label, done)
        if not met:
            break
    return done


def rewrite(cells: list[Cell]) -> int:
    """Those of `cells` that still held what was read; sealed before the transaction, to keep it short."""
    fresh = [(cell, Ciphertext.seal(cell.sealed.open())) for cell in cells]
    with transaction.atomic():
        return sum(_swap(cell, sealed) for cell, sealed in fresh)


def _swap(cell: Cell, sealed: Ciphertext) -> int:
    same = cell.column.model._default_manager.filter(pk=cell.pk, **{cell.column.name: cell.sealed})
    return same.update(**{cell.column.name: sealed})
