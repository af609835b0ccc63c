"""What a streamed answer costs and how late it is, from a paced provider to the page, against the least program.

Real servers in processes of their own, everything on: login, authorisation, the durable log, metrics. Ratios are of
CPU time in the same round; the medians of the rounds count. Each part takes under a minute a round.

Run: .venv/bin/python -m benchmarks.streams [--rounds 3] [--only many,few,one,storing,stop,idle,length]
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from statistics import median

from benchmarks import servers
from benchmarks.figures import Figure, percentile, show
from benchmarks.readers import Report
from benchmarks.servers import Measured, Provider

_SECONDS = 8.0  # of the window in which every page is being answered


def many(upstream: Provider, rounds: int) -> list[Figure]:
    """200 answers of 25 deltas a second."""
    found = _against_floor(upstream, ("uvicorn", "daphne"), rounds, pages=200, rate=25, ramp_s=20)
    return [
        Figure("CPU, uvicorn", _ratio(found, "uvicorn"), "× the floor", 2.0),
        Figure("CPU, daphne", _ratio(found, "daphne"), "× the floor", 3.0),
        Figure("CPU of the floor", _cost(found["floor"]), "s per 100,000 deltas"),
        Figure("CPU, uvicorn", _cost(found["uvicorn"]), "s per 100,000 deltas"),
        Figure("CPU, daphne", _cost(found["daphne"]), "s per 100,000 deltas"),
        Figure(
            "CPU of the whole run, beginnings and ends too, uvicorn",
            _whole(found["uvicorn"]),
            "s per 100,000 deltas",
        ),
        Figure("time to first token added, p95, uvicorn", _first_token(found["uvicorn"], 0.95), "ms", 30),
        Figure("latency added to a delta, p95, uvicorn", _latency(found["uvicorn"], 0.95), "ms", 40),
        Figure("latency of the floor, p95", _latency(found["floor"], 0.95), "ms"),
        Figure("deltas in a frame, uvicorn", _merged(found["uvicorn"]), ""),
        Figure("lost, doubled or reordered answers", _wrong(found), "", 0),
        Figure("memory of an open stream, uvicorn", _memory(found["uvicorn"]), "KiB", 40),
        Figure("memory of the idle process, uvicorn", _idle(found["uvicorn"]), "MiB", 110),
    ]


def few(upstream: Provider, rounds: int) -> list[Figure]:
    """50 answers of 40 deltas a second."""
    found = _against_floor(upstream, ("uvicorn",), rounds, pages=50, rate=40, ramp_s=5)
    return [
        Figure("CPU, uvicorn", _ratio(found, "uvicorn"), "× the floor", 2.5),
        Figure("CPU, uvicorn", _cost(found["uvicorn"]), "s per 100,000 deltas"),
        Figure("latency added to a delta, p95", _latency(found["uvicorn"], 0.95), "ms"),
        Figure("lost, doubled or reordered answers", _wrong(found), "", 0),
    ]


def one(upstream: Provider, rounds: int) -> list[Figure]:
    """One answer at a time, ten of them one after another."""
    with servers.maestro("uvicorn", upstream, pages=10) as server:
        server.measure(1, rate=25, count=25)  # opens connections and imports what is imported late
        reports = [server.measure(10, rate=25, count=50, ramp_s=30) for _ in range(max(1, rounds // 3))]
    return [
        Figure("time to first token added, median", _first_token(reports, 0.5), "ms", 5),
        Figure(
            "latency added to a delta, p95",
            percentile([one for r in reports for one in r.latency], 0.95),
            "ms",
            5,
        ),
        Figure("deltas in a frame", _merged(reports), ""),
    ]


def storing(upstream: Provider, rounds: int) -> list[Figure]:
    """50 answers written down while they stream, and not."""
    found: dict[str, list[Report]] = {servers.STORED: [], servers.UNSTORED: []}
    for _ in range(rounds):
        for app, reports in found.items():
            with servers.maestro("uvicorn", upstream, pages=50, app=app) as server:
                reports.append(_steady(server, pages=50, rate=40, ramp_s=5))
    stored, unstored = (_cost(found[app]) for app in (servers.STORED, servers.UNSTORED))
    return [Figure("CPU for writing the answer down", 100 * (stored / unstored - 1), "% more", 15)]


def stop(upstream: Provider, rounds: int) -> list[Figure]:
    """From the click to the provider's side of the connection, 50 answers running."""
    waits: list[float] = []
    with servers.maestro("uvicorn", upstream, pages=50) as server:
        for _ in range(rounds):
            report = server.measure(50, rate=25, count=2000, ramp_s=5, stop_after_s=8)
            closed = upstream.closed()
            waits += [(closed[number] - at) / 1000 for number, at in report.stopped_at.items()]
    return [
        Figure("stop, until the provider notices, p95", percentile(waits, 0.95), "ms", 100),
        Figure("the same, median", percentile(waits, 0.5), "ms"),
    ]


