"""Who may use which tokens now: access for callers, refresh by request, refresh of what is due.

The page, the admin, the command, the task, the loop and the chat all come through here.
"""

from __future__ import annotations

import logging
import time
from collections import defaultdict
from collections.abc import Collection, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice
from uuid import UUID

from django.db import connections
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from providers.credentials import Credentials
from providers.interface import Provider
from sessions_app.document import unseal
from sessions_app.enums import Status
from sessions_app.errors import ProviderUnavailable, SessionUnavailable, Undecryptable
from sessions_app.models import ProviderSession
from sessions_app.models.session import IN_DOUBT
from sessions_app.prepared import Select, on
from sessions_app.services import audit, instance, keys, refresh, rescue, schedule, store, waiting
from sessions_app.services.providers import get_provider
from sessions_app.services.refresh import REAL_TIME, Pace, RefreshResult

logger = logging.getLogger(__name__)

MAX_PER_SWEEP = 100
MAX_BACKLOG_PER_SWEEP = 10
MAX_AT_ONCE_PER_PROVIDER = 5
# No call is begun later than this, so that sweep, call and save end before the worker's time limit.
_SWEEP_BUDGET_S = 30.0
_USE_NOTED_EVERY = timedelta(minutes=1)
_SESSION = Select(lambda pk: ProviderSession.objects.filter(pk=pk), on(ProviderSession, "id"))


@dataclass(frozen=True)
class Access:
    """What a call to the provider needs. `cred_version` names the credentials in `access_after_401`."""

    session_id: UUID
    provider: Provider
    credentials: Credentials
    cred_version: int


@dataclass(frozen=True)
class SweepResult:
    """How many sessions were due, and what became of them; the rest waits for the next sweep."""

    due: int = 0
    refreshed: int = 0
    failed: int = 0


def access_for(session_id: UUID, *, pace: Pace = REAL_TIME) -> Access:
    """Credentials that work now, refreshed first if their life is over. May wait up to 90 s.

    Raises `SessionUnavailable`. Call it in a thread from async code: the refresh itself goes on
    to its end even if the caller is cancelled.
    """
    session = _readable(session_id)
    access, now = _access(session), pace.clock()
    _note_use(session, now)
    if _has_life(session, now):
        return access
    _refresh_unless_waiting(session, cause="needed", pace=pace)
    session = _readable(session_id)
    if session.expires_at and session.expires_at > pace.clock():
        return _access(session)
    raise _not_refreshed(session)


def access_at_hand(session_id: UUID, *, now: datetime) -> Access | None:
    """The same where nothing has to be waited for or written; `None` where `access_for` has something to do or to say.

    Read afresh, like every other: whoever has the row of a session may have waited since. `note_uses` is the caller's.
    """
    if instance.watch():
        return None
    session = _SESSION.first(session_id)
    if session is None or session.status != Status.ACTIVE or not _has_life(session, now):
        return None
    try:
        return _access(session)
    except SessionUnavailable:
        return None


def note_uses(session_ids: Collection[UUID]) -> None:
    """Sessions were used. Once a minute is enough for people, and keeps writes away from every prompt."""
    now = timezone.now()
    unused = ProviderSession.objects.filter(_unnoted(now), pk__in=session_ids)
    if unused.exists():
        unused.update(last_used_at=now)


def access_after_401(session_id: UUID, *, cred_version: int, pace: Pace = REAL_TIME) -> Access:
    """Other credentials than those of `cred_version`, which the provider has just refused.

    Raises `SessionUnavailable` if there are none: a refused API key, a refresh that failed.
    """
    session = _readable(session_id)
    if session.cred_version != cred_version:
        return access_for(session_id, pace=pace)
    if not session.is_oauth:
        store.set_status(session, Status.NEEDS_LOGIN, "key_rejected")
        raise unavailable(_read(session_id))
    _refresh_unless_waiting(session, cause="rejected", pace=pace)
    session = _readable(session_id)
    if session.cred_version == cred_version:
        raise _not_refreshed(session)
    return _access(session)


