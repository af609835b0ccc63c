"""Tells owners what their sessions cannot do alone: on every page, and once by mail for each change.

The sweep writes the mails, so a refresh never waits for one and none is lost with a process that dies after
marking a session. A conditional UPDATE picks who writes, so two workers send one mail; sending happens in a
thread which touches no row, and a mail that fails is logged and not repeated: the pages say the same.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.contrib.auth.models import User
from django.core.mail import EmailMessage, get_connection
from django.db.models import CharField, F, Q, QuerySet, Value
from django.db.models.functions import Cast, Concat
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from sessions_app.enums import AuthType, Status
from sessions_app.models import ProviderSession
from sessions_app.words import KEY_WARNING_DAYS

logger = logging.getLogger(__name__)

# What an owner did not do, and must hear of. "revoked" is missing: that was a person.
_MAILED_REASONS = ("invalid_grant", "refused_before", "lost_response", "no_refresh_token", "key_rejected")
_BROKEN = (Status.NEEDS_LOGIN, Status.KEY_ERROR, Status.QUARANTINED)
_AT_ONCE = 20
_NO_MAIL = "django.core.mail.backends.dummy.EmailBackend"

Deliver = Callable[[Sequence[EmailMessage]], None]


@dataclass(frozen=True)
class Attention:
    """The sessions that need their owner, the ones that do not work first."""

    sessions: tuple[ProviderSession, ...] = ()

    @property
    def headline(self) -> str:
        """What the first of them needs; where a button cannot follow that does it, also who can."""
        first = self.sessions[0]
        if first.state == Status.ACTIVE:
            return f"{first.key_sentence}."
        if first.state == Status.NEEDS_LOGIN:
            return f"{first.state_sentence.partition('. ')[0].rstrip('.')}."
        return first.state_sentence

    @property
    def level(self) -> str:
        """bad if something does not work, warn if something soon will not."""
        return "bad" if any(session.state != Status.ACTIVE for session in self.sessions) else "warn"


def attention_of(user: User, *, besides: UUID | None = None, today: date | None = None) -> Attention:
    """What every page tells `user`, without the session `besides`; one query."""
    by_choice = Q(status=Status.NEEDS_LOGIN, status_reason="revoked")
    rows = ProviderSession.objects.owned_by(user).exclude(by_choice).defer("metadata")
    if besides:
        rows = rows.exclude(id=besides)
    # One by one, because whether the server's keys open a row is nothing that SQL could tell.
    found = [session for session in rows if session.state in _BROKEN or _key_ends(session, today)]
    return Attention(tuple(sorted(found, key=lambda one: (one.state == Status.ACTIVE, one.name))))


def summary() -> str:
    """For the operator: how many sessions wait for their owners; "" if none does."""
    waiting = ProviderSession.objects.filter(status=Status.NEEDS_LOGIN).exclude(status_reason="revoked")
    count = waiting.count()
    if not count:
        return ""
    found = waiting.select_related("owner").order_by("updated_at")[:3]
    names = ", ".join(f"{session.name} ({session.owner.get_username()})" for session in found)
    if count > 3:
        names = _("%(names)s and %(count)d more") % {"names": names, "count": count - 3}
    said = ngettext(
        "%(count)d session needs a login: %(names)s.", "%(count)d sessions need a login: %(names)s.", count
    )
    return said % {"count": count, "names": names}


def write_to_owners(*, now: datetime, deliver: Deliver | None = None) -> int:
    """Write what has not been written yet, if mail is set up; how many mails. Not for a single refresh: it writes
    for all sessions."""
    if settings.EMAIL_BACKEND == _NO_MAIL:
        return 0
    _forget_healed()
    mails = [*_login_mails(), *_key_mails(timezone.localdate(now))]
    if mails:
        (deliver or deliver_in_background)(mails)
    return len(mails)


def deliver_in_background(mails: Sequence[EmailMessage]) -> None:
    """Send in a thread of its own, which the interpreter waits for at exit."""
    threading.Thread(target=deliver_now, args=(mails,), name="mail").start()


def deliver_now(mails: Sequence[EmailMessage]) -> None:
    """Send; a failure is logged with the address and ends nothing."""
    for mail in mails:
        try:
            get_connection().send_messages([mail])
        except Exception:
            logger.exception("The mail “%s” to %s was not sent", mail.subject, ", ".join(mail.to))


def _login_mails() -> Iterator[EmailMessage]:
    change = Concat("status_reason", Value(":"), Cast("cred_version", CharField()))
    unwritten = _with_address(ProviderSession.objects.annotate(change=change)).filter(
        status=Status.NEEDS_LOGIN, status_reason__in=_MAILED_REASONS
    )
    for session in unwritten.exclude(notified_of=F("change"))[:_AT_ONCE]:
        change_seen = f"{session.status_reason}:{session.cred_version}"
        as_seen = ProviderSession.objects.filter(
            id=session.id,
            status=Status.NEEDS_LOGIN,
            status_reason=session.status_reason,
            cred_version=session.cred_version,
        )
        if as_seen.exclude(notified_of=change_seen).update(notified_of=change_seen):
            is_key = session.auth_type == AuthType.API_KEY
            subject = _("%(name)s needs a new key") if is_key else _("%(name)s needs login")
            yield _mail(session, subject, session.state_sentence)


def _key_mails(today: date) -> Iterator[EmailMessage]:
    early, late = KEY_WARNING_DAYS
    is_late = Q(key_expires_at__lte=today + timedelta(days=late), key_warned_days__gt=late)
    unwarned = ProviderSession.objects.filter(_keys_that_end(today), Q(key_warned_days=None) | is_late)
    for session in _with_address(unwarned)[:_AT_ONCE]:
        assert session.key_expires_at is not None, "as the query asked"
        threshold = late if (session.key_expires_at - today).days <= late else early
        as_seen = ProviderSession.objects.filter(
            id=session.id, key_expires_at=session.key_expires_at, key_warned_days=session.key_warned_days
        )
        if as_seen.update(key_warned_days=threshold):
            said = _("%(key_ends)s. Make a new key at the provider and replace this one in time.")
            said %= {"key_ends": session.key_sentence}
            yield _mail(session, _("%(name)s: the API key ends soon"), said)


def _forget_healed() -> None:
    """What works again may break again, and that will be news."""
    ProviderSession.objects.filter(status=Status.ACTIVE).exclude(notified_of="").update(notified_of="")


def _keys_that_end(today: date | None) -> Q:
    return Q(status=Status.ACTIVE, auth_type=AuthType.API_KEY, key_expires_at__lte=_warned_until(today))


def _key_ends(session: ProviderSession, today: date | None) -> bool:
    """The same of a row that was read."""
    ends_at = None if session.is_oauth else session.key_expires_at
    return session.status == Status.ACTIVE and ends_at is not None and ends_at <= _warned_until(today)


def _warned_until(today: date | None) -> date:
    return (today or timezone.localdate()) + timedelta(days=KEY_WARNING_DAYS[0])


def _with_address(sessions: QuerySet[ProviderSession]) -> QuerySet[ProviderSession]:
    return sessions.filter(owner__is_active=True).exclude(owner__email="").select_related("owner")


def _mail(session: ProviderSession, subject: str, said: str) -> EmailMessage:
    """`subject` has a place for the name. In the server's language: nobody says theirs when a sweep writes."""
    facts = {
        "user": session.owner.get_username(),
        "name": session.name,
        "provider": session.provider_label,
        "said": said,
        "where": _where(session),
    }
    body = _(
        "Hello %(user)s,\n\n"
        "this is about your session %(name)s at %(provider)s.\n\n"
        "%(said)s\n\n%(where)s\n"
        "Its name and its conversations stay as they are. You get one mail for each change.\n"
    )
    return EmailMessage(subject=subject % facts, body=body % facts, to=[session.owner.email])


def _where(session: ProviderSession) -> str:
    path = reverse("sessions:detail", args=[session.id])
    origin = next((one for one in settings.CSRF_TRUSTED_ORIGINS if "*" not in one), "")
    if not origin:
        return _("Open Maestro, go to Sessions, and choose it there.")
    return _("It is here: %(address)s") % {"address": f"{origin}{path}"}
