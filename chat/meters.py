"""What this process counts about its answers, as plain numbers: the event loop adds, `/metrics` reads.

Nothing here locks, waits or knows how it is shown, because some of it is called for every frame.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter

# Seconds. First tokens come after tenths to minutes; ours is to add milliseconds; a batch is written four times a second.
FIRST_TOKEN_BOUNDS = (0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0, 60.0, 120.0)
ADDED_BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.02, 0.04, 0.08, 0.16, 0.5, 2.0)
WRITE_LAG_BOUNDS = (0.1, 0.25, 0.3, 0.4, 0.5, 1.0, 2.0, 5.0, 15.0, 60.0)


class Histogram:
    """How often a value fell between two bounds; the last count is of those above every bound."""

    __slots__ = ("bounds", "counts", "sum")

    def __init__(self, bounds: tuple[float, ...]) -> None:
        self.bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        self.sum = 0.0

    def observe(self, value: float) -> None:
        self.counts[bisect_left(self.bounds, value)] += 1
        self.sum += value

    def cumulative(self) -> list[int]:
        """For each bound how many values were not above it, and last how many there were."""
        total = 0
        return [total := total + count for count in self.counts]


class Meters:
    """Seconds, and counts since the process began."""

    def __init__(self) -> None:
        self.runs: Counter[tuple[str, str]] = Counter()  # by provider and outcome
        self.first_token = Histogram(FIRST_TOKEN_BOUNDS)
        # From the oldest delta of a frame to the moment the server has taken the frame: an upper bound for each.
        self.added = Histogram(ADDED_BOUNDS)
        # From the earliest moment that text of a batch can have come to the moment the batch is stored.
        self.write_lag = Histogram(WRITE_LAG_BOUNDS)
        self.last_write_lag = 0.0
        self.failed_writes = 0
        self.left_runs = 0  # of processes that died, ended by this one
        self.overflows = 0  # queues of slow readers that were dropped and read again from the database
        self.slow_closed = 0  # pages that read nothing at all

    def run_ended(self, *, provider: str, outcome: str, first_token_s: float | None) -> None:
        self.runs[provider, outcome] += 1
        if first_token_s is not None:
            self.first_token.observe(first_token_s)

    def wrote(self, lag_s: float) -> None:
        self.last_write_lag = lag_s
        self.write_lag.observe(lag_s)


meters = Meters()  # one for the process: what is counted belongs to it, not to one loop or socket
