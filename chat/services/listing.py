"""Lists of a user's conversations: the rail and what is older, the archived ones, what is being answered. Reads only.

A list goes on behind a cursor, the place of its last row, so that rows which come and go meanwhile are neither
doubled nor left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.contrib.auth.models import User
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from chat.models import Conversation, Generation
from chat.models.conversation import ConversationQuerySet

LIST_LIMIT = 200  # with the page
MORE_LIMIT = 100  # each time that more are asked for
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True)
class Cursor:
    """The place of a row in a list that is ordered by a time, then by id."""

    at: datetime
    id: UUID

    def __str__(self) -> str:
        return f"{(self.at - _EPOCH) // _MICROSECOND}.{self.id.hex}"

    @classmethod
    def parse(cls, text: str) -> Cursor | None:
        """What `str` gave; `None` for an empty text. Raises `ValueError` with a sentence."""
        if not text:
            return None
        number, _dot, identity = text.partition(".")
        try:
            return cls(_EPOCH + int(number) * _MICROSECOND, UUID(identity))
        except (ValueError, OverflowError):
            raise ValueError(_("That is no place in the list. Reload the page.")) from None


@dataclass(frozen=True, kw_only=True)
class ConversationRow:
    """One line of a list."""

    id: UUID
    title: str
    updated_at: datetime
    url: str
    session_id: UUID | None
    session_name: str
    session_initials: str
    session_color: int | None
    running: bool
    pinned: bool


@dataclass(frozen=True, kw_only=True)
class ConversationList:
    """A part of a list; `older` is the cursor to go on from, `None` at the end."""

    rows: tuple[ConversationRow, ...]
    older: Cursor | None


@dataclass(frozen=True, kw_only=True)
class RunningNow:
    """A conversation that is being answered."""

    id: UUID
    title: str
    url: str


def running_now(user_id: int) -> list[RunningNow]:
    """What is being answered for the user, newest first."""
    mine = Generation.objects.owned_by(user_id).unfinished().shown().order_by("-created_at")
    found = dict(mine.values_list("message__conversation", "message__conversation__title"))
    return [
        RunningNow(id=pk, title=title, url=reverse("chat:conversation", args=[pk]))
        for pk, title in found.items()  # a comparison has several runs in one conversation
    ]


def list_conversations(
    user: User, *, session_id: UUID | None = None, limit: int = LIST_LIMIT
) -> ConversationList:
    """What is pinned, then what is newest, without the archived; three queries however many there are. `session_id`:
    only those that this session would pay for next."""
    mine = _on_the_list(user, session_id)
    pinned = mine.filter(pinned_at__isnull=False).order_by("-pinned_at", "-pk")[:limit]
    running = _running(user)
    others = _part(mine.filter(pinned_at=None), running, by="updated_at", before=None, limit=limit)
    on_top = (row_of(one, running=one.pk in running) for one in pinned)
    return ConversationList(rows=(*on_top, *others.rows), older=others.older)


def older(
    user: User, *, before: Cursor | None, session_id: UUID | None = None, limit: int = MORE_LIMIT
) -> ConversationList:
    """How that list goes on. Without a cursor: from its beginning."""
    if before is None:
        return list_conversations(user, session_id=session_id, limit=limit)
    others = _on_the_list(user, session_id).filter(pinned_at=None)
    return _part(others, _running(user), by="updated_at", before=before, limit=limit)


def archived(user: User, *, before: Cursor | None = None, limit: int = MORE_LIMIT) -> ConversationList:
    """What was taken off the list, the last one first."""
    mine = Conversation.objects.owned_by(user.pk).select_related("session")
    found = mine.filter(archived_at__isnull=False)
    return _part(found, _running(user), by="archived_at", before=before, limit=limit)


def _on_the_list(user: User, session_id: UUID | None) -> ConversationQuerySet:
    mine = Conversation.objects.owned_by(user.pk).select_related("session").filter(archived_at=None)
    return mine if session_id is None else mine.filter(session=session_id)


def _part(
    found: ConversationQuerySet, running: set[UUID], *, by: str, before: Cursor | None, limit: int
) -> ConversationList:
    if before is not None:
        found = found.filter(Q(**{f"{by}__lt": before.at}) | Q(**{by: before.at}, pk__lt=before.id))
    rows = list(found.order_by(f"-{by}", "-pk")[: limit + 1])
    last = rows[limit - 1] if len(rows) > limit else None
    return ConversationList(
        rows=tuple(row_of(one, running=one.pk in running) for one in rows[:limit]),
        older=Cursor(getattr(last, by), last.pk) if last else None,
    )


def _running(user: User) -> set[UUID]:
    unfinished = Generation.objects.owned_by(user.pk).unfinished()
    return set(unfinished.values_list("message__conversation_id", flat=True))


def row_of(conversation: Conversation, *, running: bool) -> ConversationRow:
    """A line of a list; the session should be loaded with it."""
    session = conversation.session
    return ConversationRow(
        id=conversation.pk,
        title=conversation.title,
        updated_at=conversation.updated_at,
        url=reverse("chat:conversation", args=[conversation.pk]),
        session_id=conversation.session_id,
        session_name=session.name if session else "",
        session_initials=session.initials if session else "",
        session_color=session.color if session else None,
        running=running,
        pinned=conversation.pinned_at is not None,
    )
