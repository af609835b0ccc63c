"""The files of messages: whether they may be sent, and which message holds which.

A message's parts hold references (`chat.parts.AttachmentPart`); the same is noted in rows, so that a file stays as long
as a message with it, sent or waiting.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from uuid import UUID

from django.conf import settings
from django.contrib.auth.models import User
from django.db.models import QuerySet, Sum
from django.utils.translation import gettext as _

from chat.models import Attachment, Message, QueuedMessage
from chat.numbers import megabytes
from chat.parts import AttachmentPart, StoredPart, attachments_of
from chat.protocol import AttachmentView
from chat.services import branches, errors
from providers.messages import TextPart
from providers.model_info import Capabilities
from sessions_app.models import ProviderSession
from sessions_app.services.catalog import known_model


def message_parts(user: User, text: str, ids: Sequence[UUID]) -> tuple[StoredPart, ...]:
    """What a message of these files and this text is made of. Raises `FileGone`, `TooManyFiles`."""
    wanted = list(dict.fromkeys(ids))
    if len(wanted) > settings.MAESTRO_MAX_FILES:
        most = settings.MAESTRO_MAX_FILES
        raise errors.TooManyFiles(_("A message may have %(most)s files. Leave some out.") % {"most": most})
    mine = Attachment.objects.owned_by(user.pk).filter(pk__in=wanted) if wanted else ()
    rows = {row.pk: row for row in mine}
    if len(rows) < len(wanted):
        raise errors.FileGone
    return (
        *(_part(rows[pk]) for pk in wanted),
        *((TextPart(text=text),) if text.strip() or not wanted else ()),
    )


def _part(row: Attachment) -> AttachmentPart:
    return AttachmentPart(
        id=row.pk,
        name=row.name,
        media_type=row.media_type,
        size=row.size,
        width=row.width,
        height=row.height,
    )


def files_of(parts: Iterable[StoredPart]) -> tuple[AttachmentView, ...]:
    """The files of a message as a page shows them."""
    return tuple(view_of(part) for part in attachments_of(parts))


def view_of(file: AttachmentPart | Attachment) -> AttachmentView:
    """A file that was uploaded, or that a message holds."""
    return AttachmentView(
        id=file.id,
        name=file.name,
        media_type=file.media_type,
        size=file.size,
        width=file.width,
        height=file.height,
    )


def check_room(conversation_id: UUID, parts: Iterable[StoredPart]) -> None:
    """Whether new files fit beside those that are sent along with every message. Raises `TooManyFiles`."""
    new = attachments_of(parts)
    if not new:
        return
    held = _size_of(Attachment.objects.filter(messages__in=branches.shown_ids(conversation_id)))
    held += _size_of(Attachment.objects.filter(waiting__conversation=conversation_id))
    total, limit = held + sum(part.size for part in new), settings.MAESTRO_MAX_FILES_BYTES
    if total > limit:
        raise errors.TooManyFiles(
            _(
                "With this message the conversation has %(total)s of files, all of which are sent each time; "
                "at most %(limit)s can be. Leave one out, or start a new chat."
            )
            % {"total": megabytes(total), "limit": megabytes(limit)}
        )


def _size_of(rows: QuerySet[Attachment]) -> int:
    found = Attachment.objects.filter(pk__in=rows).aggregate(total=Sum("size"))["total"]
    return int(found or 0)


def check_taken(session: ProviderSession, model_id: str, parts: Iterable[StoredPart]) -> None:
    """Raises `FileNotTaken` where the model is known to take no such files."""
    files = attachments_of(parts)
    model = known_model(session, model_id) if files else None
    if model is None:
        return
    for part in files:
        if is_refused(part, model.capabilities):
            sentence = (
                _("%(model)s takes no images. Choose another model, or remove “%(file)s”.")
                if part.is_image
                else _("%(model)s takes no PDFs. Choose another model, or remove “%(file)s”.")
            )
            raise errors.FileNotTaken(sentence % {"model": model.label, "file": part.name})


def is_refused(part: AttachmentPart, takes: Capabilities) -> bool:
    """Whether a model with these capabilities is known to take no such file."""
    return (takes.images if part.is_image else takes.pdfs) is False


def link(row: Message | QueuedMessage) -> None:
    """Note which files a new message holds, so that they stay. Raises `FileGone`."""
    wanted = {part.id for part in attachments_of(row.parts)}
    if not wanted:
        return
    found = list(Attachment.objects.filter(pk__in=wanted))
    if len(found) < len(wanted):
        raise errors.FileGone
    row.attachments.set(found)
