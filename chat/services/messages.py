"""What the owner does with single messages: has another version shown, or deletes one with what follows on it."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.contrib.auth.models import User
from django.db import transaction

from chat.models import Conversation, Message
from chat.services import admission, branches, errors


def show(user: User, message_id: int) -> Conversation:
    """Show the branch through a message. Raises `NotThere`, `MessagesWait`."""
    with transaction.atomic():
        admission.lock_out_other_tabs(user)
        conversation = _get(user, message_id).conversation
        # What waits for an answer was written behind it, and would follow what is shown then.
        if conversation.queue.exists() and branches.unfinished(conversation.pk):
            raise errors.MessagesWait
        return branches.show(user, message_id)


@dataclass(frozen=True, kw_only=True)
class Removal:
    """How many messages go with the one that was named, itself included, and whether they went."""

    conversation_id: UUID
    count: int
    is_done: bool


def remove(user: User, message_id: int, *, count: int) -> Removal:
    """Delete a message and everything that follows on it, in all branches, if these are `count` messages: as many as the
    owner was told. What it cost stays on record. Raises `NotThere`, `BeingWritten`."""
    with transaction.atomic():
        admission.lock_out_other_tabs(user)
        message = _get(user, message_id)
        conversation_id = message.conversation_id
        parents = branches.parents_of(conversation_id)
        going = branches.below(message.pk, parents)
        is_done = len(going) == count
        if is_done:
            _remove(message, going, parents)
    return Removal(conversation_id=conversation_id, count=len(going), is_done=is_done)


def _remove(message: Message, going: set[int], parents: branches.Parents) -> None:
    """The shown branch, if it is cut, goes on with the newest that follows on the same message."""
    conversation_id = message.conversation_id
    if going.intersection(branches.writing(conversation_id)):
        raise errors.BeingWritten
    is_shown = message.pk in branches.shown_path(conversation_id, parents)
    Message.objects.filter(
        pk__in=going
    ).delete()  # at once: one after the other they would be a deep recursion
    left = {pk: parent for pk, parent in parents.items() if pk not in going}
    if is_shown and left:
        branches.lead_to(conversation_id, branches.end_after(message.parent_id, left), parents=left)
    else:
        Conversation.objects.filter(pk=conversation_id).touch()


def _get(user: User, message_id: int) -> Message:
    mine = Message.objects.owned_by(user.pk).select_related("conversation")
    found = mine.filter(pk=message_id).first()
    if found is None:
        raise errors.MessageGone
    return found
