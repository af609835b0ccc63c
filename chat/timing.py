"""How often the runner does what, in seconds. Tests shorten them; the product uses the defaults."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Timing:
    """`flush` bounds the text that a crash can lose; `watch` how long a stop takes in
    another process when no hint arrives: the provider should see it within a second."""

    flush: float = 0.15  # with what a write takes on a busy machine: less than a quarter of a second
    snapshot: float = 3.0
    heartbeat: float = 10.0
    watch: float = 0.4
    pick_up: float = 5.0
    sweep: float = 20.0  # with `dead_after`: what a crash leaves is ended within 90 s of the next start
    index: float = 2.0
    dead_after: float = 60.0
    check_logins: float = 20.0
    tidy: float = 3600.0
