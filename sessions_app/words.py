"""What pages and commands say about a session: one sentence per state, and per reason for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Protocol

from django.utils import timezone

from sessions_app.enums import AuthType, Status

# status_reason → why. Each ends a sentence that says that nothing was deleted and what to do.
REASONS: Mapping[str, str] = {
    "invalid_grant": "the provider refused the refresh token",
    "refused_before": "the provider refused this refresh token before, so it was not sent again",
    "lost_response": "the provider's answer to a refresh was lost",
    "no_refresh_token": "access ended, and the provider gave no refresh token",
    "revoked": "it was disconnected",
    "never_connected": "it was never connected",
    "key_rejected": "the provider no longer accepts the key",
    "restored_copy": "this looks like a restored or copied database",
    "separate_copy": "this database is a copy, and its original keeps the login",
    "wrong_key": "the server's keys do not fit",
    "wrong_session": "the stored credentials belong to another session",
    "wrong_login": "the stored verifier belongs to another login",
    "malformed": "the stored credentials have an unknown form",
    "user": "you switched it off",
    "misconfigured": "the provider does not accept the operator's settings",
}


# RefreshAttempt.cause → who or what wanted the refresh.
CAUSES: Mapping[str, str] = {
    "due": "it was time",
    "forced": "somebody asked for it",
    "needed": "a chat needed a new token",
    "rejected": "the provider refused the old token",
}

# Why a database is on hold; each stands in brackets.
HOLD_REASONS: Mapping[str, str] = {
    "moved": "it is not where it was used before",
    "other_installation": "it belongs to another installation than the data folder or MAESTRO_INSTANCE_ID",
    "unknown_folder": "the data folder has never seen it",
    "unreadable_file": "the file “instance” in the data folder cannot be read",
    "older": "it is older than the one that was used here last",
    "restored": "it was restored from a backup",
    "operator": "an operator put it on hold",
}


# How many days before the end of a key its owner is warned.
KEY_WARNING_DAYS = (14, 3)


class Stateful(Protocol):
    """What these sentences need of a session."""

    auth_type: str
    status: str
    status_reason: str
    expires_at: datetime | None
    next_attempt_at: datetime | None
    consecutive_failures: int
    key_expires_at: date | None


def state_sentence(session: Stateful, *, now: datetime) -> str:
    """ "Works, 6 h left", "Needs login: the provider refused the refresh token. Nothing was deleted. …"."""
    why = REASONS.get(session.status_reason, "")
    match session.status:
        case Status.ACTIVE:
            return _active(session, now)
        case Status.PENDING:
            return "Not connected yet. Log in to use it."
        case Status.NEEDS_LOGIN if session.auth_type == AuthType.API_KEY:
            return _joined("Needs a new key", why, "Nothing else was deleted. Replace the key.")
        case Status.NEEDS_LOGIN:
            return _joined("Needs login", why, "Nothing else was deleted. Log in again.")
        case Status.KEY_ERROR:
            return cannot_be_read(session.status_reason)
        case Status.QUARANTINED:
            return _joined("On hold", why, "The operator must confirm that this is the only copy.")
        case _:
            return "Switched off. Enable it to use it."


def cannot_be_read(reason: str) -> str:
    """What is said of a session in `key_error`, whether its row says so or was just found to be."""
    then = "Nothing was deleted. Ask the operator to check the keys."
    if reason in {"wrong_session", "malformed"}:
        then = "Nothing was deleted. Ask the operator to check the database, or connect it again."
    return _joined("Cannot be read", REASONS.get(reason, ""), then)


def hold_sentence(reason: str) -> str:
    """Why OAuth sessions are on hold, and what the operator has to decide."""
    why = HOLD_REASONS.get(reason, reason)
    return (
        f"On hold: this looks like a restored or copied database ({why}). OAuth sessions send nothing, because "
        "a token that the original has used since would end the login. An operator must say which it is, "
        "in the admin under Installations or by a command: the only copy (manage.py instance adopt), or a copy beside the original (manage.py instance separate)."
    )


def state_level(session: Stateful, *, now: datetime) -> str:
    """good, warn or bad."""
    if session.status == Status.ACTIVE:
        has_ended = session.expires_at is not None and session.expires_at <= now
        return "warn" if has_ended or session.consecutive_failures or _key_ends_soon(session, now) else "good"
    return "bad" if session.status in {Status.NEEDS_LOGIN, Status.KEY_ERROR} else "warn"


def _active(session: Stateful, now: datetime) -> str:
    if session.key_expires_at is not None and _key_ends_soon(session, now):
        return f"Works. {key_sentence(session.key_expires_at, today=timezone.localdate(now))}"
    if session.expires_at is None:
        return "Works"
    left = session.expires_at - now
    state = f"Works, {duration(left)} left" if left > timedelta(0) else "Access ended"
    if session.status_reason == "misconfigured":
        return f"{state}. Refresh fails: {REASONS['misconfigured']}. Tell the operator."
    if session.consecutive_failures and session.next_attempt_at:
        next_at = timezone.localtime(session.next_attempt_at)
        return f"{state}. The last refresh failed; the next try is at {next_at:%H:%M}."
    return state if left > timedelta(0) else f"{state}. It is refreshed on next use."


def key_sentence(last_day: date, *, today: date) -> str:
    """ "Key expires in 13 days"; of one whose day has passed, that it is used on."""
    days = (last_day - today).days
    if days < 0:
        return f"Key expired on {last_day:%Y-%m-%d} by its date; it is used until the provider refuses it"
    return f"Key expires {('today', 'tomorrow')[days] if days < 2 else f'in {days} days'}"


def _key_ends_soon(session: Stateful, now: datetime) -> bool:
    warned_from = timezone.localdate(now) + timedelta(days=KEY_WARNING_DAYS[0])
    return session.key_expires_at is not None and session.key_expires_at <= warned_from


def _joined(state: str, why: str, then: str) -> str:
    return f"{state}: {why}. {then}" if why else f"{state}. {then}"


def listed(names: Sequence[str]) -> str:
    """Names in a sentence: “A, B and C”."""
    *all_but_last, last = names or [""]
    return f"{', '.join(all_but_last)} and {last}" if all_but_last else last


def duration(span: timedelta) -> str:
    """The largest unit that fits: "3 d", "6 h", "12 min", "40 s"."""
    seconds = max(0, int(span.total_seconds()))
    for unit, size in (("d", 86_400), ("h", 3600), ("min", 60)):
        if seconds >= size * (2 if unit == "d" else 1):
            return f"{seconds // size} {unit}"
    return f"{seconds} s"
