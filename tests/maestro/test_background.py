"""The refresh loop of a server without Redis, and the watch that every server keeps."""

from __future__ import annotations

import pytest
from django.db import ProgrammingError

from maestro.background import RefreshLoop, Watched, watch
from tests.support.waiting import wait_until


def sweep_three_times(problem: Exception) -> None:
    sweeps: list[int] = []

    def sweep() -> None:
        sweeps.append(1)
        raise problem

    loop = RefreshLoop(0.01, first_s=0, sweep=sweep)
    loop.start()
    try:
        wait_until(lambda: len(sweeps) >= 3)
    finally:
        loop.stop()
        loop.join(5)
    assert not loop.is_alive()


def test_the_loop_outlives_a_sweep_that_breaks(caplog: pytest.LogCaptureFixture) -> None:
    sweep_three_times(RuntimeError("something nobody thought of"))
    assert caplog.records[0].exc_info


def test_a_database_without_tables_yet_is_said_without_a_traceback(caplog: pytest.LogCaptureFixture) -> None:
    sweep_three_times(ProgrammingError('relation "sessions_app_providersession" does not exist'))
    assert "migrations" in caplog.text
    assert "Traceback" not in caplog.text


async def test_the_first_request_begins_the_watch_and_the_next_ones_do_not() -> None:
    begun: list[str] = []
    served: list[str] = []

    class Thread(RefreshLoop):
        def start(self) -> None:
            begun.append(self.name)

    async def application(scope: dict[str, str], receive: object, send: object) -> None:
        served.append(scope["type"])

    watched = Watched(application, watch=lambda: Thread(15))
    for kind in ("http", "websocket", "http"):
        await watched({"type": kind}, None, None)
    assert served == ["http", "websocket", "http"]
    watched.begin()
    assert len(begun) == 1


def test_the_watch_keeps_no_process_alive() -> None:
    assert watch().daemon