def refresh_session(
    session_id: UUID,
    *,
    force: bool = False,
    now: datetime | None = None,
    pace: Pace = REAL_TIME,
) -> RefreshResult:
    """Refresh if it is time, or now with `force`; never raises for what a provider does."""
    pace = replace(pace, clock=lambda: now) if now else pace
    instance.watch()
    session = ProviderSession.objects.filter(id=session_id).first()
    if session is None:
        return RefreshResult("gone", _("The session does not exist any more."))
    if not session.is_oauth:
        said = _("An API key does not expire, so there is nothing to refresh.")
        return RefreshResult("unavailable", said)
    if session.status == Status.KEY_ERROR:
        session = recover_readable(session)
    if session.status != Status.ACTIVE:
        return RefreshResult("unavailable", session.state_sentence)
    if not force and (not_yet := _not_yet(session, pace.clock())):
        return not_yet
    result = waiting.refresh_or_wait(session, cause="forced" if force else "due", pace=pace)
    if force:
        audit.record(audit.REFRESHED, session=session, detail="" if result.ok else gettext_noop("It failed."))
    return result


def refresh_due(*, now: datetime | None = None, pace: Pace = REAL_TIME) -> SweepResult:
    """Refresh what is due: at most 100 sessions, 5 at a time per provider. Safe to call anywhere, any time."""
    instance.watch()
    for unreadable in ProviderSession.objects.filter(status=Status.KEY_ERROR).iterator():
        _recover(unreadable)
    pace = replace(pace, clock=lambda: now) if now else pace
    rescue.replay()
    store.shorten_leases(now=pace.clock())
    store.end_leases_of_the_dead(now=pace.clock())
    by_provider: dict[str, list[ProviderSession]] = defaultdict(list)
    for session in _due(pace.clock()):
        by_provider[session.provider].append(session)
    states = _sweep(by_provider.values(), pace)
    return SweepResult(
        due=sum(map(len, by_provider.values())),
        refreshed=states.count("refreshed"),
        failed=len([state for state in states if state not in {"refreshed", "fresh", "elsewhere"}]),
    )


def take_over_from_the_dead(*, pace: Pace = REAL_TIME) -> SweepResult:
    """Go on at once where a process of this machine was killed in a refresh. One query where none was.

    For a provider's grace, within which it takes a token again that it has just traded, the next sweep may be too late.
    """
    if store.end_leases_of_the_dead(now=pace.clock()):
        return refresh_due(pace=pace)
    return SweepResult()


def recover_readable(session: ProviderSession) -> ProviderSession:
    """Put a session in `key_error` back to work if the keys open it again; the row as it is then."""
    return _read(session.id) if _recover(session) else session


def _recover(session: ProviderSession) -> bool:
    try:
        unseal(session.id, session.credentials)
    except Undecryptable:
        return False
    return store.set_status(session, Status.ACTIVE, "")


def unavailable(session: ProviderSession) -> SessionUnavailable:
    """Why `session` cannot be used, as an error to raise."""
    return SessionUnavailable(
        session.state_sentence,
        name=session.name,
        status=session.state,
        reason=session.state_reason or session.state,
        retry_at=session.next_attempt_at,
    )


def _read(session_id: UUID) -> ProviderSession:
    session = _SESSION.first(session_id)
    if session is None:
        raise SessionUnavailable(_("This session does not exist any more."), status="gone", reason="gone")
    return session


def _readable(session_id: UUID) -> ProviderSession:
    instance.watch()
    session = _read(session_id)
    if session.status == Status.KEY_ERROR:
        session = recover_readable(session)
    if session.status != Status.ACTIVE:
        raise unavailable(session)
    return session


def _access(session: ProviderSession) -> Access:
    try:
        provider = get_provider(session.provider)
        credentials = unseal(session.id, session.credentials)
    except ProviderUnavailable as error:
        raise SessionUnavailable(error.message, status=session.status, reason=error.code) from error
    except Undecryptable as error:
        keys.note_unreadable(session, error.reason)
        raise SessionUnavailable(error.message, status=Status.KEY_ERROR, reason=error.reason) from error
    return Access(session.id, provider, credentials, session.cred_version)


