"""How Celery is set up: it only wakes the sweep, so everything that could lose, repeat or keep work is off."""

from __future__ import annotations

from django.conf import settings

from maestro.celery import app
from sessions_app import tasks
from sessions_app.services import schedule
from sessions_app.services.detached import PATIENCE_S

TOKEN_CALL_S = 90


def test_tasks_are_acknowledged_late_and_leave_nothing_behind() -> None:
    conf = app.conf
    assert conf.task_acks_late
    assert not conf.task_reject_on_worker_lost
    assert conf.result_backend is None
    assert conf.task_ignore_result
    assert not conf.task_store_errors_even_if_ignored
    assert not conf.worker_send_task_events
    assert conf.worker_prefetch_multiplier == 1


def test_only_json_travels() -> None:
    assert (app.conf.task_serializer, app.conf.result_serializer) == ("json", "json")
    assert list(app.conf.accept_content) == ["json"]


def test_time_limits_leave_a_token_call_and_its_saving_their_time() -> None:
    soft, hard = app.conf.task_soft_time_limit, app.conf.task_time_limit
    assert schedule.LEASE.total_seconds() < soft < hard
    assert soft > TOKEN_CALL_S + PATIENCE_S
    assert app.conf.broker_transport_options["visibility_timeout"] > hard


def test_a_worker_survives_a_redis_that_is_down_or_comes_back() -> None:
    assert app.conf.broker_connection_retry_on_startup
    assert app.conf.broker_connection_max_retries is None
    assert app.conf.worker_cancel_long_running_tasks_on_connection_loss is False
    assert app.conf.broker_transport_options["health_check_interval"] > 0


def test_beat_sends_one_task_which_expires_before_the_next() -> None:
    (entry,) = app.conf.beat_schedule.values()
    assert entry["task"] == tasks.sweep.name
    assert entry["options"]["expires"] <= entry["schedule"] == settings.MAESTRO_SWEEP_SECONDS
    assert "args" not in entry


def test_answers_of_models_are_no_tasks() -> None:
    names = [name for name in app.tasks if not name.startswith("celery.")]
    assert sorted(names) == ["sessions_app.tasks.refresh", "sessions_app.tasks.sweep"]
