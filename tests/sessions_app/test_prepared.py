"""Statements that are written once must not keep what they were written with."""

from __future__ import annotations

import gc
import weakref

import pytest
from django.contrib.auth.models import User
from django.db import DEFAULT_DB_ALIAS, connections

from sessions_app import prepared
from sessions_app.prepared import Select, on


@pytest.mark.django_db(transaction=True)
def test_a_query_keeps_no_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite puts its log back into the file when the last connection goes: copies of the file alone are whole then."""
    users = Select(lambda pk: User.objects.filter(pk=pk), on(User, "id"))
    asked = _asked(users, monkeypatch)
    gc.collect()
    assert asked() is None


def _asked(users: Select[User], monkeypatch: pytest.MonkeyPatch) -> weakref.ref[object]:
    """A connection of its own, after it has answered and was closed."""
    database = connections.create_connection(DEFAULT_DB_ALIAS)
    with monkeypatch.context() as patched:
        patched.setattr(prepared, "_database", lambda: database)
        assert [users(0), users(0)] == [[], []]
    database.close()
    return weakref.ref(database)
