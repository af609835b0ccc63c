"""The date on which an API key ends, as its owner says it. It only warns: the provider decides when a key ends."""

from __future__ import annotations

from datetime import date

from django.utils import timezone
from django.utils.translation import gettext as _

from sessions_app.enums import AuthType
from sessions_app.errors import InvalidDate
from sessions_app.models import ProviderSession
from sessions_app.services import audit


def check_key_date(last_day: date | None, *, today: date | None = None) -> None:
    """Raises `InvalidDate` for a day that is over: a new key that has ended already is a slip of the pen."""
    if last_day is not None and last_day < (today or timezone.localdate()):
        said = _("%(day)s is over. Enter the last day on which the key works, or leave it empty.")
        raise InvalidDate(said % {"day": f"{last_day:%Y-%m-%d}"})


def store_key_date(session: ProviderSession, last_day: date | None) -> None:
    """Store a checked date for the key that the session has now; its warnings begin anew."""
    ProviderSession.objects.filter(id=session.id).update(key_expires_at=last_day, key_warned_days=None)
    session.key_expires_at, session.key_warned_days = last_day, None


def set_key_date(session: ProviderSession, last_day: date | None) -> ProviderSession:
    """Change it, or forget it with `None`. Raises `InvalidDate`."""
    if session.auth_type != AuthType.API_KEY:
        raise InvalidDate(_("This session has no API key. Its tokens are refreshed before they expire."))
    check_key_date(last_day)
    store_key_date(session, last_day)
    audit.record(audit.KEY_DATE_CHANGED, session=session, detail=f"{last_day or 'no date'}")
    return session
