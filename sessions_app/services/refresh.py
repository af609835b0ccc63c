"""One refresh of one version of one session: claim, mark, call, save.

The only code that sends a refresh token. Who waits, who is due and who gets the access token is
decided in `tokens`; what an error means in `outcomes`; every write is in `store`.
"""

from __future__ import annotations

import logging
import os
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from django.db import Error as DatabaseTrouble
from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

from providers.credentials import OAuthTokens
from providers.errors import ConnectFailed, ProviderError
from providers.interface import OAuth
from sessions_app.document import unseal
from sessions_app.enums import Outcome, Status
from sessions_app.errors import AuthTypeUnavailable, ProviderUnavailable, Undecryptable
from sessions_app.faults import fault
from sessions_app.models import ProviderSession
from sessions_app.services import instance, keys, refused, rescue, schedule, store
from sessions_app.services.detached import persist
from sessions_app.services.outcomes import Verdict, classify
from sessions_app.services.providers import get_provider, require_oauth
from sessions_app.services.revoking import short
from sessions_app.words import why

logger = logging.getLogger(__name__)

MAX_AMBIGUOUS_SENDS = 2
_FROZEN_SHARE = 1 / 3  # of the lease: 60 s, so that a call begun just before still ends within it

State = Literal[
    "refreshed", "fresh", "elsewhere", "waiting", "failed", "misconfigured", "needs_login", "key_error",
    "unavailable", "gone",
]  # fmt: skip


@dataclass(frozen=True)
class Pace:
    """Where time comes from, how long a claim holds, and how long others are waited for; tests give their own."""

    clock: Callable[[], datetime] = timezone.now
    sleep: Callable[[float], None] = time.sleep
    lease: timedelta = schedule.LEASE
    patience: timedelta = schedule.WAIT_FOR_OTHERS


REAL_TIME = Pace()


@dataclass(frozen=True)
class RefreshResult:
    """How a refresh ended, with a sentence for people. `error` is what the provider answered, if it did."""

    state: State
    sentence: str
    error: ProviderError | None = field(default=None, compare=False)

    @property
    def ok(self) -> bool:
        """Whether the session has working tokens as far as we know."""
        return self.state in {"refreshed", "fresh", "elsewhere"}


@dataclass(frozen=True)
class _Send:
    """What every send of one round needs."""

    lease: store.Lease
    provider: str
    oauth: OAuth
    tokens: OAuthTokens
    cause: str
    pace: Pace


def run(session: ProviderSession, *, cause: str, pace: Pace) -> RefreshResult:
    """Refresh the version that `session` was read with, unless somebody else does or did."""
    if instance.watch():
        return RefreshResult("unavailable", instance.standing().sentence)
    rescue.replay()  # what was traded already must not be traded again
    try:
        oauth = require_oauth(get_provider(session.provider))
        credentials = unseal(session.id, session.credentials)
    except Undecryptable as error:
        keys.note_unreadable(session, error.reason)
        return RefreshResult("key_error", error.message)
    except (ProviderUnavailable, AuthTypeUnavailable) as error:
        return _postpone(session, error.message, pace.clock())
    if not isinstance(credentials, OAuthTokens) or not credentials.refresh_token:
        return _nothing_to_trade(session, pace.clock())
    if refused.is_known(credentials):
        return _needs_login(session, "refused_before")
    if session.lease_until is not None:
        store.end_leases_of_the_dead(now=pace.clock())
    lease = store.claim(session.id, version=session.cred_version, now=pace.clock(), length=pace.lease)
    if lease is None:
        return _elsewhere()
    fault("refresh.after_claim")
    send = _Send(lease, session.provider, oauth, credentials, cause, pace)
    return _give_up(send, "lost_response") if lease.ambiguous_sends > MAX_AMBIGUOUS_SENDS else _round(send)


def _round(send: _Send) -> RefreshResult:
    """One send, and a second where the first answer asks for it."""
    first = _send_once(send)
    if isinstance(first, RefreshResult):
        return first
    verdict = classify(first)
    is_first_doubt = verdict.replay and send.lease.ambiguous_sends == 0
    if not is_first_doubt and verdict.outcome != Outcome.REFUSED:
        return _settle(send, first, verdict, counts=int(verdict.counts))
    send.pace.sleep(schedule.REPLAY_AFTER.total_seconds())
    second = _send_once(send)
    if isinstance(second, RefreshResult):
        return second
    in_doubt = verdict.replay or send.lease.ambiguous_sends > 0
    last = classify(second)
    if last.outcome == Outcome.REFUSED:
        persist(lambda: refused.remember(send.tokens, now=send.pace.clock()), sleep=send.pace.sleep)
        return _give_up(send, "lost_response" if in_doubt else "invalid_grant", second)
    return _settle(send, second, last, counts=int(verdict.counts) + int(last.counts))


def _send_once(send: _Send) -> RefreshResult | ProviderError:
    """Mark, call, save. An error is returned, not raised: the caller decides by it."""
    sent_at = send.pace.clock()
    attempt = store.mark_sent(send.lease, now=sent_at, cause=send.cause, worker=_worker())
    if attempt is None:
        return _elsewhere()  # the row moved on: newer credentials, or somebody else's lease
    fault("refresh.after_mark")
    try:
        if send.pace.clock() - sent_at > send.pace.lease * _FROZEN_SHARE:
            raise ConnectFailed(_("This process was stopped for too long, so nothing was sent."))
        fault("refresh.before_send")
        answer = send.oauth.refresh(send.tokens)
    except ProviderError as error:
        _note_error(attempt, error, send.pace.clock())
        return error
    return _save(send, attempt, answer)


