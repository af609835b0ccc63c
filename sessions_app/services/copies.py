"""What an operator decides about a database on hold: it is the only copy, or one beside the original."""

from __future__ import annotations

import logging
from uuid import UUID, uuid4

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from sessions_app.enums import AuthType, Status
from sessions_app.errors import InstanceProblem
from sessions_app.models import Installation, ProviderSession
from sessions_app.services import audit, instance, instance_file, store
from sessions_app.services.instance_file import Known, UnreadableFile
from sessions_app.services.place import current_place, is_proof

logger = logging.getLogger(__name__)

# Further than the folder of any other host has seen: once one operator has confirmed, none of them doubts.
_LEAP = 1_000_000


def adopt() -> int:
    """This is the only copy: sessions on hold go back to work; how many.

    Raises `InstanceProblem` if nothing is on hold, or if the data folder cannot remember it.
    """
    with transaction.atomic():
        row = _held_row()
        count = ProviderSession.objects.filter(status=Status.QUARANTINED).update(
            status=Status.ACTIVE, status_reason="", next_attempt_at=None, consecutive_failures=0
        )
        _bind_again(row, settings.MAESTRO_INSTANCE_ID or row.instance_id)
        audit.record(audit.ONLY_COPY, detail=f"Sessions back at work: {count}")
    logger.warning("An operator confirmed that this database is the only copy. Sessions: %s", count)
    return count


def separate() -> int:
    """This is a copy beside the original: it forgets the original's logins; how many sessions need their own.

    Raises as `adopt`.
    """
    with transaction.atomic():
        row = _held_row()
        # Switched-off ones too: switching one on would send a token that the original has used since.
        logins = ProviderSession.objects.filter(auth_type=AuthType.OAUTH).exclude(credentials="")
        ids = list(logins.values_list("id", "status"))
        for session_id, status in ids:
            kept = Status.DISABLED if status == Status.DISABLED else Status.NEEDS_LOGIN
            store.wipe(session_id, status=kept, reason="user" if kept == Status.DISABLED else "separate_copy")
        _bind_again(row, settings.MAESTRO_INSTANCE_ID or uuid4())
        audit.record(audit.SEPARATE_COPY, detail=f"Logins forgotten: {len(ids)}")
    logger.warning("An operator confirmed that this database is a copy of its own. Logins: %s", len(ids))
    return len(ids)


def adopted_sentence(count: int) -> str:
    """What `adopt` did, for people."""
    return _(
        "Confirmed: this is the only copy. OAuth sessions back at work: %(count)d. One whose tokens were renewed "
        "after the copy was made will ask for a login; nothing else is lost."
    ) % {"count": count}


def separated_sentence(count: int) -> str:
    """What `separate` did, for people."""
    return _(
        "Confirmed: this is a copy beside the original. OAuth sessions that need a login of their own: %(count)d. "
        "The original is not touched."
    ) % {"count": count}


def _held_row() -> Installation:
    if not instance.watch():
        raise InstanceProblem(_("Nothing is on hold, so there is nothing to confirm."))
    return Installation.objects.select_for_update().get()


def _bind_again(row: Installation, instance_id: UUID) -> None:
    """Make this database the one that belongs here; the folder is written last, while all can be undone."""
    here, token_writes = current_place(), max(row.token_writes, _seen_by_folder()) + _LEAP
    Installation.objects.filter(id=row.pk).update(
        instance_id=instance_id, place=here, bound_at=timezone.now(), token_writes=token_writes,
        held_at=None, hold_reason="",
    )  # fmt: skip
    try:
        instance_file.write(Known(instance_id=instance_id, token_writes=token_writes))
    except OSError as error:
        if is_proof(here) or settings.MAESTRO_INSTANCE_ID:
            return  # such a host is known without its folder
        said = _(
            "The file %(path)s cannot be written (%(reason)s), so nothing was changed. "
            "Make the data folder writable for the user that runs Maestro, and confirm again."
        )
        raise InstanceProblem(said % {"path": instance_file.path(), "reason": error.strerror}) from error


def _seen_by_folder() -> int:
    try:
        known = instance_file.read()
    except UnreadableFile:
        return 0
    return known.token_writes if known else 0
