"""Statements that are written once must not keep what they were written with."""

from __future__ import annotations

import gc
import threading
import weakref

import pytest
from django.contrib.auth.models import User
from django.db import DEFAULT_DB_ALIAS, connections

from sessions_app.prepared import Select, on

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_query_keeps_no_connection_of_a_thread_that_is_gone() -> None:
    """SQLite puts its log back into the file when the last connection goes: copies of the file alone are whole then."""
    users = Select(lambda pk: User.objects.filter(pk=pk), on(User, "id"))
    asked: list[weakref.ref[object]] = []

    def ask() -> None:
        assert users(0) == []
        asked.append(weakref.ref(connections[DEFAULT_DB_ALIAS]))
        connections.close_all()

    thread = threading.Thread(target=ask)
    thread.start()
    thread.join()
    gc.collect()
    assert [one() for one in asked] == [None]
