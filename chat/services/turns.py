"""The rows of a turn: a question, its answer that is empty yet, and the run that will fill it.

Makes rows; whether it is allowed was decided by the caller, inside whose transaction this happens.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.contrib.auth.models import User
from django.db.models import F
from django.utils import timezone

from chat.models import Conversation, Generation, Message
from chat.models.chat_settings import ChatSettings, encode_settings
from chat.services import attachments, branches, errors
from chat.services.titles import title_from
from sessions_app.models import ProviderSession
from sessions_app.prepared import Select, Update, insert, on

_CONVERSATION = Select(lambda pk: Conversation.objects.filter(pk=pk), on(Conversation, "id"))
_GOES_ON = Update(
    lambda pk, head, session, model, now, changed: (
        Conversation.objects.filter(pk=pk),
        {
            "head": head,
            "session": session,
            "model": model,
            "updated_at": now,
            "archived_at": None,
            "changed_at": changed,
            "revision": F("revision") + 1,
        },
    ),
    on(Conversation, "id", "head", "session", "model", "updated_at", "changed_at"),
)


@dataclass(frozen=True, kw_only=True)
class Payer:
    """Who sends, and through which session and model it is answered and paid. `takes_run`: this process runs it, so the
    run is claimed as it is stored."""

    user: User
    session: ProviderSession
    model: str
    takes_run: bool = False


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


def conversation_of(user: User, conversation_id: UUID) -> Conversation | None:
    """The user's conversation with this id, `None` if there is none yet. Raises `NotThere` for another's or a deleted one."""
    found = _CONVERSATION.first(conversation_id)
    if found is not None and (found.owner_id != user.pk or found.deleted_at is not None):
        raise errors.NotThere
    return found


def new_conversation(
    user: User, conversation_id: UUID, *, text: str, chosen: ChatSettings, now: datetime
) -> Conversation:
    """One that is named after `text` and set as `chosen`. Raises `IntegrityError` if it was made in the same moment."""
    conversation = Conversation(
        pk=conversation_id,
        owner=user,
        title=title_from(text),
        settings_json=encode_settings(chosen),
        created_at=now,
    )
    insert(conversation)
    return conversation


def add_question(
    conversation: Conversation,
    *,
    after: int | None,
    payer: Payer,
    client_id: UUID,
    parts_json: str,
    now: datetime,
) -> Started:
    """A message of the user and its run. `after` is the end of the shown branch, `None` in an empty conversation."""
    asked = _ask(conversation, parent=after, client_id=client_id, parts_json=parts_json, now=now)
    return _answered(asked, add_answer(asked, payer=payer, now=now, at_end=True))


def add_wording(beside: Message, *, payer: Payer, client_id: UUID, parts_json: str, now: datetime) -> Started:
    """The same as another wording of the message `beside`, which leaves its branch."""
    asked = _ask(
        beside.conversation, parent=beside.parent_id, client_id=client_id, parts_json=parts_json, now=now
    )
    return _answered(asked, add_answer(asked, payer=payer, now=now))


def _answered(asked: Message, answer: Message) -> Started:
    return Started(
        conversation=asked.conversation,
        user_message=asked,
        message=answer,
        generation=answer.generation,
        created=True,
    )


def _ask(
    conversation: Conversation, *, parent: int | None, client_id: UUID, parts_json: str, now: datetime
) -> Message:
    asked = Message(
        conversation=conversation,
        parent_id=parent,
        role=Message.Role.USER,
        client_id=client_id,
        parts_json=parts_json,
        created_at=now,
    )
    insert(asked)
    attachments.link(asked)
    return asked


def add_columns(
    conversation: Conversation,
    *,
    after: int | None,
    payers: Sequence[Payer],
    comparison: UUID,
    client_id: UUID,
    parts_json: str,
    now: datetime,
) -> Message:
    """A message of the user `after` the end of the shown branch, which ends with it now, and an answer of each payer below."""
    asked = _ask(conversation, parent=after, client_id=client_id, parts_json=parts_json, now=now)
    first = payers[0]
    branches.extend(conversation.pk, asked.pk, session=first.session, model=first.model, updated_at=now)
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
    at_end: bool = False,
) -> Message:
    """An empty answer behind `parent` with its queued run; the conversation shows it and remembers who pays. In a `column`
    it stands beside others, and the choice between them stays open. `at_end`: the shown branch goes on with it, which
    needs no look at the tree. An archived one is back on the list."""
    answer = Message(
        conversation=parent.conversation,
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
    insert(answer)
    insert(_run_of(answer, payer, now))
    if column is not None:
        Conversation.objects.filter(pk=parent.conversation_id).touch(updated_at=now, archived_at=None)
        return answer
    if at_end:
        _GOES_ON(
            parent.conversation_id, answer.pk, payer.session.pk, payer.model, now, timezone.now()
        )  # fmt: skip
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


def _run_of(answer: Message, payer: Payer, now: datetime) -> Generation:
    run = Generation(
        message=answer, session=payer.session, user=payer.user, model=payer.model, created_at=now
    )
    if payer.takes_run:
        run.status, run.epoch, run.heartbeat_at = Generation.Status.RUNNING, 1, timezone.now()
    return run


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
