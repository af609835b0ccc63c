"""After an answer: try once more, or go on where it stopped when it did not come to its end.

Another try is a sibling of the answer, a continuation its child; the earlier text stays where it is. Who pays is
named by the caller each time.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.utils import timezone

from chat.models import Message
from chat.parts import encode_parts
from chat.services import admission, branches, columns, errors, queue
from chat.services.columns import Column
from chat.services.history import PAUSED
from chat.services.queue import Queued
from chat.services.turns import Payer, Started, add_answer, find_sent
from sessions_app.models import ProviderSession
from sessions_app.services import audit

How = Literal["retry", "continue"]
_LENGTH_LIMIT = "max_tokens"


@dataclass(frozen=True, kw_only=True)
class Wish:
    """`message_id` is the answer; `client_id` makes it one run however often it arrives. `wait`: if a limit of the session
    speaks against another try, have it when that has passed."""

    message_id: int
    client_id: UUID
    how: How
    session_id: UUID
    model: str | None = None
    place: str = ""
    wait: bool = False


def again(user: User, wish: Wish, *, now: datetime | None = None) -> Started | Queued:
    """Queue the run, in one transaction; the same wish again gives the same rows.

    Raises `NotThere`, `StillAnswering`, `NotNewest`, `NothingToContinue`, `SessionNotUsable`, `ModelUnknown`,
    `TooManyRunning`, `TooManySends`, `QueueFull`. May ask the provider for its models when the wish names none.
    """
    now = now or timezone.now()
    answer = _answer_of(user, wish.message_id)
    conversation_id = answer.conversation_id
    if already := _find(conversation_id, user, wish):
        return already
    session, until = _session_for(user, wish, answer, now)
    payer = Payer(user=user, session=session, model=admission.model_for(session, wish.model))
    try:
        with transaction.atomic():
            admission.lock_out_other_tabs(user)
            if already := _find(conversation_id, user, wish):
                return already
            answer = _answer_of(user, wish.message_id)
            column = columns.column_of(answer)
            parent = _parent_for(answer, wish.how, column)
            if until is not None:
                return _later(parent, wish, payer, now, until)
            admission.check_limits(user, now)
            added = add_answer(
                parent,
                payer=payer,
                now=now,
                client_id=wish.client_id,
                column=column.place if column else None,
            )
            audit.note_use(session, user=user, place=wish.place)
    except IntegrityError:  # the same wish arrived at the same moment
        if already := _find(conversation_id, user, wish):
            return already
        raise errors.NotThere from None
    return Started(
        conversation=answer.conversation,
        user_message=None,
        message=added,
        generation=added.generation,
        created=True,
    )


def _find(conversation_id: UUID, user: User, wish: Wish) -> Started | Queued | None:
    return find_sent(conversation_id, user, wish.client_id) or queue.find(conversation_id, wish.client_id)


def _session_for(
    user: User, wish: Wish, answer: Message, now: datetime
) -> tuple[ProviderSession, datetime | None]:
    """Who pays, and until when the other try has to wait for it; columns of which none is picked do not wait."""
    if wish.wait and wish.how == "retry" and columns.column_of(answer) is None:
        return admission.session_to_wait_for(user, wish.session_id, now=now)
    return admission.usable_session(user, wish.session_id), None


def _later(parent: Message, wish: Wish, payer: Payer, now: datetime, until: datetime) -> Queued:
    """The question waits in the queue; the same for the rest of an answer, which has no text of its own."""
    is_question = parent.role == Message.Role.USER
    return queue.add(
        parent.conversation,
        payer=payer,
        client_id=wish.client_id,
        parts_json=parent.parts_json if is_question else encode_parts(()),
        now=now,
        until=until,
        parent=parent,
    )


def _answer_of(user: User, message_id: int) -> Message:
    answers = Message.objects.owned_by(user.pk).filter(pk=message_id, role=Message.Role.ASSISTANT)
    answers = answers.select_related("conversation", "generation", "parent")
    found = answers.first()
    if found is None:
        raise errors.AnswerGone
    return found


def _parent_for(answer: Message, how: How, column: Column | None) -> Message:
    """What the new answer follows. Raises what speaks against it; other columns of a comparison may be written on, and
    in a column only its newest answer counts."""
    newest = column.newest if column else branches.end_of(answer.conversation_id)
    is_busy = column.is_busy if column else bool(branches.unfinished(answer.conversation_id))
    if is_busy:
        raise errors.StillAnswering
    if how == "retry" and answer.parent is not None and (column is None or newest == answer):
        return answer.parent
    if newest != answer:
        raise errors.NotNewest
    if not can_continue(answer):
        raise errors.NothingToContinue
    return answer


def can_continue(answer: Message) -> bool:
    """Whether the answer did not come to its end, and has text or was only interrupted by its provider."""
    if answer.status == Message.Status.COMPLETE and answer.generation.stop_reason == PAUSED:
        return True
    is_cut = answer.status != Message.Status.COMPLETE or answer.generation.stop_reason == _LENGTH_LIMIT
    return is_cut and bool(answer.text.strip())
