"""What pages and commands say about a session: one sentence per state, and per reason for it.

The tables hold the sources of what is said; `worded` says it in the reader's language.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Protocol

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from sessions_app.enums import AuthType, Status

# status_reason → why. Each ends a sentence that says that nothing was deleted and what to do.
REASONS: Mapping[str, str] = {
    "invalid_grant": gettext_noop("the provider refused the refresh token"),
    "refused_before": gettext_noop(
        "the provider refused this refresh token before, so it was not sent again"
    ),
    "lost_response": gettext_noop("the provider's answer to a refresh was lost"),
    "no_refresh_token": gettext_noop("access ended, and the provider gave no refresh token"),
    "revoked": gettext_noop("it was disconnected"),
    "never_connected": gettext_noop("it was never connected"),
    "key_rejected": gettext_noop("the provider no longer accepts the key"),
    "restored_copy": gettext_noop("this looks like a restored or copied database"),
    "separate_copy": gettext_noop("this database is a copy, and its original keeps the login"),
    "wrong_key": gettext_noop("the server's keys do not fit"),
    "wrong_session": gettext_noop("the stored credentials belong to another session"),
    "wrong_login": gettext_noop("the stored verifier belongs to another login"),
    "malformed": gettext_noop("the stored credentials have an unknown form"),
    "user": gettext_noop("you switched it off"),
    "misconfigured": gettext_noop("the provider does not accept the operator's settings"),
}


# RefreshAttempt.cause → who or what wanted the refresh.
CAUSES: Mapping[str, str] = {
    "due": gettext_noop("it was time"),
    "forced": gettext_noop("somebody asked for it"),
    "needed": gettext_noop("a chat needed a new token"),
    "rejected": gettext_noop("the provider refused the old token"),
}

# Why a database is on hold; each stands in brackets.
HOLD_REASONS: Mapping[str, str] = {
    "moved": gettext_noop("it is not where it was used before"),
    "other_installation": gettext_noop(
        "it belongs to another installation than the data folder or MAESTRO_INSTANCE_ID"
    ),
    "unknown_folder": gettext_noop("the data folder has never seen it"),
    "unreadable_file": gettext_noop("the file “instance” in the data folder cannot be read"),
    "older": gettext_noop("it is older than the one that was used here last"),
    "restored": gettext_noop("it was restored from a backup"),
    "operator": gettext_noop("an operator put it on hold"),
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


def worded(source: str) -> str:
    """`source` in the reader's language. Empty text stays so; gettext would answer with its catalogue's head."""
    return _(source) if source else ""


def why(reason: str) -> str:
    """A reason of `REASONS` in words; "" for any other."""
    return worded(REASONS.get(reason, ""))


def state_sentence(session: Stateful, *, now: datetime) -> str:
    """ "Works, 6 h left", "Needs login: the provider refused the refresh token. Nothing was deleted. …"."""
    reason = why(session.status_reason)
    match session.status:
        case Status.ACTIVE:
            return _active(session, now)
        case Status.PENDING:
            return _("Not connected yet. Log in to use it.")
        case Status.NEEDS_LOGIN if session.auth_type == AuthType.API_KEY:
            return _joined(_("Needs a new key"), reason, _("Nothing else was deleted. Replace the key."))
        case Status.NEEDS_LOGIN:
            return _joined(_("Needs login"), reason, _("Nothing else was deleted. Log in again."))
        case Status.KEY_ERROR:
            return cannot_be_read(session.status_reason)
        case Status.QUARANTINED:
            return _joined(_("On hold"), reason, _("The operator must confirm that this is the only copy."))
    return _("Switched off. Enable it to use it.")


def cannot_be_read(reason: str) -> str:
    """What is said of a session in `key_error`, whether its row says so or was just found to be."""
    then = _("Nothing was deleted. Ask the operator to check the keys.")
    if reason in {"wrong_session", "malformed"}:
        then = _("Nothing was deleted. Ask the operator to check the database, or connect it again.")
    return _joined(_("Cannot be read"), why(reason), then)


def hold_sentence(reason: str) -> str:
    """Why OAuth sessions are on hold, and what the operator has to decide."""
    return _(
        "On hold: this looks like a restored or copied database (%(why)s). OAuth sessions send nothing, because "
        "a token that the original has used since would end the login. An operator must say which it is, "
        "in the admin under Installations or by a command: the only copy (manage.py instance adopt), or a copy "
        "beside the original (manage.py instance separate)."
    ) % {"why": worded(HOLD_REASONS.get(reason, reason))}


def state_level(session: Stateful, *, now: datetime) -> str:
    """good, warn or bad."""
    if session.status == Status.ACTIVE:
        has_ended = session.expires_at is not None and session.expires_at <= now
        return "warn" if has_ended or session.consecutive_failures or _key_ends_soon(session, now) else "good"
    return "bad" if session.status in {Status.NEEDS_LOGIN, Status.KEY_ERROR} else "warn"


def _active(session: Stateful, now: datetime) -> str:
    if session.key_expires_at is not None and _key_ends_soon(session, now):
        ends = key_sentence(session.key_expires_at, today=timezone.localdate(now))
        return _("Works. %(key_ends)s") % {"key_ends": ends}
    if session.expires_at is None:
        return _("Works")
    left = session.expires_at - now
    has_ended = left <= timedelta(0)
    state = _("Access ended") if has_ended else _("Works, %(time)s left") % {"time": duration(left)}
    if session.status_reason == "misconfigured":
        return _joined(
            state, "", _("Refresh fails: %(why)s. Tell the operator.") % {"why": why("misconfigured")}
        )
    if session.consecutive_failures and session.next_attempt_at:
        next_at = f"{timezone.localtime(session.next_attempt_at):%H:%M}"
        then = _("The last refresh failed; the next try is at %(time)s.") % {"time": next_at}
        return _joined(state, "", then)
    return _joined(state, "", _("It is refreshed on next use.")) if has_ended else state


def key_sentence(last_day: date, *, today: date) -> str:
    """ "Key expires in 13 days"; of one whose day has passed, that it is used on."""
    days = (last_day - today).days
    if days < 0:
        said = _("Key expired on %(day)s by its date; it is used until the provider refuses it")
        return said % {"day": f"{last_day:%Y-%m-%d}"}
    if days < 2:
        return _("Key expires tomorrow") if days else _("Key expires today")
    return ngettext("Key expires in %(days)d day", "Key expires in %(days)d days", days) % {"days": days}


def key_date_sentence(last_day: date, *, today: date) -> str:
    """What `key_sentence` says where "API key" stands before it: "Expires in 13 days"."""
    days = (last_day - today).days
    if days < 0:
        said = _("Expired on %(day)s by its date; it is used until the provider refuses it")
        return said % {"day": f"{last_day:%Y-%m-%d}"}
    if days < 2:
        return _("Expires tomorrow") if days else _("Expires today")
    return ngettext("Expires in %(days)d day", "Expires in %(days)d days", days) % {"days": days}


def _key_ends_soon(session: Stateful, now: datetime) -> bool:
    warned_from = timezone.localdate(now) + timedelta(days=KEY_WARNING_DAYS[0])
    return session.key_expires_at is not None and session.key_expires_at <= warned_from


def _joined(state: str, reason: str, then: str) -> str:
    said = {"state": state, "why": reason, "then": then}
    # Translators: the board divides it at the first “: ” or “. ”, so keep these.
    return (_("%(state)s: %(why)s. %(then)s") if reason else _("%(state)s. %(then)s")) % said


def listed(names: Sequence[str]) -> str:
    """Names in a sentence: “A, B and C”."""
    *others, last = names or [""]
    return _("%(others)s and %(last)s") % {"others": ", ".join(others), "last": last} if others else last


def duration(span: timedelta) -> str:
    """The largest unit that fits: "3 d", "6 h", "12 min", "40 s". Symbols of the SI, the same in every language."""
    seconds = max(0, int(span.total_seconds()))
    for unit, size in (("d", 86_400), ("h", 3600), ("min", 60)):
        if seconds >= size * (2 if unit == "d" else 1):
            return f"{seconds // size} {unit}"
    return f"{seconds} s"
