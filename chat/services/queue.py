"""Messages that wait, for the answer before them or for a limit of their session: added, changed, taken back, put first.
`release` sends them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from chat.models import Conversation, Message, QueuedMessage
from chat.numbers import grouped
from chat.parts import attachments_of, encode_parts
from chat.services import admission, attachments, branches, errors, release
from chat.services.branches import Standing
from chat.services.turns import Payer
from providers.messages import TextPart
from sessions_app.prepared import Select, on

_FIRST = Select(
    lambda conversation: QueuedMessage.objects.filter(conversation=conversation)[:1],
    on(QueuedMessage, "conversation"),
)


@dataclass(frozen=True, kw_only=True)
class Queued:
    """A message in the queue. `created` is false when it had arrived before."""

    conversation: Conversation
    client_id: UUID
    created: bool


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """A queued message was put first. `to_stop` are the runs that are in its way."""

    conversation_id: UUID
    to_stop: tuple[UUID, ...]


def find(conversation_id: UUID, client_id: UUID) -> Queued | None:
    """The message if it is in the queue; the owner has been checked."""
    rows = QueuedMessage.objects.select_related("conversation")
    found = rows.filter(conversation=conversation_id, client_id=client_id).first()
    if found is None:
        return None
    return Queued(conversation=found.conversation, client_id=client_id, created=False)


def must_wait(conversation: Conversation, standing: Standing, *, now: datetime) -> bool:
    """Whether a new message has to queue in a conversation that stands so: an answer is being written, or others are
    about to go out before it.

    It passes a queue that waits for its owner: who writes then wants an answer now.
    """
    if standing.status == Message.Status.STREAMING:
        return True
    first = _FIRST.first(conversation.pk)
    return first is not None and release.may_go(first, standing, now=now)


def add(
    conversation: Conversation,
    *,
    payer: Payer,
    client_id: UUID,
    parts_json: str,
    now: datetime,
    until: datetime | None = None,
    parent: Message | None = None,
) -> Queued:
    """Put a message behind the others, inside the caller's transaction; one that waits `until` a limit has passed goes
    before those that wait for an answer, because its owner wants it sent whatever became of that. Raises `QueueFull`."""
    waiting = list(conversation.queue.all())
    row = QueuedMessage(
        conversation=conversation,
        client_id=client_id,
        position=_place_among(waiting, has_time=until is not None),
        parts_json=parts_json,
        session=payer.session,
        model=payer.model,
        wanted_now=until is not None,
        not_before=until,
        parent=parent,
        created_at=now,
    )
    _check_room([*waiting, row])
    row.save()
    attachments.link(row)
    Conversation.objects.filter(pk=conversation.pk).touch(archived_at=None)
    return Queued(conversation=conversation, client_id=client_id, created=True)


def _place_among(waiting: list[QueuedMessage], *, has_time: bool) -> int:
    others = [row.position for row in waiting if row.not_before is None]
    if has_time and others:
        return min(others) - 1
    return waiting[-1].position + 1 if waiting else 0


def _check_room(rows: list[QueuedMessage]) -> None:
    most, most_bytes = settings.MAESTRO_MAX_QUEUED, settings.MAESTRO_MAX_PROMPT_BYTES
    if len(rows) > most:
        raise errors.QueueFull(
            _("%(most)s messages are waiting, the most there may be. Wait, or delete one.") % {"most": most}
        )
    if sum(admission.size_of(row.text) for row in rows) > most_bytes:
        raise errors.QueueFull(
            _("Waiting messages may have %(most)s bytes together. Wait, or shorten one.")
            % {"most": grouped(most_bytes)}
        )


def edit(user: User, conversation_id: UUID, client_id: UUID, text: str) -> None:
    """Give a waiting message another text, which makes it a message of its own; its files stay. Raises `NotThere`,
    `AlreadySent`, `PromptEmpty`, `PromptTooLarge`, `QueueFull`."""
    with transaction.atomic():
        row = _locked(user, conversation_id, client_id)
        files = attachments_of(row.parts)
        admission.check_prompt(text, has_files=bool(files))
        row.parts_json = encode_parts((*files, *((TextPart(text=text),) if text.strip() else ())))
        _check_room([*row.conversation.queue.exclude(pk=row.pk), row])
        _change(row, parts_json=row.parts_json, parent=None)


def delete(user: User, conversation_id: UUID, client_id: UUID) -> None:
    """Take a waiting message back. Again changes nothing. Raises `NotThere`, `AlreadySent`."""
    with transaction.atomic():
        try:
            row = _locked(user, conversation_id, client_id)
        except errors.NotQueued:
            return
        QueuedMessage.objects.filter(pk=row.pk).delete()
        Conversation.objects.filter(pk=conversation_id).touch()


def send_now(
    user: User,
    conversation_id: UUID,
    client_id: UUID,
    *,
    session_id: UUID | None = None,
    model: str | None = None,
) -> Wanted:
    """Put a waiting message first and let it go although the answer before it is not complete. The caller stops the
    runs that `Wanted` names, then releases. `session_id` changes who pays, for a message whose own session cannot.

    Again, or when it was sent already, changes nothing. Raises `NotThere`, `PickFirst`, `SessionNotUsable`,
    `ModelUnknown`.
    """
    changes: dict[str, object] = {}
    if session_id is not None:
        session = admission.usable_session(user, session_id)
        changes = {"session": session, "model": admission.model_for(session, model)}
    with transaction.atomic():
        try:
            row = _locked(user, conversation_id, client_id)
        except errors.AlreadySent:
            return Wanted(conversation_id=conversation_id, to_stop=())
        if branches.standing_of(conversation_id).unpicked:
            raise errors.PickFirst
        first = row.conversation.queue.order_by("position", "pk").values_list("position", flat=True)[0]
        _change(row, wanted_now=True, not_before=None, position=first - 1, **changes)
        to_stop = branches.unfinished(conversation_id)
    return Wanted(conversation_id=conversation_id, to_stop=to_stop)


def _locked(user: User, conversation_id: UUID, client_id: UUID) -> QueuedMessage:
    """The waiting message, safe from being sent until the transaction ends.

    Raises `NotThere` for a foreign or unknown conversation, `AlreadySent`, or `NotQueued`.
    """
    admission.lock_out_other_tabs(user)
    if not Conversation.objects.owned_by(user.pk).filter(pk=conversation_id).exists():
        raise errors.NotThere
    row = QueuedMessage.objects.filter(conversation=conversation_id, client_id=client_id)
    if (found := row.select_related("conversation").first()) is not None:
        return found
    if Message.objects.filter(conversation=conversation_id, client_id=client_id).exists():
        raise errors.AlreadySent
    raise errors.NotQueued


def _change(row: QueuedMessage, **fields: object) -> None:
    """Write to a waiting message; whatever was in its way is looked at afresh."""
    fields |= {"refused_code": "", "refused_why": "", "revision": F("revision") + 1}
    QueuedMessage.objects.filter(pk=row.pk).update(**fields)
    Conversation.objects.filter(pk=row.conversation_id).touch()
