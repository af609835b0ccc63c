"""Statements whose text is made once, for the few that every answer runs.

Django writes the SQL of a query afresh each time, which takes five to ten times as long as SQLite takes to answer it.
Here the ORM writes it once, with marks where values go, and rows come back as the ORM gives them. A query is kept with its
connection, which what reads its rows belongs to: kept anywhere else it would keep the connection open. Knows no table. Nothing listens to signals of what is stored here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import AutoField, Expression, Field, Model, QuerySet
from django.db.models.constants import OnConflict
from django.db.models.query import FlatValuesListIterable, ModelIterable, get_related_populators
from django.db.models.sql import UpdateQuery

T = TypeVar("T")
_Read = Callable[[Sequence[Any], BaseDatabaseWrapper], Any]
_KEPT = "maestro_prepared"  # the attribute of a connection


class Mark(Expression):
    """The place of a value in a statement; its field knows how the database takes it."""

    def __init__(self, place: int, field: Field[Any, Any]) -> None:
        super().__init__(output_field=field)
        self.place = place

    def as_sql(self, compiler: Any, connection: Any, **_: object) -> tuple[str, list[Any]]:  # type: ignore[override]
        return "%s", [self]

    def value(self, values: Sequence[object], database: BaseDatabaseWrapper) -> Any:
        return self.output_field.get_db_prep_save(values[self.place], database)


def on(model: type[Model], *names: str) -> tuple[Field[Any, Any], ...]:
    """The fields that values are for."""
    return tuple(model._meta.get_field(name) for name in names)  # type: ignore[misc]  # columns only


def _database() -> BaseDatabaseWrapper:
    """This thread's connection itself: asking `django.db.connection` for each of its attributes takes longer."""
    return connections[DEFAULT_DB_ALIAS]


def _filled(params: Sequence[object], values: Sequence[object], database: BaseDatabaseWrapper) -> list[Any]:
    return [one.value(values, database) if isinstance(one, Mark) else one for one in params]


class Select(Generic[T]):
    """A query. `make` gets one mark for each of `fields` and returns a queryset of models or of `values_list`.

    Call it with the values to have all rows; `None` equals nothing, as in SQL.
    """

    def __init__(self, make: Callable[..., QuerySet[Any, T]], fields: Sequence[Field[Any, Any]]) -> None:
        self._make, self._fields = make, fields

    def __call__(self, *values: object) -> list[T]:
        database = _database()
        kept = database.__dict__.setdefault(_KEPT, {})
        made = kept.get(self)
        if made is None:
            made = kept[self] = self._compile(database)
        sql, params, read = made
        with database.cursor() as cursor:
            cursor.execute(sql, _filled(params, values, database))
            return [read(row, database) for row in cursor.fetchall()]

    def first(self, *values: object) -> T | None:
        """The first row, `None` if there is none."""
        return next(iter(self(*values)), None)

    def _compile(self, database: BaseDatabaseWrapper) -> tuple[str, Sequence[object], _Read]:
        queryset = self._make(*(Mark(place, field) for place, field in enumerate(self._fields)))
        compiler = queryset.query.get_compiler(connection=database)
        sql, params = compiler.as_sql()
        return sql, params, _reader(queryset, compiler)


def _reader(queryset: Any, compiler: Any) -> _Read:
    """From a row of the database to what the queryset would give."""
    converters = list(compiler.get_converters([one for one, _, _ in compiler.select]).items())

    def plain(row: Sequence[Any], database: BaseDatabaseWrapper) -> list[Any]:
        values = list(row)
        for place, (converts, expression) in converters:
            for convert in converts:
                values[place] = convert(values[place], expression, database)
        return values

    if queryset._iterable_class is FlatValuesListIterable:
        return lambda row, database: plain(row, database)[0]
    if queryset._iterable_class is not ModelIterable:
        return lambda row, database: tuple(plain(row, database))
    info, alias = compiler.klass_info, DEFAULT_DB_ALIAS
    start, end = info["select_fields"][0], info["select_fields"][-1] + 1
    names = [column.target.attname for column, _, _ in compiler.select[start:end]]
    related = get_related_populators(info, compiler.select, alias)  # type: ignore[call-arg]  # stubs of a later Django

    def model(row: Sequence[Any], database: BaseDatabaseWrapper) -> Model:
        values = plain(row, database)
        found: Model = info["model"].from_db(alias, names, values[start:end])
        for one in related:
            one.populate(values, found)
        return found

    return model


class Update:
    """A change. `make` gets the marks and returns which rows, and what to set in them.

    Call it with the values; returns how many rows were changed.
    """

    def __init__(
        self,
        make: Callable[..., tuple[QuerySet[Any], dict[str, object]]],
        fields: Sequence[Field[Any, Any]],
    ) -> None:
        self._make, self._fields = make, fields
        self._made: dict[str, tuple[str, Sequence[object]]] = {}

    def __call__(self, *values: object) -> int:
        database = _database()
        made = self._made.get(database.vendor)
        if made is None:
            made = self._made[database.vendor] = self._compile(database)
        sql, params = made
        with database.cursor() as cursor:
            cursor.execute(sql, _filled(params, values, database))
            changed: int = cursor.rowcount
        return changed

    def _compile(self, database: BaseDatabaseWrapper) -> tuple[str, Sequence[object]]:
        rows, changes = self._make(*(Mark(place, field) for place, field in enumerate(self._fields)))
        query: Any = rows.query.chain(UpdateQuery)
        query.add_update_values(changes)
        sql, params = query.get_compiler(connection=database).as_sql()
        return sql, params


def insert(row: Model) -> None:
    """Store a new row, as `save(force_insert=True)` does."""
    database, has_key = _database(), row.pk is not None
    sql, fields = _insert(database.vendor, type(row), has_key)
    with database.cursor() as cursor:
        cursor.execute(sql, _values(row, fields, database))
        if not has_key:
            row.pk = cursor.fetchone()[0]
    row._state.adding, row._state.db = False, DEFAULT_DB_ALIAS


def insert_once(row: Model) -> None:
    """The same of a row that may be there already, and then stays as it is; `row` learns neither."""
    database = _database()
    sql, fields = _insert(database.vendor, type(row), row.pk is not None, OnConflict.IGNORE)
    with database.cursor() as cursor:
        cursor.execute(sql, _values(row, fields, database))


def _values(row: Model, fields: Sequence[Field[Any, Any]], database: BaseDatabaseWrapper) -> list[Any]:
    return [field.get_db_prep_save(field.pre_save(row, True), database) for field in fields]


@cache
def _insert(
    vendor: str, model: type[Model], has_key: bool, on_conflict: OnConflict | None = None
) -> tuple[str, list[Field[Any, Any]]]:
    """`vendor`: whose words and quotes these are."""
    ops, meta = _database().ops, model._meta
    fields = [one for one in meta.local_concrete_fields if has_key or not isinstance(one, AutoField)]
    columns = ", ".join(ops.quote_name(str(field.column)) for field in fields)
    marks = ", ".join(["%s"] * len(fields))
    end = ops.on_conflict_suffix_sql(fields, on_conflict, (), ())
    if on_conflict is None and not has_key:
        end = f"RETURNING {ops.quote_name(str(meta.pk.column))}"
    # Names from the models; no value is ever a part of the text.
    begin = f"{ops.insert_statement(on_conflict=on_conflict)} {ops.quote_name(meta.db_table)}"
    return f"{begin} ({columns}) VALUES ({marks}) {end}", fields
