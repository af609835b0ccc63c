"""The words of messages, for search: full text of SQLite (FTS5) and of PostgreSQL (tsvector) behind one lookup.

`MessageText.objects.filter(words__match=terms)`. Which words a text has is `chat.words`' matter, on both databases; they
only look them up. On SQLite triggers keep the FTS5 table in step with this one: a migration that rebuilds this table has to
make them again (chat/migrations/0012_search.py).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.sql.compiler import SQLCompiler

from chat.models.conversation import Conversation, Message

FTS_TABLE = "chat_messagetext_fts"
_LAST_POSITION = (
    16_383  # of a word in a tsvector (https://www.postgresql.org/docs/current/textsearch-limitations.html)
)


@dataclass(frozen=True)
class Term:
    """Words that stand one behind the other; with `is_prefix` the last one may be the beginning of a word."""

    words: tuple[str, ...]
    is_prefix: bool = False


class WordsField(models.Field[Sequence[str], str]):
    """Words that can be looked up and not read back. They hold letters, digits and marks only, so nothing in them has to be
    escaped."""

    def db_type(self, connection: BaseDatabaseWrapper) -> str:
        return "tsvector" if connection.vendor == "postgresql" else "text"

    def get_placeholder(self, value: Any, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> str:
        return "%s::tsvector" if connection.vendor == "postgresql" else "%s"

    def get_db_prep_value(self, value: Any, connection: BaseDatabaseWrapper, prepared: bool = False) -> str:
        return _tsvector(value) if connection.vendor == "postgresql" else " ".join(value)


def _tsvector(words: Sequence[str]) -> str:
    places: defaultdict[str, list[int]] = defaultdict(list)
    for place, word in enumerate(words, start=1):
        places[word].append(min(place, _LAST_POSITION))
    return " ".join(f"'{word}':{','.join(map(str, at))}" for word, at in places.items())


@WordsField.register_lookup
class Match(models.Lookup[Any]):
    """All of the terms stand in the text."""

    lookup_name = "match"

    def get_db_prep_lookup(self, value: Any, connection: BaseDatabaseWrapper) -> tuple[str, tuple[Any, ...]]:
        write = _tsquery if connection.vendor == "postgresql" else _fts5_query
        return "%s", (write(value),)

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> tuple[str, tuple[Any, ...]]:
        table = connection.ops.quote_name(self.lhs.alias)
        _, query = self.process_rhs(compiler, connection)
        found = f"SELECT rowid FROM {FTS_TABLE} WHERE {FTS_TABLE} MATCH %s"  # noqa: S608  # constants
        return f"{table}.id IN ({found})", tuple(query)

    def as_postgresql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper
    ) -> tuple[str, tuple[Any, ...]]:
        lhs, parameters = self.process_lhs(compiler, connection)
        _, query = self.process_rhs(compiler, connection)
        return f"{lhs} @@ %s::tsquery", (*parameters, *query)


def _fts5_query(terms: Sequence[Term]) -> str:
    """https://www.sqlite.org/fts5.html#full_text_query_syntax"""
    return " AND ".join(f'"{" ".join(term.words)}"{" *" if term.is_prefix else ""}' for term in terms)


def _tsquery(terms: Sequence[Term]) -> str:
    """https://www.postgresql.org/docs/current/datatype-textsearch.html#DATATYPE-TSQUERY"""
    return " & ".join(_tsquery_of(term) for term in terms)


def _tsquery_of(term: Term) -> str:
    quoted = [f"'{word}'" for word in term.words]
    return "(" + " <-> ".join(quoted) + (":*)" if term.is_prefix else ")")


class MessageText(models.Model):
    """A message's words, or a part of them: a database cannot take a very long text as one."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="+")
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="+")
    words = WordsField()

    def __str__(self) -> str:
        return f"words of message {self.message_id}"
