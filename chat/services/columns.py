"""Answers that stand side by side: which there are, and whether one of them was picked.

A comparison is undecided while the shown branch ends in its question: then nothing follows, because a model would be sent
no answer or all of them. Picking leads the branch to one column. Reads only; `chat.services.comparing` makes them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from django.db.models import QuerySet

from chat.models import Message
from chat.protocol import ColumnFace
from chat.services import branches
from chat.services.turns import InColumn


@dataclass(frozen=True, kw_only=True)
class Column:
    """One place in a comparison. `shown` are its last try and what that goes on from, oldest first; without their texts."""

    place: InColumn
    shown: tuple[Message, ...]

    @property
    def newest(self) -> Message:
        """The answer at its end."""
        return self.shown[-1]

    @property
    def is_busy(self) -> bool:
        """Whether it is being written."""
        return self.newest.status == Message.Status.STREAMING


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Answers to one question, ordered by column."""

    id: UUID
    question: Message
    columns: tuple[Column, ...]

    @property
    def shown(self) -> list[Message]:
        """What stands in all columns, oldest first."""
        return sorted((one for column in self.columns for one in column.shown), key=lambda one: one.pk)


def undecided(conversation_id: UUID) -> Comparison | None:
    """The comparison in which its owner has still to pick, if the shown branch ends in one."""
    end = branches.end_of(conversation_id)
    return below(end) if end is not None and end.role == Message.Role.USER else None


def below(question: Message) -> Comparison | None:
    """The comparison of answers to this question; the newest, if there are several."""
    newest = question.replies.exclude(comparison=None).order_by("-pk").values_list("comparison", flat=True)
    key = newest.first()
    return _comparison(question, key) if key else None


def around(answer: Message) -> Comparison | None:
    """The comparison that an answer belongs to, picked or not."""
    if answer.comparison is None:
        return None
    first = answers_of(answer.conversation_id, answer.comparison).first()
    return _comparison(first.parent, answer.comparison) if first and first.parent else None


def _comparison(question: Message, key: UUID) -> Comparison:
    by_id = {answer.pk: answer for answer in answers_of(question.conversation_id, key).defer("parts_json")}
    ends = {
        answer.column: answer for answer in by_id.values() if answer.column is not None
    }  # the newer one stays
    found = (
        Column(place=InColumn(comparison=key, number=number), shown=_chain(ends[number], by_id))
        for number in sorted(ends)
    )
    return Comparison(id=key, question=question, columns=tuple(found))


def _chain(end: Message, by_id: Mapping[int, Message]) -> tuple[Message, ...]:
    """An answer and, before it, what it goes on from."""
    chain = [end]
    while (before := by_id.get(chain[-1].parent_id or 0)) is not None:
        chain.append(before)
    return tuple(chain[::-1])


def column_of(answer: Message) -> Column | None:
    """The column in which an answer stands, while its owner has still to pick."""
    comparison = undecided(answer.conversation_id) if answer.comparison else None
    if comparison is None or comparison.id != answer.comparison:
        return None
    return next(column for column in comparison.columns if column.place.number == answer.column)


def answers_of(conversation_id: UUID, comparison: UUID) -> QuerySet[Message]:
    """Every answer of a comparison, other tries and continuations included, oldest first."""
    found = Message.objects.filter(conversation=conversation_id, comparison=comparison)
    return found.select_related("conversation", "parent", "generation").order_by("pk")


def faces_beside(answers: Iterable[Message]) -> dict[int, tuple[ColumnFace, ...]]:
    """With whom answers were compared, by answer: of each other column its last payer. One query, or none. Of an answer and
    what goes on from it only the first is named."""
    firsts: dict[UUID, Message] = {}
    for one in answers:
        if one.comparison is not None:
            firsts.setdefault(one.comparison, one)
    if not firsts:
        return {}
    rows = Message.objects.filter(
        conversation__in={one.conversation_id for one in firsts.values()}, comparison__in=firsts
    )
    faces: dict[UUID, dict[int | None, ColumnFace]] = defaultdict(dict)
    for row in rows.order_by("pk").defer("parts_json"):
        if row.comparison is not None:
            faces[row.comparison][row.column] = _face(row)  # the newer one stays
    return {
        first.pk: tuple(face for number, face in faces[key].items() if number != first.column)
        for key, first in firsts.items()
    }


def _face(answer: Message) -> ColumnFace:
    return ColumnFace(
        name=answer.session_name,
        initials=answer.session_initials,
        color=answer.session_color,
        model=answer.model,
    )