def _save(send: _Send, attempt: int, answer: OAuthTokens) -> RefreshResult:
    """Store the answer before anything else is done with it."""
    fault("refresh.after_answer")
    lease = send.lease
    fate = rescue.keep(
        rescue.Answer(send.provider, lease.session_id, lease.version, attempt, send.pace.clock(), answer),
        sleep=send.pace.sleep,
    )
    fault("refresh.after_save")
    logger.info(
        "session %s: refresh %s, token %s → %s", lease.session_id, fate, short(send.tokens), short(answer)
    )
    instance.remember()
    return _end(fate)


def _end(fate: rescue.Fate) -> RefreshResult:
    match fate:
        case "stored":
            return RefreshResult("refreshed", _("Refreshed. The session has new tokens."))
        case "superseded":
            return _elsewhere()
        case "kept":
            said = _(
                "The provider answered, but the database takes no writes. The new tokens are kept in the data "
                "folder and stored as soon as it does. The operator should look at the database."
            )
            return RefreshResult("waiting", said)


def _elsewhere() -> RefreshResult:
    return RefreshResult("elsewhere", _("The session is being refreshed, or has just been."))


def _settle(send: _Send, error: ProviderError, verdict: Verdict, *, counts: int) -> RefreshResult:
    """Give the lease back after a failure that is not final."""
    lease, now = send.lease, send.pace.clock()
    ambiguous = lease.ambiguous_sends + counts
    if ambiguous > MAX_AMBIGUOUS_SENDS:
        return _give_up(send, "lost_response", error)
    is_ours = verdict.outcome == Outcome.MISCONFIGURED
    failures = lease.failures + 1
    retry_at = schedule.next_attempt_at(
        now, failures=failures, expires_at=lease.expires_at, retry_after=error.retry_after
    )
    released = _release(
        send,
        ambiguous_sends=ambiguous,
        consecutive_failures=failures,
        next_attempt_at=retry_at,
        status_reason="misconfigured" if is_ours else "",
    )
    if not released:
        return _elsewhere()
    level = logging.ERROR if is_ours else logging.WARNING
    logger.log(level, "session %s: refresh failed (%s), next try %s", lease.session_id, error.kind, retry_at)
    next_at = f"{timezone.localtime(retry_at):%H:%M:%S}"
    sentence = _("%(error)s The next try is at %(time)s.") % {"error": error.message, "time": next_at}
    if is_ours:
        sentence = _("The operator must correct the OAuth settings.") + f" {sentence}"
    return RefreshResult("misconfigured" if is_ours else "failed", sentence, error)


def _give_up(send: _Send, reason: str, error: ProviderError | None = None) -> RefreshResult:
    """The token is dead. The credentials stay where they are: a failure never deletes."""
    if not _release(send, status=Status.NEEDS_LOGIN, status_reason=reason):
        return _elsewhere()
    logger.warning("session %s: needs login (%s)", send.lease.session_id, reason)
    return RefreshResult("needs_login", _log_in_again(reason), error)


def _release(send: _Send, **changes: Any) -> bool:
    # A lease that is left with its mark counts as a send without an answer, which this was not.
    return persist(lambda: store.release(send.lease, **changes), sleep=send.pace.sleep)


def _nothing_to_trade(session: ProviderSession, now: datetime) -> RefreshResult:
    if session.expires_at and session.expires_at > now:
        return RefreshResult("fresh", _("The provider gave no refresh token; access ends by itself."))
    return _needs_login(session, "no_refresh_token")


def _needs_login(session: ProviderSession, reason: str) -> RefreshResult:
    """Nothing was sent, and nothing can be."""
    store.set_status(session, Status.NEEDS_LOGIN, reason)
    return RefreshResult("needs_login", _log_in_again(reason))


def _log_in_again(reason: str) -> str:
    return _("Log in again: %(why)s. Nothing was deleted.") % {"why": why(reason)}


def _postpone(session: ProviderSession, message: str, now: datetime) -> RefreshResult:
    """The operator took the provider away or broke its settings; the session itself is all right."""
    failures = session.consecutive_failures + 1
    retry_at = schedule.next_attempt_at(now, failures=failures, expires_at=session.expires_at)
    store.set_status(
        session, Status.ACTIVE, "misconfigured", consecutive_failures=failures, next_attempt_at=retry_at
    )
    return RefreshResult("misconfigured", message)


def _note_error(attempt: int, error: ProviderError, now: datetime) -> None:
    try:
        store.note_attempt(
            attempt,
            classify(error).outcome,
            now=now,
            http_status=error.status,
            error_code=(error.error_code or error.error_type or error.kind)[:80],
            request_id=(error.request_id or "")[:128],
        )
    except DatabaseTrouble:
        # History only: what the error means for the session must not be lost by it.
        logger.exception("refresh attempt %s: its outcome was not noted", attempt)
        connection.close()


def _worker() -> str:
    return f"{socket.gethostname()}:{os.getpid()}"[:120]
