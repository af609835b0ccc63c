"""The tree of a conversation's messages, and the branch of it that is shown: the message at its end is chosen by the
owner, or the newest, and what leads to it. Everything that asks "what comes last here?" asks this module.

Siblings (other tries, other wordings) stay in the tree. A branch may end in a question whose answers stand side by side:
then none of them is picked yet. Moves the choice; whether something may be sent is not its matter.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple
from uuid import UUID

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Exists, OuterRef, Subquery
from django.db.models.functions import Coalesce

from chat.models import Conversation, Generation, Message
from chat.services import admission, errors
from sessions_app.prepared import Select, on

WINDOW = 100  # messages that a page comes with
Parents = dict[int, int | None]  # each message and the one before it, older messages first


def end_pk(conversation: UUID | OuterRef) -> Coalesce:
    """The message at the end of the shown branch, as an expression: the chosen one, else the newest."""
    chosen = Conversation.objects.filter(pk=conversation).values("head")
    newest = Message.objects.filter(conversation=conversation).order_by("-pk").values("pk")
    return Coalesce(Subquery(chosen[:1]), Subquery(newest[:1]))


def end_of(conversation_id: UUID) -> Message | None:
    """The end of the branch that is shown: what a new message follows."""
    found = Message.objects.select_related("generation").filter(conversation=conversation_id)
    return found.filter(pk=end_pk(conversation_id)).first()


def unfinished(conversation_id: UUID) -> tuple[UUID, ...]:
    """The runs that write in this conversation now, on whichever branch, oldest first."""
    return tuple(run for run, _message in _WRITING(conversation_id))


def writing(conversation_id: UUID) -> tuple[int, ...]:
    """The messages that these runs write."""
    return tuple(message for _run, message in _WRITING(conversation_id))


def unpicked(question: str = "pk") -> Exists:
    """Whether answers stand side by side below the message in field `question`: where a branch ends in it, none is picked."""
    return Exists(Message.objects.filter(parent=OuterRef(question), comparison__isnull=False))


_WRITING = Select(
    lambda conversation: (
        Generation.objects.unfinished()
        .filter(message__conversation=conversation)
        .order_by("created_at")
        .values_list("pk", "message")
    ),
    on(Message, "conversation"),
)
# `head` is null where the newest is shown, and then so is what it equals.
_HEAD = Select(
    lambda conversation: Conversation.objects.filter(pk=conversation).values_list("head", flat=True),
    on(Conversation, "id"),
)
_NEWEST = Select(
    lambda conversation: (
        Message.objects.filter(conversation=conversation).order_by("-pk").values_list("pk", flat=True)[:1]
    ),
    on(Message, "conversation"),
)
_END = Select(
    lambda pk: Message.objects.filter(pk=pk).values_list("status", unpicked()),
    on(Message, "id"),
)
_PARENTS = Select(
    lambda conversation: (
        Message.objects.filter(conversation=conversation).order_by("pk").values_list("pk", "parent")
    ),
    on(Message, "conversation"),
)


class Standing(NamedTuple):
    """How a conversation stands: the end of its shown branch, and `streaming` while anything is being written in it, else
    how that message ended. An empty conversation is `complete`. `unpicked`: the branch ends in a comparison."""

    end: int | None
    status: Message.Status
    unpicked: bool


EMPTY = Standing(None, Message.Status.COMPLETE, unpicked=False)


def standing_of(conversation_id: UUID, *, head: int | None = None) -> Standing:
    """A few queries that read no text; `head` is that of the conversation where it was read just now."""
    end = head or _HEAD.first(conversation_id) or _NEWEST.first(conversation_id)
    return standing_at(end, is_busy=bool(unfinished(conversation_id)))


def standing_at(end: int | None, *, is_busy: bool) -> Standing:
    """The same for who knows the end of the shown branch, and whether anything is being written."""
    found = _END.first(end)
    if found is None:
        return EMPTY
    status, is_unpicked = found
    return Standing(end, Message.Status.STREAMING if is_busy else Message.Status(status), is_unpicked)


def parents_of(conversation_id: UUID) -> Parents:
    """The whole tree. One query that reads no text."""
    return dict(_PARENTS(conversation_id))


def shown_ids(conversation_id: UUID) -> list[int]:
    """The messages of the shown branch, oldest first."""
    return shown_path(conversation_id, parents_of(conversation_id))


def shown_path(conversation_id: UUID, parents: Parents) -> list[int]:
    """The same for who has the tree already."""
    return path_to(chosen_end(_HEAD.first(conversation_id), parents), parents)


def chosen_end(head: int | None, parents: Parents) -> int | None:
    """The end of the shown branch in a tree: the chosen message, else the newest."""
    return head if head in parents else max(parents, default=None)


def path_to(message_id: int | None, parents: Parents) -> list[int]:
    """The way from the root to a message."""
    path: list[int] = []
    current = message_id
    while current is not None:
        path.append(current)
        current = parents[current]
    return path[::-1]


def common(first: Iterable[int], second: Iterable[int]) -> int:
    """How many messages two branches share, counted from the root."""
    shared = 0
    for one, other in zip(first, second, strict=False):
        if one != other:
            break
        shared += 1
    return shared


def forks(path: Iterable[int], parents: Parents) -> list[tuple[int, ...]]:
    """Where a branch could go another way: for each of its messages that has siblings, all of these, oldest first."""
    replies: dict[int | None, list[int]] = defaultdict(list)
    for pk, parent in parents.items():
        replies[parent].append(pk)
    found = (tuple(replies[parents[pk]]) for pk in path)
    return [siblings for siblings in found if len(siblings) > 1]


def below(message_id: int, parents: Parents) -> set[int]:
    """A message and everything that follows on it, in all branches."""
    found = {message_id}
    for pk, parent in parents.items():  # a message is older than what follows on it
        if parent in found:
            found.add(pk)
    return found


def show(user: User, message_id: int) -> Conversation:
    """Show the branch through a message from now on, down to what was shown last below it, else to the newest.

    A message of the shown branch changes nothing. Raises `NotThere`.
    """
    with transaction.atomic():
        admission.lock_out_other_tabs(user)
        mine = Message.objects.owned_by(user.pk).select_related("conversation")
        message = mine.filter(pk=message_id).first()
        if message is None:
            raise errors.MessageGone
        parents = parents_of(message.conversation_id)
        if message.pk not in shown_path(message.conversation_id, parents):
            end = end_after(_last_shown(message, parents), parents)
            lead_to(message.conversation_id, end, parents=parents)
    return message.conversation


def end_after(message_id: int | None, parents: Parents) -> int:
    """Where a branch that leads here (`None`: anywhere) ends: in the newest message that follows. Not below answers that
    stand side by side: nobody picks one by looking elsewhere."""
    if message_id is not None and Message.objects.filter(unpicked(), pk=message_id).exists():
        return message_id
    return max(parents if message_id is None else below(message_id, parents))


def _last_shown(message: Message, parents: Parents) -> int:
    """Where below `message` the reader was when another branch was chosen; `message` itself if that is gone."""
    return message.tip if message.tip in below(message.pk, parents) else message.pk


def extend(conversation_id: UUID, message_id: int, **fields: object) -> None:
    """The shown branch goes on with this message, which follows on its end; `fields` of the conversation change with it."""
    Conversation.objects.filter(pk=conversation_id).touch(head=message_id, **fields)


def lead_to(
    conversation_id: UUID, message_id: int, *, parents: Parents | None = None, **fields: object
) -> None:
    """From now on the shown branch ends in this message; in the transaction of the caller, who holds the owner's lock.

    Where it leaves the branch that was shown before, that one's end is remembered. `fields` of the conversation
    change with it.
    """
    parents = parents or parents_of(conversation_id)
    former, new = shown_path(conversation_id, parents), path_to(message_id, parents)
    shared = common(former, new)
    if len(former) > shared < len(new):
        Message.objects.filter(pk=former[shared]).update(tip=former[-1])
    extend(conversation_id, message_id, **fields)
