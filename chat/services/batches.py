"""What the writer does five times a second for all runs together: move their rows on, and add what they said.

Plain SQL, and values in the form of the database at once: at 200 answers the ORM's work for one UPDATE a run cost as
much as reading, decoding and sending the answers. Called inside the transaction of `chat.services.runs.write_batch`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from operator import attrgetter
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection
from django.db.models import Model

from chat.log import Row
from chat.models import Generation, GenerationEvent, Message

# Names from the models and place holders; no value is ever a part of the text.
_MOVE_SQL = "UPDATE {table} SET {set} WHERE {guard}"
_ADD_SQL = "INSERT INTO {table} ({columns}) VALUES ({marks})"
_SAVE_SQL = "UPDATE {table} SET {set} WHERE {id} = (SELECT {message} FROM {runs} WHERE {run})"
_GUARD = ("id", "status", "epoch")


class Facts(NamedTuple):
    """What changes rarely; `thinking_s` are the seconds so far."""

    first_token_at: datetime | None = None
    request_id: str = ""
    attempt: int = 1
    thinking_s: float | None = None


class Progress(NamedTuple):
    """How far one run has come; `epoch` is the claim it writes under, `facts` are `None` where they are stored."""

    generation_id: UUID
    epoch: int
    seq: int
    facts: Facts | None


class Text(NamedTuple):
    """The whole message of a run, up to row `seq`."""

    generation_id: UUID
    parts_json: str
    seq: int


def move_on(runs: Sequence[Progress], *, now: datetime) -> frozenset[UUID]:
    """Store how far each run has come, guarded by status and epoch; returns those whose claim is lost."""
    if not runs:
        return frozenset()
    beat, form = _moment(now), _form_of_ids()
    guards = [(form(one.generation_id), "running", one.epoch) for one in runs]
    rows = [(one.seq, beat, *guard) for one, guard in zip(runs, guards, strict=True)]
    moved = _execute_many(_move_sql("seq", "heartbeat_at"), rows)
    learned = [(*_stored(one.facts), *guard) for one, guard in zip(runs, guards, strict=True) if one.facts]
    _execute_many(_move_sql(*Facts._fields), learned)
    return frozenset() if moved == len(runs) else _lost(runs)


def _stored(facts: Facts) -> tuple[object, ...]:
    first = facts.first_token_at
    return (_moment(first) if first else None, facts.request_id[:120], facts.attempt, facts.thinking_s)


def _lost(runs: Sequence[Progress]) -> frozenset[UUID]:
    """A claim that was lost before the UPDATE is lost still: epochs only grow, and an ended run stays ended."""
    ids = [one.generation_id for one in runs]
    epochs = dict(Generation.objects.filter(pk__in=ids, status="running").values_list("pk", "epoch"))
    return frozenset(one.generation_id for one in runs if epochs.get(one.generation_id) != one.epoch)


def add_rows(rows: Iterable[tuple[UUID, Row]]) -> None:
    """Append rows to the logs of their generations. Raises `IntegrityError` for a number that is taken."""
    form = _form_of_ids()
    _execute_many(_add_sql(), [(form(one), row.seq, row.kind, row.payload) for one, row in rows])


def save_texts(texts: Iterable[Text]) -> None:
    """Store whole messages of runs whose claim was found to hold."""
    form = _form_of_ids()
    _execute_many(_save_sql(), [(one.parts_json, one.seq, form(one.generation_id)) for one in texts])


def _move_sql(*columns: str) -> str:
    return _MOVE_SQL.format(
        table=_table(Generation),
        set=_equal(Generation, columns, ", "),
        guard=_equal(Generation, _GUARD, " AND "),
    )


def _add_sql() -> str:
    columns = _columns(GenerationEvent, ("generation", "seq", "kind", "payload"))
    return _ADD_SQL.format(
        table=_table(GenerationEvent), columns=", ".join(columns), marks=", ".join(["%s"] * len(columns))
    )


def _save_sql() -> str:
    [message_id], [message] = _columns(Message, ("id",)), _columns(Generation, ("message",))
    return _SAVE_SQL.format(
        table=_table(Message), set=_equal(Message, ("parts_json", "upto_seq"), ", "), id=message_id,
        message=message, runs=_table(Generation), run=_equal(Generation, ("id",), ""),
    )  # fmt: skip


def _table(model: type[Model]) -> str:
    return connection.ops.quote_name(model._meta.db_table)


def _columns(model: type[Model], names: Sequence[str]) -> list[str]:
    fields = [model._meta.get_field(name) for name in names]
    return [connection.ops.quote_name(str(field.column)) for field in fields]  # type: ignore[union-attr]  # no relation from elsewhere is named


def _equal(model: type[Model], names: Sequence[str], between: str) -> str:
    return between.join(f"{column} = %s" for column in _columns(model, names))


def _form_of_ids() -> Callable[[UUID], object]:
    """How this database takes ids: SQLite has no type for them."""
    return _as_it_is if connection.features.has_native_uuid_field else attrgetter("hex")


def _as_it_is(value: UUID) -> UUID:
    return value


def _moment(at: datetime) -> object:
    """How this database takes a time: SQLite knows no zones."""
    return connection.ops.adapt_datetimefield_value(at)


def _execute_many(sql: str, rows: Sequence[tuple[Any, ...]]) -> int:
    """How many rows were changed in all."""
    if not rows:
        return 0
    with connection.cursor() as cursor:
        cursor.executemany(sql, rows)
        changed: int = cursor.rowcount
    return changed
