"""Sessions and what protects them: keys, the question which copy this is, states, dates, the rescue journal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import timedelta

from django.db.models import QuerySet
from django.utils import timezone

from maestro.doctor.finding import Finding, ok, problem, warning
from sessions_app.enums import AuthType, Status
from sessions_app.models import ProviderSession
from sessions_app.services import figures, instance, keys, rescue, vault
from sessions_app.words import KEY_WARNING_DAYS, REASONS

_NAMED = 5  # sessions that are named one by one


def open_with_our_keys() -> Iterator[Finding]:
    """Whether this server's keys open what is stored."""
    if keys.are_wrong():
        yield problem("keys", "The server's keys do not fit its database.", keys.DO_NOT_FIT)
        return
    found = vault.survey()
    older = found.total(vault.CellState.OLDER)
    if found.unreadable:
        named = _joined([f"{one.owner}/{one.name} ({one.why})" for one in found.unreadable])
        yield problem(
            "keys",
            f"The keys fit, but these sessions cannot be read: {named}.",
            "Add the keys of that time to SECRET_KEY_FALLBACKS or at the end of SALT_KEY; where there are none, "
            "connect those sessions again.",
        )
    elif older:
        yield warning(
            "keys",
            f"Stored texts that still need an older key: {older}.",
            "Run manage.py rotate_keys, then remove it.",
        )
    else:
        yield ok("keys", "The keys open everything that is stored.")


def belong_here() -> Iterator[Finding]:
    """Whether this database may be a copy, whose tokens must not be sent."""
    if said := instance.notice():
        yield problem("copy", said, "Run manage.py instance adopt, or manage.py instance separate.")
    else:
        yield ok("copy", "Nothing is on hold: this database belongs to this installation.")


def by_status() -> Iterator[Finding]:
    """What each state needs."""
    counts = Counter[str]()
    for (_provider, _auth_type, status), count in figures.by_status():
        counts[status] += count
    said = ", ".join(f"{count} × “{Status(status).label}”" for status, count in sorted(counts.items()))
    yield ok("sessions", f"{said}." if said else "There are none yet.")
    broken = ProviderSession.objects.select_related("owner").order_by("owner__username", "name")
    yield from _need_login(broken.filter(status=Status.NEEDS_LOGIN))
    marked = broken.filter(status=Status.KEY_ERROR)
    if marked:
        yield problem(
            "sessions",
            f"Marked as unreadable: {_names(marked)}.",
            "manage.py check_keys says why; with the right keys back they heal by themselves, else connect them again.",
        )


def _need_login(sessions: QuerySet[ProviderSession]) -> Iterator[Finding]:
    for auth_type, advice in (
        (
            AuthType.OAUTH,
            "Each owner signs in again on the session's page, or by manage.py session login NAME.",
        ),
        (AuthType.API_KEY, "Each owner replaces the key on the session's page."),
    ):
        if found := list(sessions.filter(auth_type=auth_type)):
            label = "Need a login" if auth_type == AuthType.OAUTH else "Need a new key"
            yield warning("sessions", f"{label}: {_names(found)}.", advice)


def keys_that_end() -> Iterator[Finding]:
    """API keys whose last day is near or over."""
    today = timezone.localdate()
    until = today + timedelta(days=KEY_WARNING_DAYS[0])
    ending = ProviderSession.objects.select_related("owner").filter(
        auth_type=AuthType.API_KEY, key_expires_at__lte=until
    )
    for session in ending.exclude(status=Status.DISABLED).order_by("key_expires_at")[:_NAMED]:
        yield warning(
            "sessions",
            f"{session.owner.username}/{session.name}: {session.key_sentence}.",
            "Make a new key in the provider's console and replace it on the session's page.",
        )


def rescued_answers() -> Iterator[Finding]:
    """Answers of token endpoints that the database did not take."""
    journal = rescue.journal()
    # Counted and not parsed: the journal's own reading moves lines that are none.
    waiting = 0 if journal.is_empty() else len(journal.path.read_bytes().splitlines())
    if waiting:
        yield warning(
            "rescue journal",
            f"Answers of token endpoints that wait to be stored: {waiting}.",
            "The next sweep stores them. If they stay for minutes, look at the findings about database and keys.",
        )
    else:
        yield ok("rescue journal", "Nothing waits to be stored.")
    if journal.aside.exists():
        yield warning(
            "rescue journal",
            "Some lines could not be used: written by another key, for another database, or cut off.",
            f"Connect sessions that need login again; then remove {journal.aside}.",
        )


def _names(sessions: Sequence[ProviderSession] | QuerySet[ProviderSession]) -> str:
    return _joined(
        [
            f"{one.owner.username}/{one.name}"
            + (f" ({why})" if (why := REASONS.get(one.status_reason)) else "")
            for one in sessions
        ]
    )


def _joined(names: list[str]) -> str:
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")
