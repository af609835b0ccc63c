"""How long Maestro itself takes to create a session, to log one in, and to refresh one.

The provider is the simulator on loopback, which answers at once; what it takes is counted in, so the
figures are upper bounds. Goals: a session in under 500 ms, a refresh in under 2 s; the exit code is 1 if a median misses its own.

Run: .venv/bin/python -m benchmarks.sessions
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable

RUNS = 30
GOALS_MS = {"create by API key": 500.0, "log in by pasted code": 500.0, "refresh": 2000.0}


def _milliseconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000


def _measure(base_url: str, approve: Callable[[str], str]) -> dict[str, list[float]]:
    from django.conf import settings
    from django.contrib.auth.models import User

    from providers.credentials import Secret
    from sessions_app.services import login, sessions, tokens

    settings.MAESTRO_PROVIDERS["simulator"]["base_url"] = base_url
    user = User.objects.create_user("bench")
    times: dict[str, list[float]] = {name: [] for name in GOALS_MS}
    for number in range(RUNS):
        times["create by API key"].append(
            _milliseconds(
                lambda number=number: sessions.create_session(
                    owner=user, provider="simulator", auth_type="api_key", name=f"key{number}", api_key=Secret("sk-sim-bench"),
                )
            )
        )  # fmt: skip
        session = sessions.create_session(
            owner=user, provider="simulator", auth_type="oauth", name=f"oauth{number}"
        )
        pasted = approve(login.begin_login(session, user=user).url)
        times["log in by pasted code"].append(
            _milliseconds(
                lambda session=session, pasted=pasted: login.finish_login(session, user=user, pasted=pasted)
            )
        )
        times["refresh"].append(
            _milliseconds(lambda session=session: tokens.refresh_session(session.id, force=True))
        )
    return times


def main() -> int:
    """Print the median and the longest of each, beside its goal; how many missed it."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ.update(MAESTRO_DATA_DIR=folder, MAESTRO_SIMULATOR="1", LOG_LEVEL="WARNING")
        os.environ["DJANGO_SETTINGS_MODULE"] = "maestro.settings"
        import django
        from django.core.management import call_command

        django.setup()
        call_command("migrate", verbosity=0)
        from tests.support.simulator import running_simulator

        with running_simulator() as simulator:
            times = _measure(simulator.url, simulator.approve)
    print("Maestro's own time per operation, the simulator's included")
    print(f"{'':24}{'median':>10}{'longest':>10}{'goal':>10}   (ms, {RUNS} runs)")
    for name, found in times.items():
        print(f"{name:24}{statistics.median(found):10.1f}{max(found):10.1f}{GOALS_MS[name]:10.0f}")
    return sum(statistics.median(found) > GOALS_MS[name] for name, found in times.items())


if __name__ == "__main__":
    sys.exit(1 if main() else 0)
