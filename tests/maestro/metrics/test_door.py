"""`/metrics`: who may read it, what it says, and what it must never say."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import OperationalError
from django.test import AsyncClient, Client
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families
from pytest_django import Settings

from chat.meters import Meters, meters
from chat.models import Generation
from chat.runner import Runner
from chat.services import runs
from maestro.checks import check_metrics_token
from maestro.metrics import door, shared
from sessions_app.models import Installation, ProviderSession, RefreshAttempt
from sessions_app.services import sweep
from tests.chat.page import Reader, open_page
from tests.chat.rows import queue
from tests.support.simulator import RunningSimulator

# Figures of all processes are read on a thread of its own, which sees what is committed.
pytestmark = pytest.mark.django_db(transaction=True)
TOKEN = "a-token-of-the-tests-that-is-long-enough"
BEARER = {"Authorization": f"Bearer {TOKEN}"}
Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


@pytest.fixture(autouse=True)
def _from_zero() -> None:
    meters.__dict__.update(Meters().__dict__)


@pytest.fixture
def token(settings: Settings) -> str:
    settings.MAESTRO_METRICS_TOKEN = TOKEN
    return TOKEN


def samples(text: str) -> Samples:
    """Every sample by name and labels, read as Prometheus reads it."""
    families = text_string_to_metric_families(text)
    return {
        (one.name, frozenset(one.labels.items())): one.value for family in families for one in family.samples
    }


def value(text: str, name: str, **labels: str) -> float:
    return samples(text)[name, frozenset(labels.items())]


def scrape(client: Client) -> str:
    answer = client.get("/metrics", headers=BEARER)
    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    return answer.content.decode()


def test_without_a_token_it_exists_for_staff_alone(client: Client, owner: User) -> None:
    assert client.get("/metrics").status_code == 404
    assert client.get("/metrics", headers=BEARER).status_code == 404
    assert client.get("/metrics", headers={"Authorization": "Bearer "}).status_code == 404
    client.force_login(owner)
    assert client.get("/metrics").status_code == 404
    User.objects.filter(pk=owner.pk).update(is_staff=True)
    assert client.get("/metrics").status_code == 200
    User.objects.filter(pk=owner.pk).update(is_active=False)
    assert client.get("/metrics").status_code == 404


@pytest.mark.parametrize(
    "given", ["", "Bearer", "Bearer wrong", f"Basic {TOKEN}", f"Bearer {TOKEN}x", "Bearer \xe9"]
)
def test_with_a_token_nothing_else_opens_it(client: Client, token: str, given: str) -> None:
    answer = client.get("/metrics", headers={"Authorization": given})
    assert answer.status_code == 403
    assert b"maestro_" not in answer.content
    assert token not in answer.content.decode()


def test_the_token_opens_it_and_no_form_of_accept_breaks_it(client: Client, token: str) -> None:
    for accept in ("application/openmetrics-text; version=x", "text/plain;version=a.b", "*/*"):
        assert client.get("/metrics", headers={**BEARER, "Accept": accept}).status_code == 200


def test_a_token_that_can_be_guessed_is_an_error_of_check(settings: Settings) -> None:
    for length, ids in ((0, []), (31, ["maestro.E018"]), (32, [])):
        settings.MAESTRO_METRICS_TOKEN = "x" * length
        assert [one.id for one in check_metrics_token(None)] == ids


def test_it_is_read_only_and_never_cached(client: Client, token: str) -> None:
    assert client.post("/metrics", headers=BEARER).status_code == 405
    assert "no-store" in client.get("/metrics", headers=BEARER)["Cache-Control"]


def test_sessions_refreshes_and_sweep_are_counted_for_all_processes(
    client: Client, token: str, session: ProviderSession
) -> None:
    now = timezone.now()
    for minutes, outcome in ((5, "refreshed"), (6, "refreshed"), (7, "wait"), (90, "refreshed")):
        sent = now - timedelta(minutes=minutes)
        RefreshAttempt.objects.create(
            session=session, version_before=1, cause="due", started_at=sent, sent_at=sent, outcome=outcome
        )
    sweep.sweep(by="worker")
    Installation.objects.update(last_sweep_at=now - timedelta(seconds=40))
    text = scrape(client)
    assert value(text, "maestro_sessions", provider="simulator", auth_type="api_key", status="active") == 1
    assert value(text, "maestro_refreshes_last_hour", provider="simulator", outcome="refreshed") == 2
    assert value(text, "maestro_refreshes_last_hour", provider="simulator", outcome="wait") == 1
    assert 40 <= value(text, "maestro_sweep_age_seconds", by="worker") < 60
    assert value(text, "maestro_database_up") == 1
    assert value(text, "maestro_on_hold") == 0


def test_runs_of_other_processes_and_their_silence_are_seen(
    client: Client, token: str, owner: User, session: ProviderSession
) -> None:
    taken = queue(owner, session).generation
    queue(owner, session)
    runs.claim(taken.pk, now=timezone.now() - timedelta(seconds=45))
    text = scrape(client)
    assert value(text, "maestro_unfinished_runs", status="queued") == 1
    assert value(text, "maestro_unfinished_runs", status="running") == 1
    assert 45 <= value(text, "maestro_oldest_heartbeat_seconds") < 60
    Generation.objects.all().delete()
    assert value(scrape(client), "maestro_oldest_heartbeat_seconds") == 0


async def test_a_streaming_answer_shows_in_the_process_that_runs_it(
    token: str, owner: User, session: ProviderSession, running: Runner, upstream: RunningSimulator
) -> None:
    upstream.set(pace=40)
    client = AsyncClient()
    async with open_page(owner) as page:
        ack = await page.ask(session)
        await page.attach(ack["generation"])
        reader = await page.read(Reader(), until=lambda one: one.text)
        during = (await client.get("/metrics", headers=BEARER)).content.decode()
        await page.read(reader)
        await page.receive_type("status")
        after = (await client.get("/metrics", headers=BEARER)).content.decode()
    assert value(during, "maestro_process_runs") == value(during, "maestro_open_sockets") == 1
    assert value(during, "maestro_unfinished_runs", status="running") == 1
    assert value(after, "maestro_process_runs") == 0
    assert value(after, "maestro_runs_total", provider="simulator", outcome="complete") == 1
    for histogram in ("first_token", "added_latency", "write_lag"):
        count = value(after, f"maestro_{histogram}_seconds_count")
        assert count >= 1
        assert value(after, f"maestro_{histogram}_seconds_bucket", le="+Inf") == count
        assert value(after, f"maestro_{histogram}_seconds_sum") > 0


def test_no_label_names_a_user_a_session_or_a_row(
    client: Client, token: str, owner: User, session: ProviderSession
) -> None:
    generation = queue(owner, session).generation
    runs.claim(generation.pk, now=timezone.now())
    text = scrape(client)
    for secret in (owner.username, session.name, str(session.pk), str(generation.pk), TOKEN):
        assert secret not in text
    labels = {name for _, pairs in samples(text) for name, _ in pairs}
    assert labels <= {"le", "provider", "outcome", "status", "auth_type", "by", "version", "python", "django"}


def test_a_database_that_is_away_leaves_the_figures_of_the_process(
    client: Client, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away() -> Any:
        raise OperationalError("no")

    monkeypatch.setattr(shared, "families", away)
    text = scrape(client)
    assert value(text, "maestro_database_up") == 0
    assert value(text, "maestro_open_sockets") == 0


def test_a_database_that_hangs_holds_no_scrape(
    client: Client, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = Event()
    monkeypatch.setattr(shared, "families", lambda: [shared.database_up(answers.wait(10))])
    monkeypatch.setattr(door, "_PATIENCE_S", 0.05)
    try:
        assert [value(scrape(client), "maestro_database_up") for _ in range(3)] == [0, 0, 0]
    finally:
        answers.set()


def test_the_document_names_every_figure_and_no_other(
    client: Client, token: str, session: ProviderSession
) -> None:
    meters.run_ended(provider="simulator", outcome="complete", first_token_s=0.5)
    sweep.sweep(by="serve")
    families = text_string_to_metric_families(scrape(client))
    given = {family.name for family in families if family.name.startswith("maestro_")}
    page = (Path(__file__).parents[3] / "docs/metrics.md").read_text()
    named = set(re.findall(r"^\| `(maestro_\w+?)(?:_total|_info)?`", page, re.MULTILINE))
    assert {re.sub("_(total|info)$", "", name) for name in given} == named
