"""A user's conversations: open, rename, pin, archive. All by owner; `NotThere` for everything else.

`chat.services.listing` lists them, `chat.services.deleting` deletes them.
"""

from __future__ import annotations

from uuid import UUID

from django.contrib.auth.models import User
from django.utils import timezone

from chat.models import Conversation
from chat.services import errors
from chat.services.titles import clean_title


def get(user: User, conversation_id: UUID) -> Conversation:
    """One conversation of the user. Raises `NotThere`."""
    found = (
        Conversation.objects.owned_by(user.pk).select_related("session").filter(pk=conversation_id).first()
    )
    if found is None:
        raise errors.NotThere
    return found


def rename(user: User, conversation_id: UUID, title: str) -> None:
    """Give it another title, which no model will change; an empty one changes nothing. Raises `NotThere`."""
    get(user, conversation_id)
    if cleaned := clean_title(title):
        _change(user, conversation_id, title=cleaned, title_is_chosen=True)


def pin(user: User, conversation_id: UUID, *, wanted: bool) -> None:
    """Put it on top of the list, or back in its place; an archived one comes back. Raises `NotThere`."""
    if wanted:
        _change(user, conversation_id, pinned_at=timezone.now(), archived_at=None)
    else:
        _change(user, conversation_id, pinned_at=None)


def archive(user: User, conversation_id: UUID, *, wanted: bool) -> None:
    """Take it off the list until somebody writes into it, or put it back. Raises `NotThere`."""
    if wanted:
        _change(user, conversation_id, archived_at=timezone.now(), pinned_at=None)
    else:
        _change(user, conversation_id, archived_at=None)


def _change(user: User, conversation_id: UUID, **fields: object) -> None:
    if not Conversation.objects.owned_by(user.pk).filter(pk=conversation_id).touch(**fields):
        raise errors.NotThere
