"""What this process counted since it began, and what it does now. Another process has other figures."""

from __future__ import annotations

import platform
from collections.abc import Iterator

import django
from prometheus_client import ProcessCollector
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
    Metric,
)

from chat.meters import Histogram, Meters
from chat.runner import Runner
from providers import __version__

_machine = ProcessCollector(registry=None)  # memory, processor time, open files


def families(meters: Meters, runner: Runner | None) -> Iterator[Metric]:
    """Call it in the event loop of `runner`, whose numbers move nowhere else."""
    versions = {"version": __version__, "python": platform.python_version(), "django": django.__version__}
    yield InfoMetricFamily("maestro_build", "What runs here.", versions)
    yield from _runs(meters)
    yield from _writing(meters)
    yield from _readers(meters, runner)
    yield from _machine.collect()


def _runs(meters: Meters) -> Iterator[Metric]:
    ended = CounterMetricFamily(
        "maestro_runs", "Answers that ended in this process.", labels=["provider", "outcome"]
    )
    for (provider, outcome), count in sorted(meters.runs.items()):
        ended.add_metric([provider or "unknown", outcome], count)
    yield ended
    yield CounterMetricFamily(
        "maestro_left_runs", "Answers of dead processes that this one ended.", meters.left_runs
    )
    yield _histogram(
        "maestro_first_token_seconds", "From the stored message to the first content.", meters.first_token
    )
    yield _histogram(
        "maestro_added_latency_seconds",
        "From a frame's oldest delta to the frame's hand-over to the server.",
        meters.added,
    )


def _writing(meters: Meters) -> Iterator[Metric]:
    yield _histogram("maestro_write_lag_seconds", "From an event to its row, at most.", meters.write_lag)
    yield GaugeMetricFamily(
        "maestro_last_write_lag_seconds", "The same of the last batch.", meters.last_write_lag
    )
    yield CounterMetricFamily(
        "maestro_failed_writes", "Batches that the database did not take at once.", meters.failed_writes
    )


def _readers(meters: Meters, runner: Runner | None) -> Iterator[Metric]:
    queued = runner.hub.queued() if runner else []
    now = {
        "maestro_process_runs": ("Answers that this process works on.", runner.claimed() if runner else 0),
        "maestro_open_sockets": ("Pages connected here.", len(runner.hub.sockets()) if runner else 0),
        "maestro_queued_events": ("Live events that wait for slow pages.", sum(queued)),
        "maestro_longest_queue": ("The same for the page that is furthest behind.", max(queued, default=0)),
    }
    for name, (words, value) in now.items():
        yield GaugeMetricFamily(name, words, value)
    yield CounterMetricFamily(
        "maestro_queue_overflows", "Queues dropped and read again from the database.", meters.overflows
    )
    yield CounterMetricFamily(
        "maestro_slow_pages_closed", "Pages closed because they read nothing.", meters.slow_closed
    )


def _histogram(name: str, words: str, histogram: Histogram) -> HistogramMetricFamily:
    bounds = [*(str(bound) for bound in histogram.bounds), "+Inf"]
    buckets = list(zip(bounds, histogram.cumulative(), strict=True))
    return HistogramMetricFamily(name, words, buckets=buckets, sum_value=histogram.sum)
