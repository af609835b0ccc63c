"""The same message to several payers at once, and the choice of the answer to go on with.

All of a comparison is stored in one transaction or nothing is: whoever compares two accounts does not want one answer of
one account. The answers are ordinary ones otherwise, each with its run, its session and its cost.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from chat.models import Conversation, Generation, Message
from chat.models.chat_settings import ChatSettings
from chat.parts import StoredPart, encode_parts, name_of_parts
from chat.protocol import NO_CHANGE, SettingsChange
from chat.services import admission, attachments, branches, chat_settings, columns, errors, queue
from chat.services.columns import Comparison
from chat.services.turns import Payer, add_columns, conversation_of, new_conversation
from sessions_app.services import audit


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Who is to answer one column."""

    session_id: UUID
    model: str | None = None


@dataclass(frozen=True, kw_only=True)
class NewComparison:
    """What a user sends, and to whom: `wanted` are two to four, of which no two are the same. `client_id` makes it one
    comparison however often it arrives; `place` is where from; `settings` are for a conversation that begins with it."""

    conversation_id: UUID
    client_id: UUID
    text: str
    wanted: Sequence[Wanted]
    place: str = ""
    settings: SettingsChange = NO_CHANGE
    attachments: tuple[UUID, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Compared:
    """The rows of a comparison. `created` is false when it had arrived before."""

    conversation: Conversation
    comparison: Comparison
    created: bool


def compare(user: User, new: NewComparison, *, now: datetime | None = None) -> Compared:
    """Store a message and have every payer answer it. The same message again gives the same rows.

    Raises `NotThere`, `FileGone`, `FileNotTaken`, `TooManyFiles`, `PromptEmpty`, `PromptTooLarge`, `SettingsRefused`, `SamePayerTwice`, `StillAnswering`, `PickFirst`, `TooManyRunning`,
    `TooManySends`, and what speaks against a payer: `SessionNotUsable`, `BudgetSpent`, `ModelUnknown`. May ask providers
    for their models where none is named.
    """
    now = now or timezone.now()
    admission.check_prompt(new.text, has_files=bool(new.attachments))
    chosen = chat_settings.changed(ChatSettings(), new.settings)
    if already := _find(user, new):
        return already
    parts = attachments.message_parts(user, new.text, new.attachments)
    payers = _payers(user, new.wanted, parts)
    try:
        with transaction.atomic():
            admission.lock_out_other_tabs(user)
            if already := _find(user, new):
                return already
            begun = _begin(user, new, payers=payers, parts=parts, chosen=chosen, now=now)
            for payer in payers:
                audit.note_use(payer.session, user=user, place=new.place)
            return begun
    except IntegrityError:  # the same ids arrived at the same moment
        if already := _find(user, new):
            return already
        raise errors.NotThere from None


def _find(user: User, new: NewComparison) -> Compared | None:
    """What became of this message if it arrived before. Raises `NotThere` for somebody else's conversation."""
    if Conversation.objects.filter(pk=new.conversation_id).exclude(owner=user).exists():
        raise errors.NotThere
    sent = Message.objects.select_related("conversation").filter(
        conversation=new.conversation_id, client_id=new.client_id
    )
    if (asked := sent.first()) is None:
        if queue.find(new.conversation_id, new.client_id):
            raise errors.AlreadySent
        return None
    comparison = columns.below(asked)
    if comparison is None:  # the id belongs to a message for one payer
        raise errors.AlreadySent
    return Compared(conversation=asked.conversation, comparison=comparison, created=False)


def _payers(user: User, wanted: Sequence[Wanted], parts: Sequence[StoredPart]) -> list[Payer]:
    """All who are to pay. If one cannot, nothing is sent, and the error says of each why."""
    payers, refusals = [], []
    for one in wanted:
        try:
            payers.append(_payer(user, one, parts))
        except errors.ChatError as refusal:
            refusals.append(refusal)
    if refusals:
        raise _together(refusals)
    if len({(payer.session.pk, payer.model) for payer in payers}) < len(payers):
        raise errors.SamePayerTwice
    return payers


def _payer(user: User, wanted: Wanted, parts: Sequence[StoredPart]) -> Payer:
    session = admission.usable_session(user, wanted.session_id)
    try:
        model = admission.model_for(session, wanted.model)
        attachments.check_taken(session, model, parts)
    except (errors.ModelUnknown, errors.FileNotTaken) as refusal:
        raise type(refusal)(f"{session.name}: {refusal.message}") from None
    return Payer(user=user, session=session, model=model)


def _together(refusals: Sequence[errors.ChatError]) -> errors.ChatError:
    """One error that names every payer who cannot pay, under the code of the first."""
    why = " ".join(dict.fromkeys(refusal.message for refusal in refusals))
    times = [refusal.retry_at for refusal in refusals if refusal.retry_at is not None]
    passes_at = max(times) if len(times) == len(refusals) else None
    return type(refusals[0])(_("Nothing was sent to anybody. %(why)s") % {"why": why}, retry_at=passes_at)


def _begin(
    user: User,
    new: NewComparison,
    *,
    payers: Sequence[Payer],
    parts: Sequence[StoredPart],
    chosen: ChatSettings,
    now: datetime,
) -> Compared:
    conversation = conversation_of(user, new.conversation_id) or new_conversation(
        user, new.conversation_id, text=name_of_parts(parts), chosen=chosen, now=now
    )
    attachments.check_room(conversation.pk, parts)
    standing = branches.standing_of(conversation.pk)
    if standing.unpicked:
        raise errors.PickFirst
    if queue.must_wait(conversation, standing, now=now):
        raise errors.StillAnswering
    admission.check_limits(user, now, answers=len(payers))
    parts_json = encode_parts(parts)
    asked = add_columns(
        conversation,
        after=standing.end,
        payers=payers,
        comparison=uuid4(),
        client_id=new.client_id,
        parts_json=parts_json,
        now=now,
    )
    comparison = columns.below(asked)
    assert comparison is not None
    return Compared(conversation=conversation, comparison=comparison, created=True)


@dataclass(frozen=True, kw_only=True)
class Picked:
    """The conversation goes on with `message`. `to_stop` are the runs of the other columns."""

    conversation_id: UUID
    message: Message
    to_stop: tuple[UUID, ...]


def pick(user: User, message_id: int) -> Picked:
    """Go on with the column of this answer, and have the session that wrote it pay from now on. The caller stops the
    others: nobody reads on in what was not picked. Again changes nothing. Raises `NotThere`."""
    answers = Message.objects.owned_by(user.pk).exclude(comparison=None)
    with transaction.atomic():
        admission.lock_out_other_tabs(user)
        answer = answers.filter(pk=message_id).first()
        if answer is None or answer.comparison is None:
            raise errors.AnswerGone
        of_all = columns.answers_of(answer.conversation_id, answer.comparison)
        end = of_all.filter(column=answer.column).last() or answer
        if end.pk not in branches.shown_ids(end.conversation_id):
            branches.show(user, end.pk)
            payer = {"session": end.generation.session_id, "model": end.model}
            Conversation.objects.filter(pk=end.conversation_id).update(**payer)
        others = of_all.exclude(column=answer.column).filter(generation__status__in=Generation.UNFINISHED)
        to_stop = tuple(others.values_list("generation__pk", flat=True))
    return Picked(conversation_id=answer.conversation_id, message=end, to_stop=to_stop)
