"""Whether the login that opened a socket still counts: a socket outlives requests, rights must not."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module

from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY, get_user_model
from django.contrib.auth.models import User
from django.utils.crypto import constant_time_compare


def user_of(session_key: str) -> User | None:
    """The active user who is signed in under this HTTP session, read afresh; `None` after a logout, an expiry,
    a password change or a deactivation. Changes nothing."""
    if not session_key:
        return None
    store = import_module(settings.SESSION_ENGINE).SessionStore(session_key)
    user = get_user_model().objects.filter(pk=store.get(SESSION_KEY), is_active=True).first()
    if user is None or not _hash_is_valid(user, store.get(HASH_SESSION_KEY, "")):
        return None
    return user


def _hash_is_valid(user: User, stored: str) -> bool:
    """The hash changes with the password; older secret keys still count while they are configured."""
    accepted = [user.get_session_auth_hash(), *user.get_session_auth_fallback_hash()]
    return any(constant_time_compare(stored, one) for one in accepted)


def ended_of(users: Mapping[str, int]) -> frozenset[str]:
    """Which of these HTTP sessions, each with the user it was opened by, do not count any more."""
    return frozenset(
        key for key, user_id in users.items() if (user := user_of(key)) is None or user.pk != user_id
    )
