"""Files are taken in before the message that they belong to, and given back to their owner alone."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.contrib.auth.models import User
from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from chat import uploads
from chat.files import FileRefused, inspect
from chat.models import Attachment
from chat.numbers import megabytes
from chat.services import errors
from chat.services.file_names import clean_name

_MINUTE = timedelta(minutes=1)


def store(user: User, *, name: str, data: bytes, now: datetime | None = None) -> Attachment:
    """Take a file in. Raises `FileTooLarge`, `FileUnfit`, `TooManySends`, `StorageFull`, `NotStored`; then nothing is kept."""
    now = now or timezone.now()
    check_size(len(data))
    _check_uploads(user, now)
    try:
        found = inspect(data, max_side=settings.MAESTRO_MAX_IMAGE_SIDE)
    except FileRefused as refusal:
        raise errors.FileUnfit(refusal.message) from None
    _check_storage(user, len(found.data))
    digest = _keep(found.data)
    row = Attachment.objects.create(
        owner=user,
        digest=digest,
        name=clean_name(name, found.media_type),
        media_type=found.media_type,
        size=len(found.data),
        width=found.width,
        height=found.height,
        created_at=now,
    )
    _keep(found.data)  # `uploads.remove` says why a second time
    return row


def check_size(size: int) -> None:
    """Raises `FileTooLarge`."""
    if size > settings.MAESTRO_MAX_FILE_BYTES:
        raise errors.FileTooLarge(
            _("The file has %(size)s; at most %(limit)s are taken. Make it smaller.")
            % {"size": megabytes(size), "limit": megabytes(settings.MAESTRO_MAX_FILE_BYTES)}
        )


def _check_uploads(user: User, now: datetime) -> None:
    recent = Attachment.objects.owned_by(user.pk).filter(created_at__gt=now - _MINUTE)
    per_minute = settings.MAESTRO_UPLOADS_PER_MINUTE
    times = list(recent.order_by("created_at").values_list("created_at", flat=True))
    if len(times) >= per_minute:
        raise errors.TooManySends(
            _("%(most)s files in a minute is the most. Wait a moment.") % {"most": per_minute},
            retry_at=times[-per_minute] + _MINUTE,
        )


def _check_storage(user: User, size: int) -> None:
    held = Attachment.objects.owned_by(user.pk).aggregate(total=Sum("size"))["total"] or 0
    limit = settings.MAESTRO_MAX_STORED_BYTES_PER_USER
    if held + size > limit:
        raise errors.StorageFull(
            _(
                "Your files have %(held)s, and %(limit)s is the most. Delete messages or conversations with files."
            )
            % {"held": megabytes(held), "limit": megabytes(limit)}
        )


def _keep(data: bytes) -> str:
    try:
        return uploads.keep(data)
    except OSError as problem:
        raise errors.NotStored(
            _("The server could not store the file (%(reason)s). Tell its operator; your text is kept.")
            % {"reason": problem.strerror}
        ) from problem


def get(user: User, attachment_id: UUID) -> Attachment:
    """One file of the user. Raises `NotThere`."""
    found = Attachment.objects.owned_by(user.pk).filter(pk=attachment_id).first()
    if found is None:
        raise errors.NotThere(_("This file does not exist any more."))
    return found


def content_of(attachment: Attachment) -> bytes:
    """Its bytes. Raises `NotThere` if they are not on this host."""
    data = uploads.read(attachment.digest)
    if data is None:
        raise errors.NotThere(_("This file is lost: its row is there, its content is not."))
    return data