def _has_life(session: ProviderSession, now: datetime) -> bool:
    if session.expires_at is None:
        return True
    issued_at = session.last_refresh_at or session.created_at
    return now < session.expires_at - schedule.margin(issued_at=issued_at, expires_at=session.expires_at)


def _not_yet(session: ProviderSession, now: datetime) -> RefreshResult | None:
    is_of_today = session.last_refresh_at is None or session.last_refresh_at <= schedule.latest_issue(now)
    in_doubt = session.lease_sent_at is not None or session.ambiguous_sends > 0
    if session.refresh_at and now < session.refresh_at and is_of_today and not in_doubt:
        return RefreshResult("fresh", _("The session does not need a refresh yet."))
    if schedule.is_waiting(session.next_attempt_at, now):
        return RefreshResult("waiting", session.state_sentence)
    return None


def _refresh_unless_waiting(session: ProviderSession, *, cause: str, pace: Pace) -> None:
    """Refresh on behalf of a caller, who reads the row again afterwards. Obeys the back-off."""
    if not schedule.is_waiting(session.next_attempt_at, pace.clock()):
        waiting.refresh_or_wait(session, cause=cause, pace=pace)


def _not_refreshed(session: ProviderSession) -> SessionUnavailable:
    said = _("Access has ended and could not be refreshed yet. Nothing was lost.")
    if session.next_attempt_at:
        next_at = f"{timezone.localtime(session.next_attempt_at):%H:%M:%S}"
        said = _(
            "Access has ended and could not be refreshed yet. The next try is at %(time)s. Nothing was lost."
        ) % {"time": next_at}
    return SessionUnavailable(
        said,
        name=session.name,
        status=session.status,
        reason="refresh_failed",
        retry_at=session.next_attempt_at,
    )


def _note_use(session: ProviderSession, now: datetime) -> None:
    if session.last_used_at is None or session.last_used_at < now - _USE_NOTED_EVERY:
        ProviderSession.objects.filter(_unnoted(now), id=session.id).update(last_used_at=now)


def _unnoted(now: datetime) -> Q:
    return Q(last_used_at=None) | Q(last_used_at__lt=now - _USE_NOTED_EVERY)


def _due(now: datetime) -> list[ProviderSession]:
    """What came due lately, and a little of what is long overdue, the least tried first."""
    due = ProviderSession.objects.due(now)
    lately = Q(refresh_at__gt=now - schedule.BACKLOG_AFTER, refresh_at__lte=now) | IN_DOUBT
    backlog = due.exclude(lately).order_by(F("next_attempt_at").asc(nulls_first=True), "expires_at")
    turns = ((due.filter(lately), MAX_PER_SWEEP), (backlog, MAX_BACKLOG_PER_SWEEP))
    if keys.watch():
        return [session for rows, count in turns for session in rows[:count]]
    # Nothing is marked now, so what cannot be read stays due; it must not keep the rest from its turn.
    return [
        session
        for rows, count in turns
        for session in islice((row for row in rows.iterator() if row.is_usable), count)
    ]


def _sweep(groups: Iterable[list[ProviderSession]], pace: Pace) -> list[str]:
    stop_at = time.monotonic() + _SWEEP_BUDGET_S
    pools, futures = [], []
    for group in groups:
        pool = ThreadPoolExecutor(MAX_AT_ONCE_PER_PROVIDER, thread_name_prefix="sweep")
        pools.append(pool)
        futures += [pool.submit(_refresh_one, session, stop_at, pace) for session in group]
    for pool in pools:
        pool.shutdown(wait=True)
    return [future.result() for future in futures]


def _refresh_one(session: ProviderSession, stop_at: float, pace: Pace) -> str:
    try:
        if time.monotonic() > stop_at:
            return "fresh"  # left for the next sweep
        return refresh.run(session, cause="due", pace=pace).state
    except Exception:
        # One broken session must not keep the others from being refreshed.
        logger.exception("session %s: refresh broke off", session.id)
        return "failed"
    finally:
        connections.close_all()
