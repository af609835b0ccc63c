"""The record of who did what to a session, and from where. Append-only; never a secret.

Doors say once who acts and where (`acting`: a middleware for pages, the commands for themselves), and
services record what happened without knowing any door. Refreshes that nobody asked for are not here:
`RefreshAttempt` has them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from uuid import UUID

from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_noop

from sessions_app.models import AuditEntry, ProviderSession
from sessions_app.prepared import Select, on

# Stored in English, and said in the language of who reads.
ADDED = gettext_noop("Added")
CONNECTED = gettext_noop("Connected")
TESTED = gettext_noop("Tested")
REFRESHED = gettext_noop("Refreshed")
DISCONNECTED = gettext_noop("Disconnected")
RENAMED = gettext_noop("Renamed")
KEY_REPLACED = gettext_noop("Key replaced")
KEY_DATE_CHANGED = gettext_noop("Key’s date changed")
DEFAULTS_CHANGED = gettext_noop("Defaults changed")
BUDGET_CHANGED = gettext_noop("Budget changed")
DISABLED = gettext_noop("Switched off")
ENABLED = gettext_noop("Switched on")
DELETED = gettext_noop("Deleted")
ONLY_COPY = gettext_noop("Confirmed as the only copy")
SEPARATE_COPY = gettext_noop("Confirmed as a copy of its own")
KEYS_ROTATED = gettext_noop("Server’s keys rotated")
KEYS_GIVEN_UP = gettext_noop("Earlier keys of the server given up")
NEW_PLACE = gettext_noop("Used from a new place")

_ACTION_LENGTH, _PLACE_LENGTH, _DETAIL_LENGTH = 80, 120, 300

_SEEN = Select(
    lambda session, place, actor: (
        AuditEntry.objects.filter(session_id=session, place=place, actor=actor)
        .order_by()
        .values_list("pk", flat=True)[:1]
    ),
    on(AuditEntry, "session_id", "place", "actor"),
)

Acting = AbstractContextManager[None]


@dataclass(frozen=True)
class _Scene:
    place: str
    actor: Callable[[], User | None]


_NOWHERE = _Scene("", lambda: None)
_scene: ContextVar[_Scene | None] = ContextVar("sessions_app.audit", default=None)


@contextmanager
def acting(*, place: str, actor: Callable[[], User | None] = lambda: None) -> Iterator[None]:
    """Whatever is recorded inside was done by `actor` (asked only then) from `place`."""
    token = _scene.set(_Scene(place, actor))
    try:
        yield
    finally:
        _scene.reset(token)


def record(
    action: str,
    *,
    session: ProviderSession | None = None,
    owner: User | None = None,
    actor: User | None = None,
    detail: str = "",
    place: str = "",
) -> None:
    """Put it on record, after it happened. `action` and `detail` are words for people, never a secret.

    `owner` is the session's unless given; `actor` and `place` are those of the door.
    """
    scene = _scene.get() or _NOWHERE
    owner = owner or (session.owner if session else None)
    actor = actor or scene.actor()
    AuditEntry.objects.create(
        at=timezone.now(),
        actor=actor,
        actor_name=actor.get_username() if actor else "",
        owner=owner,
        owner_name=owner.get_username() if owner else "",
        session_id=session.id if session else None,
        session_name=session.name if session else "",
        action=action[:_ACTION_LENGTH],
        place=(place or scene.place)[:_PLACE_LENGTH],
        detail=" ".join(detail.split())[:_DETAIL_LENGTH],
    )


def note_use(session: ProviderSession, *, user: User, place: str) -> None:
    """Record the first use of a session from a place; one indexed look for every other use."""
    place = place[:_PLACE_LENGTH]
    if not place or _SEEN(session.id, place, user.pk):
        return
    record(NEW_PLACE, session=session, actor=user, place=place)


def entries_of(user: User, *, session_id: UUID | None = None) -> QuerySet[AuditEntry]:
    """What is on record about the user's own sessions, newest first; also about deleted ones."""
    found = AuditEntry.objects.filter(owner=user)
    return found.filter(session_id=session_id) if session_id else found
