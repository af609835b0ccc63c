"""Whether this database is the only copy of itself; while that is in doubt, no token of it is sent.

Refresh tokens are single use. A restored or copied database holds some that were used since, and
sending one of them may end the login everywhere. So the database and the data folder know each
other (DESIGN.md says how); where they disagree, OAuth sessions are quarantined until an operator
says which copy this is (`copies`). API keys go on.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, Error, transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from sessions_app.enums import AuthType, Status
from sessions_app.errors import SessionUnavailable
from sessions_app.models import Installation, ProviderSession
from sessions_app.models.installation import ONLY_ID
from sessions_app.services import instance_file
from sessions_app.services.instance_file import Known, UnreadableFile
from sessions_app.services.place import current_place, is_proof, is_same
from sessions_app.words import hold_sentence

logger = logging.getLogger(__name__)

REASON = "restored_copy"  # the status_reason of a quarantined session


@dataclass(frozen=True)
class Standing:
    """What is known about this copy, for people. `hold_reason` is "" while nothing is on hold."""

    instance_id: UUID
    hold_reason: str
    sessions_on_hold: int

    @property
    def is_held(self) -> bool:
        return bool(self.hold_reason)

    @property
    def sentence(self) -> str:
        if not self.is_held:
            return _("Nothing is on hold: this database belongs to this installation.")
        return hold_sentence(self.hold_reason)


def watch() -> bool:
    """Compare database and folder; whether tokens must not be sent. Called in front of every token call.

    A new database is bound to its folder; a doubtful one is put on hold.
    """
    row = Installation.current()
    if row.held_at is not None:
        _quarantine(DEFAULT_DB_ALIAS)  # also what was switched on meanwhile
        return True
    if row.bound_at is None:
        _bind(row)
        return False
    reason = _doubt(row)
    if reason:
        hold(reason)
        return True
    note(row.instance_id, row.token_writes)
    return False


def remember() -> None:
    """Note in the folder that tokens were stored. After the fact, so it never fails what it notes."""
    try:
        watch()
    except Error as error:
        logger.warning("the data folder is not up to date yet: %s", error)


def require_free() -> None:
    """Raises `SessionUnavailable` while this database is on hold."""
    if watch():
        raise SessionUnavailable(standing().sentence, status=Status.QUARANTINED, reason=REASON)


def notice() -> str:
    """What to tell the operator; "" while nothing is on hold."""
    row = Installation.objects.exclude(held_at=None).first()
    return hold_sentence(row.hold_reason) if row else ""


def standing() -> Standing:
    """How this copy stands now."""
    watch()
    row = Installation.current()
    count = ProviderSession.objects.filter(status=Status.QUARANTINED).count()
    return Standing(row.instance_id, row.hold_reason, count)


def hold(reason: str, *, using: str = DEFAULT_DB_ALIAS) -> int:
    """Quarantine all OAuth sessions; how many. `reason` is a word of `words.HOLD_REASONS`.

    `using` another database than this server's own is a copy that is being prepared: nothing for its log yet.
    """
    with transaction.atomic(using=using):
        rows = Installation.objects.using(using)
        rows.get_or_create(id=ONLY_ID)
        is_new = rows.filter(held_at=None).update(held_at=timezone.now(), hold_reason=reason)
        count = _quarantine(using)
    if is_new and using == DEFAULT_DB_ALIAS:
        with translation.override(None):  # logs are in English, whoever asked
            logger.error("%s (OAuth sessions: %s)", hold_sentence(reason), count)
    return count


def note(instance_id: UUID, token_writes: int) -> None:
    """Write down in the folder how far the database has come. A folder that cannot be written stays behind."""
    known = Known(instance_id=instance_id, token_writes=token_writes)
    try:
        if instance_file.read() != known:
            instance_file.write(known)
    except (OSError, UnreadableFile) as error:
        logger.warning("the file %s cannot be kept: %s", instance_file.path(), error)


def _bind(row: Installation) -> None:
    """The first process that looks at a new database makes it this installation's own."""
    instance_id = settings.MAESTRO_INSTANCE_ID or row.instance_id
    place = current_place()
    with transaction.atomic():
        Installation.objects.filter(id=row.pk, bound_at=None).update(
            bound_at=timezone.now(), place=place, instance_id=instance_id
        )
        bound = Installation.current()
        # Before the commit: whoever finds the database bound must find the file too.
        note(bound.instance_id, bound.token_writes)


def _doubt(row: Installation) -> str:
    """Why this may not be the only copy, as a word of `words.HOLD_REASONS`; "" where nothing says so."""
    configured, here = settings.MAESTRO_INSTANCE_ID, current_place()
    if not is_same(row.place, here):
        return "moved"
    if configured and configured != row.instance_id:
        return "other_installation"
    try:
        known = instance_file.read()
    except UnreadableFile:
        return "unreadable_file"
    if known is None:
        return "" if configured or is_proof(here) else "unknown_folder"
    if known.instance_id != row.instance_id:
        return "" if configured else "other_installation"
    if row.token_writes < known.token_writes:
        row.refresh_from_db()  # another process may have stored tokens between the look at row and file
    return "older" if row.token_writes < known.token_writes else ""


def _quarantine(using: str) -> int:
    active = ProviderSession.objects.using(using).filter(
        # Unreadable ones too: they would go back to work by themselves with the right key.
        auth_type=AuthType.OAUTH,
        status__in=(Status.ACTIVE, Status.KEY_ERROR),
    )
    return active.update(status=Status.QUARANTINED, status_reason=REASON) if active.exists() else 0
