"""Which logins still count, asked for all open pages at once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from chat.services import logins
from tests.chat.page import cookie_of

pytestmark = pytest.mark.django_db


def _users(count: int) -> list[User]:
    return [User.objects.create_user(f"person{number}", password="long enough") for number in range(count)]


def test_a_login_counts_until_its_user_or_its_session_ends() -> None:
    stays, leaves, is_barred, changes, is_late, other = people = _users(6)
    keys = {user.pk: cookie_of(user) for user in people}
    Session.objects.filter(session_key=keys[leaves.pk]).delete()
    User.objects.filter(pk=is_barred.pk).update(is_active=False)
    changes.set_password("another long one")
    changes.save()
    Session.objects.filter(session_key=keys[is_late.pk]).update(
        expire_date=timezone.now() - timedelta(seconds=1)
    )
    opened_by = {keys[one.pk]: one.pk for one in people} | {keys[other.pk]: stays.pk}
    ended = logins.ended_of(opened_by)
    assert ended == {keys[one.pk] for one in (leaves, is_barred, changes, is_late, other)}
    alone = {key for key, user_id in opened_by.items() if getattr(logins.user_of(key), "pk", None) != user_id}
    assert ended == alone  # the same as asked one by one


def test_many_logins_take_as_many_statements_as_two() -> None:
    opened_by = {cookie_of(user): user.pk for user in _users(12)}
    with CaptureQueriesContext(connection) as of_two:
        assert logins.ended_of(dict(list(opened_by.items())[:2])) == frozenset()
    with CaptureQueriesContext(connection) as of_all:
        assert logins.ended_of(opened_by) == frozenset()
    assert len(of_all) == len(of_two) == 2
