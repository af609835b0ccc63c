"""Starting and stopping runs, for the user who owns them. The runner's own side is `chat.services.runs`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.contrib.auth.models import User
from django.db import IntegrityError
from django.utils import timezone

from chat.models import Conversation, Generation, Message, QueuedMessage
from chat.models.chat_settings import ChatSettings
from chat.parts import StoredPart, attachments_of, encode_parts, name_of_parts
from chat.protocol import NO_CHANGE, SettingsChange
from chat.services import admission, attachments, branches, chat_settings, errors, queue, runs
from chat.services.branches import Standing
from chat.services.queue import Queued
from chat.services.turns import (
    Payer,
    Started,
    add_question,
    add_wording,
    conversation_of,
    find_sent,
    new_conversation,
)
from sessions_app.in_turn import atomic_in_turn
from sessions_app.models import ProviderSession
from sessions_app.prepared import Select, on
from sessions_app.services import audit

# Most messages are new.
_KNOWN = Select(
    lambda conversation, client: (
        Message.objects.filter(conversation=conversation, client_id=client)
        .values_list("pk")
        .union(
            QueuedMessage.objects.filter(conversation=conversation, client_id=client)
            .order_by()
            .values_list("pk")
        )
    ),
    on(Message, "conversation", "client_id"),
)


@dataclass(frozen=True, kw_only=True)
class NewMessage:
    """What a user sends. `client_id` makes it one message however often it arrives; `place` is where from. `replaces` is
    the message of which this is another wording; `settings` are for a conversation that begins with it. `attachments` are
    files of the user; `None` are none, or those of the message that is replaced. `wait`: if a limit of the session speaks
    against it, send it when that has passed."""

    conversation_id: UUID
    client_id: UUID
    text: str
    session_id: UUID
    model: str | None = None
    place: str = ""
    replaces: int | None = None
    wait: bool = False
    settings: SettingsChange = NO_CHANGE
    attachments: tuple[UUID, ...] | None = None


def start(
    user: User, new: NewMessage, *, now: datetime | None = None, takes_run: bool = False
) -> Started | Queued:
    """Store a message and have it answered; behind an answer that is being written it waits in the queue instead, unless
    it is another wording of an earlier one. One transaction; the same message again gives the same rows. `takes_run`: the
    caller runs it, so it is claimed in that transaction, too.

    Raises `NotThere`, `FileGone`, `FileNotTaken`, `TooManyFiles`, `PromptEmpty`, `PromptTooLarge`, `SettingsRefused`, `SessionNotUsable`, `ModelUnknown`, `PickFirst`,
    `StillAnswering`,
    `TooManyRunning`, `TooManySends`, `QueueFull`. May ask the provider for its models when the message names none.
    """
    now = now or timezone.now()
    admission.check_prompt(new.text, has_files=bool(new.attachments))
    chosen = chat_settings.changed(ChatSettings(), new.settings)
    if already := _find(user, new):  # the lock below is not for what only has to be looked up
        return already
    payer, parts, until = _prepared(user, new, now, takes_run=takes_run)
    try:
        with atomic_in_turn():
            admission.lock_out_other_tabs(user)
            conversation = conversation_of(user, new.conversation_id)
            if conversation is not None and (already := _sent(conversation, user, new.client_id)):
                return already
            if conversation is None:
                begun = _begin_new(new, payer=payer, parts=parts, chosen=chosen, now=now, until=until)
            else:
                begun = _go_on(conversation, new, payer=payer, parts=parts, now=now, until=until)
            audit.note_use(payer.session, user=user, place=new.place)
            return begun
    except IntegrityError:  # the same ids arrived at the same moment
        if already := _find(user, new):
            return already
        raise errors.NotThere from None


def _prepared(
    user: User, new: NewMessage, now: datetime, *, takes_run: bool
) -> tuple[Payer, tuple[StoredPart, ...], datetime | None]:
    """Who pays for what, and until when that has to wait; whether the session and its model take it."""
    session, until = _session_for(user, new, now)
    model = admission.model_for(session, new.model)
    payer = Payer(user=user, session=session, model=model, takes_run=takes_run)
    parts = attachments.message_parts(user, new.text, new.attachments or ())
    attachments.check_taken(session, payer.model, parts)
    return payer, parts, until


def _session_for(user: User, new: NewMessage, now: datetime) -> tuple[ProviderSession, datetime | None]:
    """Who pays, and until when the message has to wait for it."""
    if new.wait and new.replaces is None:
        return admission.session_to_wait_for(user, new.session_id, now=now)
    return admission.usable_session(user, new.session_id), None


def _find(user: User, new: NewMessage) -> Started | Queued | None:
    """What became of this message if it arrived before. Raises `NotThere` for somebody else's conversation."""
    conversation = conversation_of(user, new.conversation_id)
    return None if conversation is None else _sent(conversation, user, new.client_id)


