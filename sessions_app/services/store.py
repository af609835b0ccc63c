"""Every write to a session's credentials and lease: conditional UPDATEs, each of one short transaction.

The version is the predicate, not the lease: a late but true answer must win over an expired lease.
`QuerySet.update` only, because a `save()` of an instance read earlier would undo others' writes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import Case, CharField, F, PositiveSmallIntegerField, Q, Value, When

from providers.credentials import ApiKeyCredential, Credentials, OAuthTokens
from sessions_app import crypto, document, liveness
from sessions_app.enums import Outcome, Status
from sessions_app.models import Installation, ProviderSession, RefreshAttempt
from sessions_app.services import schedule

_NO_LEASE: dict[str, Any] = {
    "lease_owner": None,
    "lease_until": None,
    "lease_process": "",
    "lease_sent_at": None,
}
_AN_INSTANT = timedelta(microseconds=1)  # the smallest step of the databases
_CLEAN: dict[str, Any] = {
    **_NO_LEASE,
    "ambiguous_sends": 0,
    "consecutive_failures": 0,
    "next_attempt_at": None,
}


@dataclass(frozen=True)
class Lease:
    """The right to refresh one version of one session, until it runs out."""

    session_id: UUID
    version: int
    owner: UUID
    started_at: datetime
    ambiguous_sends: int
    failures: int
    expires_at: datetime | None
    length: timedelta


def claim(
    session_id: UUID, *, version: int, now: datetime, length: timedelta = schedule.LEASE
) -> Lease | None:
    """Take the lease on exactly this version; `None` if somebody holds it or the row moved on.

    Also proves, before anything is spent at the provider, that the database takes writes.
    """
    owner = uuid4()
    # durable: a claim inside somebody's transaction would be invisible while the call is under way.
    with transaction.atomic(durable=True):
        claimed = ProviderSession.objects.filter(
            Q(lease_until=None) | Q(lease_until__lt=now),
            id=session_id,
            cred_version=version,
            status=Status.ACTIVE,
        ).update(
            lease_owner=owner,
            lease_until=now + length,
            lease_process=liveness.own_mark(),
            # A send whose process died is as ambiguous as one that got no answer.
            ambiguous_sends=Case(
                When(lease_sent_at__isnull=False, then=F("ambiguous_sends") + 1),
                default=F("ambiguous_sends"),
                output_field=PositiveSmallIntegerField(),
            ),
            lease_sent_at=None,
        )
        if not claimed:
            return None
        row = ProviderSession.objects.get(id=session_id)
    return Lease(
        session_id, version, owner, now, row.ambiguous_sends, row.consecutive_failures, row.expires_at, length
    )


def mark_sent(lease: Lease, *, now: datetime, cause: str, worker: str) -> int | None:
    """Write down, before it happens, that the token is sent; the id of the attempt's history row.

    `None`: the lease is not ours any more (this process was frozen), so nothing may be sent.
    """
    with transaction.atomic(durable=True):
        marked = _held(lease).update(lease_sent_at=now, lease_until=now + lease.length)
        if not marked:
            return None
        attempt = RefreshAttempt.objects.create(
            session_id=lease.session_id,
            version_before=lease.version,
            cause=cause,
            started_at=lease.started_at,
            sent_at=now,
            worker=worker,
        )
    return attempt.pk


def note_attempt(attempt_id: int, outcome: Outcome, *, now: datetime, **facts: Any) -> None:
    """Complete the history row. `facts`: http_status, error_code, request_id."""
    RefreshAttempt.objects.filter(id=attempt_id).update(outcome=outcome, finished_at=now, **facts)


def save_refreshed(
    session_id: UUID, *, version: int, tokens: OAuthTokens, now: datetime, attempt: int | None = None
) -> bool:
    """Store an answer over the version it was asked for; `False` if newer credentials are there.

    With `attempt`, its history row is completed in the same transaction. So it can be told that an earlier
    try of the same write, which looked failed because the connection broke, was committed: also `True`.
    """
    revived = Case(
        When(status__in=(Status.NEEDS_LOGIN, Status.KEY_ERROR), then=Value(Status.ACTIVE)),
        default=F("status"),
        output_field=CharField(),
    )
    known = [] if attempt is None else [attempt]
    ours = RefreshAttempt.objects.filter(id__in=known, session_id=session_id, version_before=version)
    with transaction.atomic():
        _count_token_write()
        changed = ProviderSession.objects.filter(id=session_id, cred_version=version).update(
            **_new_credentials(session_id, tokens, now=now), status=revived, status_reason=""
        )
        if changed:
            ours.update(outcome=Outcome.REFRESHED, finished_at=now)
    return bool(changed) or ours.filter(outcome=Outcome.REFRESHED).exists()


def note_superseded(session_id: UUID, *, version: int, attempt: int, now: datetime) -> bool:
    """Complete the history row of an answer that came too late; whether its tokens may be revoked.

    They may if the owner logged in again, disconnected or deleted. After another refresh they belong to the
    same login as the tokens in use, and those would be revoked with them. A copy of a database revokes nothing.
    """
    sends = RefreshAttempt.objects.filter(session_id=session_id, version_before=version)
    noted = sends.filter(id=attempt).exclude(outcome=Outcome.REFRESHED)
    was_noted = bool(noted.update(outcome=Outcome.SUPERSEDED, finished_at=now))
    if Installation.objects.exclude(held_at=None).exists():
        return False
    if not ProviderSession.objects.filter(id=session_id).exists():
        return True
    return was_noted and not sends.filter(outcome=Outcome.REFRESHED).exists()


def save_login(session_id: UUID, *, credentials: Credentials, now: datetime) -> bool:
    """Store what the owner just gave: it replaces any version. `False` if the session is gone."""
    with transaction.atomic():
        _count_token_write()
        changed = ProviderSession.objects.filter(id=session_id).update(
            **_new_credentials(session_id, credentials, now=now), status=Status.ACTIVE, status_reason=""
        )
    return bool(changed)


def release(lease: Lease, **changes: Any) -> bool:
    """Give the lease back with what was learned; `False` if the row moved on without us."""
    return bool(_held(lease).update(**_NO_LEASE, **changes))


def end_leases_of_the_dead(*, now: datetime) -> int:
    """Let leases end now whose owner is certainly dead; how many. Whether it had sent stays in the row.

    What it sent this moment may be on its way yet, so that lease is left to the next look.
    """
    at_rest = Q(lease_sent_at=None) | Q(lease_sent_at__lte=now - schedule.REPLAY_AFTER)
    held = ProviderSession.objects.filter(at_rest, lease_until__gte=now).exclude(lease_process="")
    marks = held.order_by().values_list("lease_process", flat=True).distinct()
    dead = [mark for mark in marks if liveness.is_certainly_dead(mark)]
    return held.filter(lease_process__in=dead).update(lease_until=now - _AN_INSTANT) if dead else 0


def shorten_leases(*, now: datetime) -> None:
    """Let leases end that no clock of today could have given: this one was set back since."""
    latest = now + schedule.LEASE
    ProviderSession.objects.filter(lease_until__gt=latest + schedule.CLOCK_SKEW).update(lease_until=latest)


def set_status(session: ProviderSession, status: Status, reason: str, **changes: Any) -> bool:
    """Change the status of the version that was read, unless it or its status moved on."""
    same = ProviderSession.objects.filter(
        id=session.id, cred_version=session.cred_version, status=session.status
    )
    return bool(same.update(status=status, status_reason=reason, **changes))


def merge_metadata(session_id: UUID, changes: dict[str, Any]) -> None:
    """Change some keys of `metadata` and leave the others, whoever else writes; nothing if it is gone."""
    with transaction.atomic():
        row = ProviderSession.objects.select_for_update().filter(id=session_id).first()
        if row is not None:
            row.metadata = {**row.metadata, **changes}
            row.save(update_fields=["metadata", "updated_at"])


def wipe(session_id: UUID, *, status: Status, reason: str) -> None:
    """Forget the credentials."""
    ProviderSession.objects.filter(id=session_id).update(
        credentials="",
        cred_version=F("cred_version") + 1,
        rt_fingerprint="",
        expires_at=None,
        refresh_at=None,
        status=status,
        status_reason=reason,
        **_CLEAN,
    )


def new_columns(session_id: UUID, credentials: Credentials, *, now: datetime) -> dict[str, Any]:
    """The columns that belong to `credentials`, without the version: for an INSERT."""
    if isinstance(credentials, ApiKeyCredential):
        return {"credentials": document.seal(session_id, credentials), "expires_at": None, "refresh_at": None}
    refresh_token = credentials.refresh_token
    expires_at = credentials.expires_at
    planned = schedule.refresh_at(session_id, issued_at=now, expires_at=expires_at)
    return {
        "credentials": document.seal(session_id, credentials, issued_at=now),
        "rt_fingerprint": crypto.fingerprint(refresh_token.reveal()) if refresh_token else "",
        "expires_at": expires_at,
        "refresh_at": planned if refresh_token else expires_at,  # nothing to trade: its end ends the login
        "last_refresh_at": now,
    }


def _new_credentials(session_id: UUID, credentials: Credentials, *, now: datetime) -> dict[str, Any]:
    return {
        **new_columns(session_id, credentials, now=now),
        **_CLEAN,
        "cred_version": F("cred_version") + 1,
        "updated_at": now,
    }


def _count_token_write() -> None:
    """An older copy of this database has a lower count (`instance`). First in its transaction, because
    everything locks that row before it locks sessions."""
    row = Installation.objects.filter(id=Installation.current().pk)
    row.update(token_writes=F("token_writes") + 1)


def _held(lease: Lease) -> Any:
    return ProviderSession.objects.filter(
        id=lease.session_id, cred_version=lease.version, lease_owner=lease.owner
    )
