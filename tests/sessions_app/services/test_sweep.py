"""The heartbeat of the background, and who takes over where there is none."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from typing import NoReturn

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from sessions_app import tasks
from sessions_app.models import Installation
from sessions_app.services import retention, sweep

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
SECONDS = timedelta(seconds=1)


@pytest.fixture
def installation() -> Installation:
    installation = Installation.current()
    Installation.objects.update(created_at=NOW)
    installation.refresh_from_db()
    return installation


def swept(installation: Installation) -> tuple[datetime | None, str]:
    installation.refresh_from_db()
    return installation.last_sweep_at, installation.last_sweep_by


def test_every_sweep_leaves_its_time_and_who_did_it(installation: Installation) -> None:
    sweep.sweep(by="serve", now=NOW)
    assert swept(installation) == (NOW, "serve")
    tasks.sweep()
    when, who = swept(installation)
    assert when is not None
    assert when > NOW
    assert who == "worker"


def test_the_web_process_takes_over_after_180_seconds_and_not_before(installation: Installation) -> None:
    sweep.sweep(by="worker", now=NOW)
    assert not sweep.take_over_if_late(since=NOW, now=NOW + 179 * SECONDS)
    assert sweep.take_over_if_late(since=NOW, now=NOW + 180 * SECONDS)
    assert swept(installation) == (NOW + 180 * SECONDS, "web")


def test_a_server_that_was_off_gives_its_worker_the_same_time(installation: Installation) -> None:
    sweep.sweep(by="worker", now=NOW)
    started = NOW + timedelta(days=1)
    assert not sweep.take_over_if_late(since=started, now=started + 179 * SECONDS)
    assert sweep.take_over_if_late(since=started, now=started + 180 * SECONDS)


def test_a_new_database_that_nobody_sweeps_is_taken_over_too(installation: Installation) -> None:
    assert not sweep.take_over_if_late(since=NOW, now=NOW + 100 * SECONDS)
    assert sweep.take_over_if_late(since=NOW, now=NOW + 181 * SECONDS)


def test_the_web_process_goes_on_until_another_is_back(installation: Installation) -> None:
    at = NOW + 180 * SECONDS
    assert sweep.take_over_if_late(since=NOW, now=at)
    assert not sweep.take_over_if_late(since=NOW, now=at + 5 * SECONDS)
    assert sweep.take_over_if_late(since=NOW, now=at + 15 * SECONDS)
    sweep.sweep(by="worker", now=at + 20 * SECONDS)
    assert not sweep.take_over_if_late(since=NOW, now=at + 40 * SECONDS)
    assert sweep.state(now=at + 40 * SECONDS) == "ok"


def test_of_two_web_processes_one_takes_over(installation: Installation) -> None:
    at = NOW + 180 * SECONDS
    assert sweep._claim(installation, at)
    assert not sweep._claim(installation, at)


def test_upkeep_that_fails_harms_no_sweep(
    installation: Installation, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(now: datetime) -> NoReturn:
        raise RuntimeError("no")

    monkeypatch.setattr(sweep, "_UPKEEP", (fail, *sweep._UPKEEP))
    with caplog.at_level(logging.ERROR):
        assert sweep.sweep(by="serve", now=NOW).failed == 0
    assert "upkeep failed" in caplog.text
    installation.refresh_from_db()
    assert installation.pruned_at == NOW  # the rest of the upkeep was done


def test_the_operator_is_told_while_the_background_does_not_run(staff: User) -> None:
    operator = Client()
    operator.force_login(staff)
    page = reverse("admin:index")
    sweep.sweep(by="worker")
    assert sweep.notice() == ""
    assert "does not run" not in operator.get(page).content.decode()
    Installation.objects.update(last_sweep_at=NOW)
    assert "nothing does it in its place" in sweep.notice()
    sweep.take_over_if_late(since=NOW)
    assert "so the web process does it" in operator.get(page).content.decode()


def test_history_is_removed_once_an_hour(installation: Installation) -> None:
    assert Installation.objects.get().pruned_at is None
    retention.prune_if_time(now=NOW)
    retention.prune_if_time(now=NOW + timedelta(minutes=59))
    installation.refresh_from_db()
    assert installation.pruned_at == NOW
    retention.prune_if_time(now=NOW + timedelta(minutes=61))
    installation.refresh_from_db()
    assert installation.pruned_at == NOW + timedelta(minutes=61)
