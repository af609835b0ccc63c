"""Answers side by side as the page shows them: those of which none is picked, and those of a comparison that is decided."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.utils.translation import gettext as _

from chat.models import Conversation, Message
from chat.services import columns, errors
from chat.services.columns import Comparison
from chat.services.thread import MessageView, view_of


@dataclass(frozen=True, kw_only=True)
class ColumnView:
    """One column; `number` from 0. `end` is its last answer, with which the conversation may go on."""

    number: int
    messages: tuple[MessageView, ...]

    @property
    def end(self) -> MessageView:
        return self.messages[-1]


@dataclass(frozen=True, kw_only=True)
class ComparisonView:
    """`picked` is the number of the column that was picked, `None` before."""

    id: UUID
    columns: tuple[ColumnView, ...]
    picked: int | None = None


def undecided(conversation: Conversation) -> ComparisonView | None:
    """What stands side by side at the end of the shown branch, while none of it is picked."""
    comparison = columns.undecided(conversation.pk)
    return _view_of(comparison, picked=None) if comparison else None


def around(user_id: int, generation_id: UUID) -> ComparisonView:
    """The comparison that an answer of this user belongs to, also after the choice. Raises `NotThere`."""
    answer = Message.objects.owned_by(user_id).filter(generation=generation_id).first()
    comparison = columns.around(answer) if answer else None
    if answer is None or comparison is None:
        raise errors.NotThere(_("This comparison does not exist any more. Reload the page."))
    still_open = columns.undecided(answer.conversation_id)
    is_decided = still_open is None or still_open.id != comparison.id
    return _view_of(comparison, picked=answer.column if is_decided else None)


def _view_of(comparison: Comparison, *, picked: int | None) -> ComparisonView:
    ids = [one.pk for one in comparison.shown]
    whole = Message.objects.select_related("generation").in_bulk(ids)  # with their texts
    return ComparisonView(
        id=comparison.id,
        columns=tuple(
            ColumnView(
                number=column.place.number, messages=tuple(view_of(whole[one.pk]) for one in column.shown)
            )
            for column in comparison.columns
        ),
        picked=picked,
    )
