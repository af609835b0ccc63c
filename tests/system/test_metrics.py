"""`/metrics` of a real server, read as Prometheus reads it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.support import plain
from tests.support.waiting import wait_until
from tests.system.person import Person
from tests.system.servers import Server, running_server

pytestmark = [pytest.mark.slow, pytest.mark.repeats]
TOKEN = "a-token-of-the-tests-that-is-long-enough"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("metrics") / "var"
    with running_server(folder, MAESTRO_METRICS_TOKEN=TOKEN) as running:
        yield running


def figures(server: Server) -> dict[str, float]:
    """Every sample by its name; of those with labels the sum."""
    answer = plain.get(f"{server.url}/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    assert answer.status_code == 200
    found: dict[str, float] = {}
    for family in text_string_to_metric_families(answer.text):
        for sample in family.samples:
            found[sample.name] = found.get(sample.name, 0.0) + sample.value
    return found


def test_an_answer_can_be_watched_from_outside(server: Server) -> None:
    person = Person(server)
    person.make_account()
    person.add_session()
    assert figures(server)["maestro_open_sockets"] == 0
    with person.page() as page:
        page.follow(page.ask("What is the capital of France?\n/simulate pace 20"))
        page.first_text()
        during = figures(server)
        page.answer()
        wait_until(lambda: figures(server).get("maestro_runs_total") == 1)
    wait_until(lambda: figures(server)["maestro_open_sockets"] == 0)
    after = figures(server)
    assert during["maestro_open_sockets"] == during["maestro_process_runs"] == 1
    assert during["maestro_unfinished_runs"] == 1
    assert after["maestro_process_runs"] == after["maestro_unfinished_runs"] == 0
    assert after["maestro_first_token_seconds_count"] == 1
    assert after["maestro_added_latency_seconds_count"] > 1
    assert after["maestro_write_lag_seconds_count"] > 1
    assert after["maestro_sessions"] == after["maestro_database_up"] == 1
    assert after["process_resident_memory_bytes"] > 10_000_000


def test_nobody_else_reads_them(server: Server) -> None:
    for headers in ({}, {"Authorization": "Bearer wrong"}):
        answer = plain.get(f"{server.url}/metrics", headers=headers)
        assert answer.status_code == 403
        assert "maestro_" not in answer.text
