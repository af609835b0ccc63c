"""Whether the login that opened a socket still counts: a socket outlives requests, rights must not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.models import User
from django.contrib.sessions.backends import db as in_database
from django.contrib.sessions.models import Session
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from sessions_app.prepared import Select, on

# Asked for each frame of each page.
_KEPT = Select(
    lambda key, now: Session.objects.filter(session_key=key, expire_date__gt=now).values_list(
        "session_data", flat=True
    ),
    on(Session, "session_key", "expire_date"),
)
_USER = Select(lambda pk: User.objects.filter(pk=pk, is_active=True), on(User, "id"))


class SignedOut(Exception):
    """The login does not count any more."""


@dataclass(frozen=True)
class Login:
    """The HTTP session that a socket was opened under, and whose it was."""

    session_key: str
    user_id: int

    def user(self) -> User:
        """The user, read afresh. Raises `SignedOut`."""
        user = user_of(self.session_key)
        if user is None or user.pk != self.user_id:
            raise SignedOut
        return user


def user_of(session_key: str) -> User | None:
    """The active user who is signed in under this HTTP session, read afresh; `None` after a logout, an expiry,
    a password change or a deactivation. Changes nothing."""
    if not session_key:
        return None
    kept = _kept(session_key)
    user = _USER.first(kept.get(SESSION_KEY))
    if user is None or not _hash_is_valid(user, kept.get(HASH_SESSION_KEY, "")):
        return None
    return user


def _kept(session_key: str) -> Mapping[str, Any]:
    """What an HTTP session holds; nothing if there is none or it has expired."""
    store = import_module(settings.SESSION_ENGINE).SessionStore(session_key)
    if type(store) is not in_database.SessionStore:
        return store  # type: ignore[no-any-return]  # reads itself when it is asked
    data = _KEPT.first(session_key, timezone.now())
    return {} if data is None else store.decode(data)


def _hash_is_valid(user: User, stored: str) -> bool:
    """The hash changes with the password; older secret keys still count while they are configured."""
    accepted = [user.get_session_auth_hash(), *user.get_session_auth_fallback_hash()]
    return any(constant_time_compare(stored, one) for one in accepted)


def ended_of(users: Mapping[str, int]) -> frozenset[str]:
    """Which of these HTTP sessions, each with the user it was opened by, do not count any more. Two statements, however
    many they are, where the database keeps them."""
    kept = _kept_of(users)
    found = User.objects.filter(is_active=True).in_bulk(set(users.values()))
    return frozenset(
        key for key, user_id in users.items() if not _is_signed_in(found.get(user_id), kept.get(key, {}))
    )


def _kept_of(keys: Iterable[str]) -> Mapping[str, Mapping[str, Any]]:
    """As `_kept`, for many; what there is not is missing."""
    if import_module(settings.SESSION_ENGINE).SessionStore is not in_database.SessionStore:
        return {key: _kept(key) for key in keys}
    rows = Session.objects.filter(session_key__in=list(keys), expire_date__gt=timezone.now())
    return {row.session_key: row.get_decoded() for row in rows}


def _is_signed_in(user: User | None, kept: Mapping[str, Any]) -> bool:
    return (
        user is not None
        and kept.get(SESSION_KEY) == str(user.pk)
        and _hash_is_valid(user, kept.get(HASH_SESSION_KEY, ""))
    )
