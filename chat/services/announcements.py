"""What the pages of a user are told when something happens, read from the database: frames and whose they are. In English:
`chat.services.wording` finds the words of each page."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext_noop

from chat.models import Conversation, Generation, Message, QueuedMessage
from chat.protocol import (
    AnswerMessage,
    AskedMessage,
    ColumnPlace,
    ComparisonView,
    ConversationFrame,
    QueuedView,
    SessionBadge,
    StartedFrame,
    StatusFrame,
    WaitsView,
)
from chat.services import branches, columns, errors, release
from chat.services.attachments import files_of
from sessions_app.models import ProviderSession
from sessions_app.prepared import Select, on

_CONVERSATION = Select(
    lambda pk: Conversation.objects.select_related("session").filter(pk=pk), on(Conversation, "id")
)
_QUEUE = Select(
    lambda conversation: QueuedMessage.objects.select_related("session").filter(conversation=conversation),
    on(QueuedMessage, "conversation"),
)
_STARTED = Select(
    lambda generation: Message.objects.select_related("conversation", "parent", "generation").filter(
        generation=generation, conversation__deleted_at=None
    ),
    on(Generation, "id"),
)


@dataclass(frozen=True)
class News:
    """A frame and whose pages it is for."""

    user_id: int
    frame: StartedFrame | StatusFrame


@dataclass(frozen=True)
class State:
    """A conversation as it is at `revision`."""

    user_id: int
    revision: int
    frame: ConversationFrame


def started(generation_id: UUID) -> News | None:
    """An answer began; `None` if it is gone already."""
    answer = _STARTED.first(generation_id)
    return None if answer is None else started_now(answer)


def started_now(answer: Message) -> News:
    """The same of an answer whose conversation, parent and run are at hand."""
    return News(answer.generation.user_id, _started_frame(answer))


def _started_frame(answer: Message, *, with_question: bool | None = None) -> StartedFrame:
    """`with_question`: whether the page lacks the question too; by default, if this is the first answer to it."""
    parent = answer.parent
    asked = parent if parent is not None and parent.role == Message.Role.USER else None
    if with_question is None:
        with_question = answer.client_id is None
    if asked is None or not with_question:
        asked, after = None, answer.parent_id
    else:
        after = asked.parent_id
    return StartedFrame(
        conversation=answer.conversation_id,
        revision=answer.conversation.revision,
        title=answer.conversation.title,
        generation=answer.generation.pk,
        client_id=answer.client_id or (asked.client_id if asked else None),
        after=_text_id(after),
        user_message=_asked(asked) if asked else None,
        message=_answer_message(answer),
    )


def _answer_message(answer: Message) -> AnswerMessage:
    column = columns.column_of(answer)
    is_first = answer.parent is not None and answer.parent.role == Message.Role.USER
    return AnswerMessage(
        id=str(answer.pk),
        session=_payer_of(answer),
        model=answer.model,
        column=ColumnPlace(comparison=column.place.comparison, number=column.place.number)
        if column
        else None,
        beside=columns.faces_beside([answer]).get(answer.pk, ()) if is_first and not column else (),
    )


def _asked(message: Message) -> AskedMessage:
    return AskedMessage(
        id=str(message.pk),
        text=message.text,
        created_at=message.created_at,
        attachments=files_of(message.parts),
    )


def _payer_of(answer: Message) -> SessionBadge:
    return SessionBadge(
        id=answer.generation.session_id,
        name=answer.session_name,
        initials=answer.session_initials,
        color=answer.session_color,
    )


def _text_id(pk: int | None) -> str | None:
    return None if pk is None else str(pk)


def ended(generation_id: UUID) -> News | None:
    """An answer is over; `None` if it is not, or is gone."""
    generation = Generation.objects.select_related("message").filter(pk=generation_id).first()
    if generation is None or generation.status in Generation.UNFINISHED:
        return None
    frame = StatusFrame(
        generation=generation.pk, conversation=generation.message.conversation_id, status=generation.status
    )
    return News(generation.user_id, frame)


def state_of(conversation_id: UUID) -> State | None:
    """A conversation as every page of its owner should know it; `None` if it is gone."""
    conversation = _CONVERSATION.first(conversation_id)
    if conversation is None:
        return None
    return State(conversation.owner_id, conversation.revision, frame_of(conversation))


def frame_of(conversation: Conversation) -> ConversationFrame:
    """The state of a conversation; its session should be loaded with it."""
    if conversation.deleted_at is not None:
        return ConversationFrame(
            conversation=conversation.pk,
            revision=conversation.revision,
            title=conversation.title,
            deleted=True,
        )
    # First, so that a message which goes out between two reads is seen waiting and answered, never neither.
    rows = _QUEUE(conversation.pk)
    parents = branches.parents_of(conversation.pk)
    end = branches.chosen_end(conversation.head_id, parents)
    forks = branches.forks(branches.path_to(end, parents), parents)
    writing = branches.writing(conversation.pk)
    standing = branches.standing_at(end, is_busy=bool(writing))
    waits = release.waits_of(rows, standing, now=timezone.now())
    return ConversationFrame(
        conversation=conversation.pk,
        revision=conversation.revision,
        title=conversation.title,
        updated_at=conversation.updated_at,
        session=badge_of(conversation.session) if conversation.session else None,
        settings=conversation.settings,
        running=standing.status == Message.Status.STREAMING,
        newest=_text_id(standing.end),
        comparison=_comparison_view(conversation.pk) if standing.unpicked else None,
        writing=tuple(str(pk) for pk in writing),
        forks=tuple(tuple(str(pk) for pk in siblings) for siblings in forks),
        pinned=conversation.pinned_at is not None,
        archived=conversation.archived_at is not None,
        queue=tuple(_queued(row) for row in rows),
        waits=WaitsView(code=waits.code, message=waits.message, why=waits.why) if waits else None,
    )


def _comparison_view(conversation_id: UUID) -> ComparisonView | None:
    comparison = columns.undecided(conversation_id)
    if comparison is None:
        return None
    newest = tuple(str(column.newest.pk) for column in comparison.columns)
    return ComparisonView(id=comparison.id, question=str(comparison.question.pk), newest=newest)


def badge_of(session: ProviderSession | None) -> SessionBadge:
    """How a payer is shown."""
    if session is None:
        return SessionBadge(id=None, name=gettext_noop("a deleted session"), initials="–", color=8)
    return SessionBadge(id=session.pk, name=session.name, initials=session.initials, color=session.color)


def _queued(row: QueuedMessage) -> QueuedView:
    return QueuedView(
        client_id=row.client_id,
        text=row.text,
        session=badge_of(row.session),
        usable=row.session is not None and row.session.is_usable,
        model=row.model,
        not_before=row.not_before,
        again=row.parent_id is not None,
        attachments=files_of(row.parts),
    )


def missed(user_id: int, conversation_id: UUID, after: str) -> tuple[StartedFrame | ConversationFrame, ...]:
    """What a page lacks whose last message is `after`: the answers of the shown branch from where it leaves that of the
    page, in order, then the state. Raises `NotThere`."""
    mine = Conversation.objects.owned_by(user_id).select_related("session")
    conversation = mine.filter(pk=conversation_id).first()
    if conversation is None:
        raise errors.NotThere
    parents = branches.parents_of(conversation_id)
    shown = branches.shown_path(conversation_id, parents)
    known = int(after) if after.isascii() and after.isdigit() and int(after) in parents else None
    missing = shown[branches.common(shown, branches.path_to(known, parents)) :]
    answers = (
        Message.objects.filter(pk__in=missing[-branches.WINDOW :], role=Message.Role.ASSISTANT)
        .select_related("conversation", "parent", "generation")
        .order_by("pk")
    )
    frames = [_started_frame(one, with_question=one.parent_id in missing) for one in answers]
    comparison = columns.undecided(conversation_id)
    frames += [_started_frame(one, with_question=True) for one in (comparison.shown if comparison else ())]
    return (*frames, frame_of(conversation))


def changed_since(user_ids: Collection[int], since: datetime) -> dict[UUID, int]:
    """Which conversations of these users changed after `since`, and at which revision they are."""
    found = Conversation.objects.filter(owner__in=user_ids, changed_at__gt=since)
    return dict(found.values_list("pk", "revision"))