def idle(upstream: Provider, rounds: int) -> list[Figure]:
    """500 pages that are open and silent."""
    with servers.maestro("uvicorn", upstream, pages=100, MAESTRO_MAX_SOCKETS_PER_USER="6") as server:
        server.measure(10, rate=25, count=1)
        server.pages *= 5
        report = server.measure(500, rate=25, count=0)
    return [Figure("memory of an idle socket", (report.rss_open - report.rss_before) / 500, "KiB", 35)]


def length(upstream: Provider, rounds: int) -> list[Figure]:
    """One answer of 1,000, 10,000 and 100,000 deltas, 4,000 a second."""
    cost: dict[int, float] = {}
    with servers.maestro("uvicorn", upstream, pages=20) as server:
        server.measure(1, rate=4000, count=100)
        start = median(server.measure(10, rate=1, count=1, ramp_s=2).cpu / 10 for _ in range(rounds))
        for count, pages in ((1_000, 20), (10_000, 3), (100_000, 1)):
            report = server.measure(pages, rate=4000, count=count, ramp_s=pages * (count / 4000 + 0.3))
            cost[count] = (report.cpu - start * pages) / report.deltas * 1e5
    figures = [Figure(f"CPU of {count:,} deltas", value, "s per 100,000") for count, value in cost.items()]
    worst = 100 * (max(cost.values()) / min(cost.values()) - 1)
    return [
        *figures,
        Figure("CPU of an answer's beginning and end", start * 1000, "ms"),
        Figure("longest against cheapest", worst, "% apart", 30),
    ]


def _against_floor(
    upstream: Provider, kinds: Sequence[str], rounds: int, *, pages: int, rate: float, ramp_s: float
) -> dict[str, list[Report]]:
    found: dict[str, list[Report]] = {kind: [] for kind in ("floor", *kinds)}
    for _ in range(rounds):
        with servers.floor(upstream, pages=pages) as server:
            found["floor"].append(_steady(server, pages=pages, rate=rate, ramp_s=2))
        for kind in kinds:
            with servers.maestro(kind, upstream, pages=pages) as server:
                found[kind].append(_steady(server, pages=pages, rate=rate, ramp_s=ramp_s))
    return found


def _steady(server: Measured, *, pages: int, rate: float, ramp_s: float) -> Report:
    return server.measure(pages, rate=rate, count=int(rate * (ramp_s + _SECONDS)), ramp_s=ramp_s)


def _cost(reports: Sequence[Report]) -> float:
    return median(one.steady_cpu / max(1, one.steady_deltas) * 1e5 for one in reports)


def _whole(reports: Sequence[Report]) -> float:
    return median(one.cpu / one.deltas * 1e5 for one in reports)


def _ratio(found: dict[str, list[Report]], kind: str) -> float:
    pairs = zip(found[kind], found["floor"], strict=True)
    return median(_cost([ours]) / _cost([floor]) for ours, floor in pairs)


def _first_token(reports: Sequence[Report], share: float) -> float:
    return median(percentile(one.first_token, share) for one in reports)


def _latency(reports: Sequence[Report], share: float) -> float:
    return median(percentile(one.steady_latency, share) for one in reports)


def _merged(reports: Sequence[Report]) -> float:
    return median(one.deltas / one.frames for one in reports)


def _wrong(found: dict[str, list[Report]]) -> int:
    return sum(len(one.wrong) for reports in found.values() for one in reports)


def _memory(reports: Sequence[Report]) -> float:
    return median((one.rss_during - one.rss_open) / len(one.first_token) for one in reports)


def _idle(reports: Sequence[Report]) -> float:
    return median(one.rss_before / 1024 for one in reports)


PARTS: dict[str, Callable[[Provider, int], list[Figure]]] = {
    part.__name__: part for part in (many, few, one, storing, stop, idle, length)
}


def main() -> None:
    """Measure, print, and fail if a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", default=",".join(PARTS), help="parts, with commas between")
    options = parser.parse_args()
    missed = False
    with servers.provider() as upstream:
        for name in options.only.split(","):
            missed |= show(f"{name}: {PARTS[name].__doc__}", PARTS[name](upstream, options.rounds))
    raise SystemExit(1 if missed else 0)


if __name__ == "__main__":
    main()