def _sent(conversation: Conversation, user: User, client_id: UUID) -> Started | Queued | None:
    if not _KNOWN(conversation.pk, client_id):
        return None
    return find_sent(conversation.pk, user, client_id) or queue.find(conversation.pk, client_id)


def _begin_new(
    new: NewMessage,
    *,
    payer: Payer,
    parts: tuple[StoredPart, ...],
    chosen: ChatSettings,
    now: datetime,
    until: datetime | None,
) -> Started | Queued:
    """A conversation that begins with the message; nothing in it can speak against that."""
    if new.replaces is not None:
        raise errors.MessageGone
    conversation = new_conversation(
        payer.user, new.conversation_id, text=name_of_parts(parts), chosen=chosen, now=now
    )
    attachments.check_room(conversation.pk, parts)
    return _place(conversation, new, None, payer=payer, parts=parts, now=now, until=until)


def _go_on(
    conversation: Conversation,
    new: NewMessage,
    *,
    payer: Payer,
    parts: tuple[StoredPart, ...],
    now: datetime,
    until: datetime | None,
) -> Started | Queued:
    attachments.check_room(conversation.pk, parts)
    if new.replaces is not None:
        return _reword(conversation, new, payer=payer, parts=parts, now=now)
    standing = branches.standing_of(conversation.pk, head=conversation.head_id)
    if standing.unpicked:
        raise errors.PickFirst
    return _place(conversation, new, standing, payer=payer, parts=parts, now=now, until=until)


def _place(
    conversation: Conversation,
    new: NewMessage,
    standing: Standing | None,
    *,
    payer: Payer,
    parts: tuple[StoredPart, ...],
    now: datetime,
    until: datetime | None,
) -> Started | Queued:
    """Behind the end of the shown branch, or in the queue. `standing` is `None` in a conversation that begins."""
    parts_json = encode_parts(parts)
    must_wait = standing is not None and queue.must_wait(conversation, standing, now=now)
    if until is not None or must_wait:
        return queue.add(
            conversation, payer=payer, client_id=new.client_id, parts_json=parts_json, now=now, until=until
        )
    admission.check_limits(payer.user, now)
    return add_question(
        conversation,
        after=standing.end if standing else None,
        payer=payer,
        client_id=new.client_id,
        parts_json=parts_json,
        now=now,
    )


def _reword(
    conversation: Conversation,
    new: NewMessage,
    *,
    payer: Payer,
    parts: tuple[StoredPart, ...],
    now: datetime,
) -> Started:
    """The message in other words, beside the old one; its files stay unless others are named."""
    asked = conversation.messages.filter(role=Message.Role.USER)
    if (old := asked.filter(pk=new.replaces or 0).first()) is None:
        raise errors.MessageGone
    if branches.unfinished(conversation.pk):
        raise errors.StillAnswering
    admission.check_limits(payer.user, now)
    kept = attachments_of(old.parts) if new.attachments is None else ()
    parts_json = encode_parts((*kept, *parts))
    return add_wording(old, payer=payer, client_id=new.client_id, parts_json=parts_json, now=now)


def get(user_id: int, generation_id: UUID) -> Generation:
    """One run of this user, with its message. Raises `NotThere`."""
    mine = Generation.objects.owned_by(user_id).shown().select_related("message")
    found = mine.filter(pk=generation_id).first()
    if found is None:
        raise errors.AnswerGone
    return found


def stop(user_id: int, generation_id: UUID, *, now: datetime | None = None) -> Generation:
    """Ask for the end of a run. A queued one ends here and nothing is sent; a running one ends when its runner
    sees the wish. Twice, or too late, changes nothing. Raises `NotThere`."""
    generation = get(user_id, generation_id)
    _stop(generation, now or timezone.now())
    return generation


def stop_all(conversation_id: UUID, *, now: datetime) -> list[UUID]:
    """The same for whatever is being answered in a conversation, whose owner wants it; which runs those are."""
    found = list(Generation.objects.unfinished().filter(message__conversation=conversation_id))
    for generation in found:
        _stop(generation, now)
    return [generation.pk for generation in found]


def _stop(generation: Generation, now: datetime) -> None:
    if generation.status == Generation.Status.QUEUED:
        if runs.end_from_outside(generation, "stopped", None, now=now):
            return
        generation.refresh_from_db()  # a runner was faster
    if generation.status == Generation.Status.RUNNING:
        running = Generation.objects.filter(pk=generation.pk, stop_requested_at=None)
        running.unfinished().update(stop_requested_at=now)


def unfinished(user_id: int) -> list[Generation]:
    """What is being answered for this user now, oldest first."""
    mine = Generation.objects.owned_by(user_id).unfinished().shown().select_related("message")
    return list(mine.order_by("created_at"))
