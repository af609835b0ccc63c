"""Whether this server's keys are those of its database, told by a canary: a text sealed in the database's one row.

Where they do not fit nothing is written, because another process may have the right ones, and because the
right ones may come back. Knows no door; `vault` and `rotation` read and rewrite the columns themselves.
"""

from __future__ import annotations

import logging

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from sessions_app.enums import Status
from sessions_app.errors import KeysDoNotFit
from sessions_app.fields import Ciphertext
from sessions_app.models import Installation, ProviderSession
from sessions_app.services import audit, store

logger = logging.getLogger(__name__)

DO_NOT_FIT = gettext_noop(
    "The server's keys do not fit its database, so stored credentials cannot be read. Nothing was deleted or "
    "changed. Put back the SECRET_KEY and SALT_KEY (or the files secret_key and salt_key in the data folder) that "
    "were used before, and restart; manage.py check_keys says what cannot be read."
)
_CANARY = "the canary sings"
_SAMPLE = 100  # rows that are tried before keys without a canary count as wrong


def fit() -> bool:
    """Whether the keys open the canary. A database without one gets it now, if the keys open what it holds."""
    canary = Installation.current().canary
    return canary.is_readable if canary else _may_plant() and _plant()


def are_wrong() -> bool:
    """Whether there is a canary that the keys do not open; unlike `fit` it never writes."""
    installation = Installation.objects.first()
    return installation is not None and not installation.canary.is_readable


def require_fit() -> None:
    """Before something is stored. Raises `KeysDoNotFit`."""
    if not fit():
        raise KeysDoNotFit(
            _(
                "The server's keys do not fit its database, so nothing can be stored now. Nothing was changed. "
                "Tell the operator: manage.py check_keys says what to do."
            )
        )


class Watch:
    """Logs when the keys stop or begin to fit, and not at every look."""

    def __init__(self) -> None:
        self._did_fit = True

    def look(self) -> bool:
        """As `fit`."""
        does_fit = fit()
        if self._did_fit and not does_fit:
            logger.error(DO_NOT_FIT)
        if does_fit and not self._did_fit:
            logger.info("The server's keys fit its database again.")
        self._did_fit = does_fit
        return does_fit


_watch = Watch()


def watch() -> bool:
    """As `fit`, with a line in the log of this process whenever the answer is another than before."""
    return _watch.look()


def notice() -> str:
    """What to tell the operator; "" where the keys fit."""
    return "" if fit() else _(DO_NOT_FIT)


def accept_present() -> None:
    """Take the present keys as the database's from now on, because the earlier ones are lost for good."""
    Installation.objects.filter(pk=Installation.current().pk).update(canary=Ciphertext.seal(_CANARY))
    audit.record(audit.KEYS_GIVEN_UP)


def note_unreadable(session: ProviderSession, reason: str) -> None:
    """Mark a session whose credentials do not open, unless it is the keys that are wrong and not the row."""
    if fit():
        store.set_status(session, Status.KEY_ERROR, reason)


def _may_plant() -> bool:
    """A database from before canaries: the keys must open something of what it holds, or there is nothing."""
    stored = ProviderSession.objects.exclude(credentials="").order_by("-updated_at")
    sample = list(stored.values_list("credentials", flat=True)[:_SAMPLE])
    return not sample or any(sealed.is_readable for sealed in sample)


def _plant() -> bool:
    installation = Installation.current()
    Installation.objects.filter(pk=installation.pk, canary="").update(canary=Ciphertext.seal(_CANARY))
    installation.refresh_from_db()  # another process, with other keys, may have been first
    return installation.canary.is_readable
