"""What the writer does some seven times a second for all runs together: move their rows on, and add what they said.

Plain SQL, and values in the form of the database at once: at 200 answers the ORM's work for one UPDATE a run cost as
much as reading, decoding and sending the answers. One statement for many runs: each statement gives the interpreter's
lock away and has to win it back from the event loop. Called inside the transaction of
`chat.services.runs.write_batch`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import chain
from operator import attrgetter
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection
from django.db.models import Model

from chat.log import Row
from chat.models import Generation, GenerationEvent, Message

# Names from the models and place holders; no value is ever a part of the text.
# SQLite and PostgreSQL both call the columns of VALUES column1, column2 and so on.
_MOVE_SQL = (
    "UPDATE {table} SET {seq} = moved.column3, {beat} = %s FROM (VALUES {rows}) AS moved"
    " WHERE {table}.{id} = moved.column1 AND {table}.{epoch} = moved.column2 AND {table}.{status} = 'running'"
)
_LEARN_SQL = "UPDATE {table} SET {set} WHERE {guard}"
_ADD_SQL = "INSERT INTO {table} ({columns}) VALUES {rows}"
_SAVE_SQL = "UPDATE {table} SET {set} WHERE {id} = (SELECT {message} FROM {runs} WHERE {run})"
_GUARD = ("id", "status", "epoch")
_AT_ONCE = 5_000  # rows in a statement; SQLite takes 32,766 values


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
    rows = [(form(one.generation_id), one.epoch, one.seq) for one in runs]
    moved = sum(_execute(_move_sql(some), (beat, *_flat(some))) for some in _some(rows))
    learned = [
        (*_stored(one.facts), form(one.generation_id), "running", one.epoch) for one in runs if one.facts
    ]
    _execute_many(_learn_sql(), learned)
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
    for some in _some([(form(one), row.seq, row.kind, row.payload) for one, row in rows]):
        _execute(_add_sql(some), _flat(some))


def save_texts(texts: Iterable[Text]) -> None:
    """Store whole messages of runs whose claim was found to hold."""
    form = _form_of_ids()
    _execute_many(_save_sql(), [(one.parts_json, one.seq, form(one.generation_id)) for one in texts])


def _move_sql(rows: Sequence[tuple[Any, ...]]) -> str:
    names = ("id", "epoch", "status", "seq", "heartbeat_at")
    columns = zip(("id", "epoch", "status", "seq", "beat"), _columns(Generation, names), strict=True)
    return _MOVE_SQL.format(table=_table(Generation), rows=_marks(rows), **dict(columns))


def _learn_sql() -> str:
    return _LEARN_SQL.format(
        table=_table(Generation),
        set=_equal(Generation, Facts._fields, ", "),
        guard=_equal(Generation, _GUARD, " AND "),
    )


def _add_sql(rows: Sequence[tuple[Any, ...]]) -> str:
    columns = _columns(GenerationEvent, ("generation", "seq", "kind", "payload"))
    return _ADD_SQL.format(table=_table(GenerationEvent), columns=", ".join(columns), rows=_marks(rows))


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


def _some(rows: Sequence[tuple[Any, ...]]) -> Iterator[Sequence[tuple[Any, ...]]]:
    """All of the rows, as many at once as one statement takes."""
    for start in range(0, len(rows), _AT_ONCE):
        yield rows[start : start + _AT_ONCE]


def _marks(rows: Sequence[tuple[Any, ...]]) -> str:
    """A place holder for each value: `(%s, %s), (%s, %s)`."""
    return ", ".join([f"({', '.join(['%s'] * len(rows[0]))})"] * len(rows))


def _flat(rows: Sequence[tuple[Any, ...]]) -> list[Any]:
    return list(chain.from_iterable(rows))


def _execute(sql: str, values: Sequence[Any]) -> int:
    """How many rows were changed."""
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        changed: int = cursor.rowcount
    return changed


def _execute_many(sql: str, rows: Sequence[tuple[Any, ...]]) -> None:
    if rows:
        with connection.cursor() as cursor:
            cursor.executemany(sql, rows)
