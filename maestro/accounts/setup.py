"""The one-time link that makes the first user.

There is no built-in password. Whoever can read the server's first output may make the first user;
the link is signed with the server's key, lives a day, and is dead as soon as any user exists.
"""

from __future__ import annotations

from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.core import signing
from django.db import transaction
from django.urls import reverse

LINK_LIFETIME_S = 24 * 3600
_SALT = "maestro.accounts.setup"


class SetUpClosed(Exception):
    """A user exists already, so nobody else may be made this way."""


def is_open() -> bool:
    """Whether there is still no user."""
    return not User.objects.exists()


def link_path() -> str:
    """The path of a fresh set-up link."""
    return reverse("setup", args=[signing.dumps("first user", salt=_SALT)])


def is_valid(token: str) -> bool:
    """Whether `token` was made by this server less than a day ago."""
    try:
        signing.loads(token, salt=_SALT, max_age=LINK_LIFETIME_S)
    except signing.BadSignature:
        return False
    return True


@transaction.atomic
def create_first_user(*, username: str, password: str) -> User:
    """Make the first user, who may do everything. Raises `SetUpClosed` if somebody was faster."""
    # The lock makes two clicks at the same moment take turns; on SQLite the write lock does.
    list(ContentType.objects.select_for_update().filter(app_label="auth", model="user"))
    if not is_open():
        raise SetUpClosed
    return User.objects.create_superuser(username=username, password=password)
