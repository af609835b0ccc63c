"""What is true for all processes together, from the database: each process gives the same figures."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from django.utils import timezone
from prometheus_client.core import GaugeMetricFamily, Metric

from chat.services import figures as answers
from sessions_app.services import figures as sessions

RECENT = timedelta(hours=1)


def families() -> list[Metric]:
    """Sync; seven small queries. Raises `django.db.Error`."""
    now = timezone.now()
    return [database_up(True), *_answers(now), *_sessions(now), *_background(now)]


def database_up(is_up: bool) -> Metric:
    """Whether the figures of this module could be read."""
    return GaugeMetricFamily("maestro_database_up", "1 if the database answers.", int(is_up))


def _answers(now: datetime) -> Iterator[Metric]:
    rows = [((status,), count) for status, count in answers.unfinished().items()]
    yield _gauge("maestro_unfinished_runs", "Answers that wait or run, anywhere.", ("status",), rows)
    waiting = answers.waiting_messages()
    yield GaugeMetricFamily(
        "maestro_waiting_messages", "Messages that wait for the answer before them.", waiting
    )
    oldest = answers.oldest_heartbeat(now=now)
    yield GaugeMetricFamily(
        "maestro_oldest_heartbeat_seconds",
        "Since the sign of life of the run that is silent longest.",
        oldest,
    )


def _sessions(now: datetime) -> Iterator[Metric]:
    by_status = ("provider", "auth_type", "status")
    yield _gauge("maestro_sessions", "Sessions by their stored status.", by_status, sessions.by_status())
    by_outcome, refreshes = ("provider", "outcome"), sessions.refreshes(since=now - RECENT)
    yield _gauge("maestro_refreshes_last_hour", "Refreshes sent in the last hour.", by_outcome, refreshes)


def _background(now: datetime) -> Iterator[Metric]:
    swept = sessions.last_sweep()
    rows = [((swept.by,), (now - swept.at).total_seconds())] if swept else []
    yield _gauge("maestro_sweep_age_seconds", "Since the last look for due tokens.", ("by",), rows)
    yield GaugeMetricFamily(
        "maestro_on_hold", "1 while OAuth sessions are on hold as those of a copy.", int(sessions.is_held())
    )


def _gauge(
    name: str, words: str, labels: tuple[str, ...], rows: Iterable[tuple[tuple[str, ...], float]]
) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, words, labels=labels)
    for values, value in rows:
        family.add_metric(values, value)
    return family
