"""Work that must be finished, and writes that must arrive."""

from __future__ import annotations

import threading

import pytest
from django.db import InterfaceError, OperationalError
from django.utils import translation

from sessions_app.services.detached import persist, run_detached

pytestmark = pytest.mark.django_db(transaction=True)


def test_it_runs_in_another_thread_and_gives_its_result() -> None:
    assert run_detached(threading.get_ident) != threading.get_ident()


def test_it_speaks_the_language_of_who_asked() -> None:
    with translation.override("de"):
        assert run_detached(translation.get_language) == "de"
    assert run_detached(translation.get_language) == "en"


def test_what_it_raises_reaches_the_caller() -> None:
    def fail() -> None:
        raise LookupError("inside")

    with pytest.raises(LookupError, match="inside"):
        run_detached(fail)


@pytest.mark.parametrize("error", [OperationalError, InterfaceError])
def test_a_database_that_comes_back_gets_the_write(error: type[Exception]) -> None:
    failures, pauses = iter([error("gone")] * 4), []

    def write() -> str:
        for failure in failures:
            raise failure
        return "written"

    assert persist(write, sleep=pauses.append) == "written"
    assert pauses == [0.2, 0.4, 0.8, 1.6]


def test_a_database_that_stays_away_is_an_error_in_the_end() -> None:
    pauses: list[float] = []

    def write() -> None:
        raise OperationalError("gone")

    with pytest.raises(OperationalError):
        persist(write, sleep=pauses.append)
    assert 75 <= sum(pauses) <= 86
