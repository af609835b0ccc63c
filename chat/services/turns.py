"""The rows of a turn: a question, its answer that is empty yet, and the run that will fill it.

Makes rows; whether it is allowed was decided by the caller, inside whose transaction this happens.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.contrib.auth.models import User

from chat.models import Conversation, Generation, Message
from chat.models.chat_settings import ChatSettings, encode_settings
from chat.services import attachments, branches, errors
from chat.services.titles import title_from
from sessions_app.models import ProviderSession


@dataclass(frozen=True, kw_only=True)
class Payer:
    """Who sends, and through which session and model it is answered and paid."""

    user: User
    session: ProviderSession
    model: str


@dataclass(frozen=True, kw_only=True)
class Started:
    """The rows of a run. `created` is false when the wish had arrived before; `user_message` is `None` for another
    try or a continuation, which asks nothing new."""

    conversation: Conversation
    user_message: Message | None
    message: Message
    generation: Generation
    created: bool


@dataclass(frozen=True, kw_only=True)
class InColumn:
    """The place of an answer in a comparison; `number` from 0."""

    comparison: UUID
    number: int


def conversation_for(
    user: User, conversation_id: UUID, *, text: str, chosen: ChatSettings, now: datetime
) -> Conversation:
    """The user's conversation with this id; if there is none, it is made, named after `text` and set as `chosen`.
    Raises `NotThere`."""
    conversation, _ = Conversation.objects.get_or_create(
        pk=conversation_id,
        defaults={
            "owner": user,
            "title": title_from(text),
            "settings_json": encode_settings(chosen),
            "created_at": now,
        },
    )
    if conversation.owner_id != user.pk or conversation.deleted_at is not None:
        raise errors.NotThere
    return conversation


def add_question(
    conversation: Conversation,
    *,
    payer: Payer,
    client_id: UUID,
    parts_json: str,
    now: datetime,
    beside: Message | None = None,
) -> Started:
    """A message of the user at the end of the shown branch, or as another wording of the message `beside`, and its run."""
    parent = beside.parent if beside else branches.end_of(conversation.pk)
    asked = _ask(conversation, parent=parent, client_id=client_id, parts_json=parts_json, now=now)
    answer = add_answer(asked, payer=payer, now=now)
    return Started(
        conversation=conversation,
        user_message=asked,
        message=answer,
        generation=answer.generation,
        created=True,
    )


def _ask(
    conversation: Conversation, *, parent: Message | None, client_id: UUID, parts_json: str, now: datetime
) -> Message:
    asked = Message.objects.create(
        conversation=conversation,
        parent=parent,
        role=Message.Role.USER,
        client_id=client_id,
        parts_json=parts_json,
        created_at=now,
    )
    attachments.link(asked)
    return asked


def add_columns(
    conversation: Conversation,
    *,
    payers: Sequence[Payer],
    comparison: UUID,
    client_id: UUID,
    parts_json: str,
    now: datetime,
) -> Message:
    """A message of the user at the end of the shown branch, with which that ends now, and an answer of each payer below."""
    end = branches.end_of(conversation.pk)
    asked = _ask(conversation, parent=end, client_id=client_id, parts_json=parts_json, now=now)
    first = payers[0]
    branches.lead_to(conversation.pk, asked.pk, session=first.session, model=first.model, updated_at=now)
    for number, payer in enumerate(payers):
        add_answer(asked, payer=payer, now=now, column=InColumn(comparison=comparison, number=number))
    return asked


def add_answer(
    parent: Message,
    *,
    payer: Payer,
    now: datetime,
    client_id: UUID | None = None,
    column: InColumn | None = None,
) -> Message:
    """An empty answer behind `parent` with its queued run; the conversation shows it and remembers who pays. In a `column`
    it stands beside others, and the choice between them stays open. An archived one is back on the list."""
    answer = Message.objects.create(
        conversation_id=parent.conversation_id,
        parent=parent,
        role=Message.Role.ASSISTANT,
        client_id=client_id,
        status=Message.Status.STREAMING,
        session_name=payer.session.name,
        session_initials=payer.session.initials,
        session_color=payer.session.color,
        model=payer.model,
        comparison=column.comparison if column else None,
        column=column.number if column else None,
        created_at=now,
    )
    Generation.objects.create(
        message=answer, session=payer.session, user=payer.user, model=payer.model, created_at=now
    )
    if column is not None:
        Conversation.objects.filter(pk=parent.conversation_id).touch(updated_at=now, archived_at=None)
        return answer
    branches.lead_to(
        parent.conversation_id,
        answer.pk,
        session=payer.session,
        model=payer.model,
        updated_at=now,
        archived_at=None,
    )
    return answer


def find_sent(conversation_id: UUID, user: User, client_id: UUID) -> Started | None:
    """The rows that this wish made when it arrived before; `None` also for somebody else's."""
    sent = (
        Message.objects.owned_by(user.pk)
        .select_related("conversation", "generation")
        .filter(conversation=conversation_id, client_id=client_id)
        .first()
    )
    if sent is None:
        return None
    is_question = sent.role == Message.Role.USER
    answer = sent.replies.select_related("generation").order_by("pk").first() if is_question else sent
    if answer is None:
        return None
    return Started(
        conversation=sent.conversation,
        user_message=sent if is_question else None,
        message=answer,
        generation=answer.generation,
        created=False,
    )
