"""Deleting with undo: a deleted conversation is hidden everywhere at once, kept for a while, then removed for good.

Removing goes in bounded steps, by the housekeeping of every web process, so that nobody waits long for SQLite's one
writer. What was paid stays in the records of usage.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from chat.models import Conversation, GenerationEvent, Message
from chat.services import admission, errors, generations

_ROWS_AT_ONCE = 5_000
_CONVERSATIONS_AT_ONCE = 50
_SHOWN = 100


def kept_for() -> timedelta:
    """How long a deleted conversation can be brought back."""
    return timedelta(hours=settings.MAESTRO_KEEP_DELETED_HOURS)


def delete(user: User, conversation_id: UUID, *, now: datetime | None = None) -> list[UUID]:
    """Hide it and stop what is being answered in it; the ids of those runs. Raises `NotThere`."""
    now = now or timezone.now()
    with transaction.atomic():
        admission.lock_out_other_tabs(user)  # nobody writes into it meanwhile
        mine = Conversation.objects.owned_by(user.pk).filter(pk=conversation_id)
        if not mine.touch(deleted_at=now):
            raise errors.NotThere
    return generations.stop_all(conversation_id, now=now)


@dataclass(frozen=True, kw_only=True)
class Deleted:
    """A conversation that can be brought back until `gone_at`."""

    id: UUID
    title: str
    session_initials: str
    session_color: int | None
    gone_at: datetime


def deleted(user: User, *, now: datetime | None = None) -> list[Deleted]:
    """What the user may still bring back, at most the last hundred, newest first."""
    since = (now or timezone.now()) - kept_for()
    found = Conversation.objects.deleted_of(user.pk, since=since).select_related("session")
    return [_deleted(one) for one in found.order_by("-deleted_at", "-pk")[:_SHOWN]]


def _deleted(conversation: Conversation) -> Deleted:
    assert conversation.deleted_at is not None
    session = conversation.session
    return Deleted(
        id=conversation.pk,
        title=conversation.title,
        session_initials=session.initials if session else "",
        session_color=session.color if session else None,
        gone_at=conversation.deleted_at + kept_for(),
    )


def restore(user: User, conversation_id: UUID, *, now: datetime | None = None) -> None:
    """Bring it back as it was; one that was not deleted stays as it is. Raises `NotThere` once it is too late."""
    since = (now or timezone.now()) - kept_for()
    found = Conversation.objects.deleted_of(user.pk, since=since).filter(pk=conversation_id)
    is_there = Conversation.objects.owned_by(user.pk).filter(pk=conversation_id)
    if not found.touch(deleted_at=None) and not is_there.exists():
        raise errors.NotThere(_("This conversation was removed for good and cannot be brought back."))


def erase(user: User, conversation_id: UUID, *, now: datetime | None = None) -> None:
    """Give up the undo of a deleted conversation: the next housekeeping removes it. Raises `NotThere`."""
    since = (now or timezone.now()) - kept_for()
    found = Conversation.objects.deleted_of(user.pk, since=since).filter(pk=conversation_id)
    if not found.touch(deleted_at=since):
        raise errors.NotThere


def purge(*, now: datetime, at_most: int = _ROWS_AT_ONCE) -> int:
    """Remove for good what was deleted long enough ago, about `at_most` rows at once; how many went."""
    old = Conversation.objects.filter(deleted_at__lte=now - kept_for()).order_by("deleted_at")
    removed = 0
    for conversation_id in old.values_list("pk", flat=True)[:_CONVERSATIONS_AT_ONCE]:
        removed += _purge(conversation_id, at_most - removed)
        if removed >= at_most:
            break
    return removed


def _purge(conversation_id: UUID, at_most: int) -> int:
    """First the logs, then the newest messages, so that a message never goes before what follows it."""
    events = GenerationEvent.objects.filter(generation__message__conversation=conversation_id)
    removed = _remove(list(events.values_list("pk", flat=True)[:at_most]), GenerationEvent)
    messages = Message.objects.filter(conversation=conversation_id).order_by("-pk")
    removed += _remove(list(messages.values_list("pk", flat=True)[: at_most - removed]), Message)
    if removed < at_most:
        removed += Conversation.objects.filter(pk=conversation_id).delete()[0]
    return removed


def _remove(ids: list[int], model: type[GenerationEvent | Message]) -> int:
    return model._default_manager.filter(pk__in=ids).delete()[0] if ids else 0
