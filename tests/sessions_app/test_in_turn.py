"""Transactions of one process wait for each other in line."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection

from sessions_app.in_turn import atomic_in_turn

pytestmark = pytest.mark.django_db(transaction=True)


def test_whoever_waits_asks_the_database_only_when_the_one_before_has_stored() -> None:
    """SQLite would have it look again after pauses that grow."""
    if connection.vendor != "sqlite":
        pytest.skip("only SQLite has one writer")
    asked: list[str] = []
    is_inside, has_asked = threading.Event(), threading.Event()

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        asked.append(sql)
        has_asked.set()
        return execute(sql, params, many, context)

    def second() -> None:
        is_inside.wait(5)
        with connection.execute_wrapper(note), atomic_in_turn():
            User.objects.create(username="second")
        connection.close()

    thread = threading.Thread(target=second)
    thread.start()
    with atomic_in_turn():
        User.objects.create(username="first")
        is_inside.set()
        with atomic_in_turn():  # inside it is the same transaction
            assert not has_asked.wait(0.3)
    thread.join(5)
    assert asked[0].startswith("BEGIN")
    assert list(User.objects.order_by("pk").values_list("username", flat=True)) == ["first", "second"]


def test_a_transaction_that_fails_stores_nothing_and_gives_its_turn_back() -> None:
    def fail() -> None:
        with atomic_in_turn():
            User.objects.create(username="first")
            raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        fail()
    with atomic_in_turn():
        assert not User.objects.exists()
