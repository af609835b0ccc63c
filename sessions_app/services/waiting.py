"""One refresh for many who want it at once: done here, or waited for while another process does it.

Who wants it, and what it gets, is decided in `tokens`; the refresh itself is `refresh`.
"""

from __future__ import annotations

from sessions_app import liveness
from sessions_app.models import ProviderSession, Status
from sessions_app.services import refresh, store
from sessions_app.services.detached import run_detached
from sessions_app.services.refresh import Pace, RefreshResult

_POLL_FIRST_S, _POLL_LONGEST_S = 0.1, 1.0


def refresh_or_wait(session: ProviderSession, *, cause: str, pace: Pace) -> RefreshResult:
    """Refresh the version that was read, or wait for who does; do it after all if that process dies."""
    while True:
        result = run_detached(lambda: refresh.run(session, cause=cause, pace=pace))
        if result.state != "elsewhere" or not _died_while_waited_for(session, pace):
            return result


def _died_while_waited_for(session: ProviderSession, pace: Pace) -> bool:
    """Poll the row until nobody holds a lease on this version, or patience ends; whether a holder was found dead."""
    pause, waited, died = _POLL_FIRST_S, 0.0, False
    being_refreshed = ProviderSession.objects.filter(
        id=session.id, cred_version=session.cred_version, status=Status.ACTIVE
    )
    while waited < pace.patience.total_seconds():
        held = being_refreshed.filter(lease_until__gte=pace.clock())
        process = held.values_list("lease_process", flat=True).first()
        if process is None:
            return died
        if liveness.is_certainly_dead(process):
            died = True
            store.end_leases_of_the_dead(now=pace.clock())
        pace.sleep(pause)
        waited += pause
        pause = min(pause * 1.5, _POLL_LONGEST_S)
    return False
