"""Puts the bytes of files in the place of references, when a run builds its request."""

from __future__ import annotations

import base64
from collections.abc import Iterable

from chat import uploads
from chat.models import Attachment
from chat.parts import AttachmentPart, StoredPart, attachments_of
from chat.services.attachments import is_refused
from providers.messages import ContentPart, DocumentPart, ImagePart, TextPart
from providers.model_info import Capabilities


class Loader:
    """Puts what a provider understands in the place of references. A file that the model takes not, or that is not on
    this host, is named in words, so that the model knows of it and the conversation goes on."""

    def __init__(self, parts: Iterable[StoredPart], takes: Capabilities) -> None:
        ids = {part.id for part in attachments_of(parts)}
        rows = Attachment.objects.filter(pk__in=ids).values_list("pk", "digest") if ids else ()
        self._digests = dict(rows)
        self._takes = takes

    def native(self, part: StoredPart) -> ContentPart:
        """The part as providers know it."""
        if not isinstance(part, AttachmentPart):
            return part
        kind = "image" if part.is_image else "PDF"
        if is_refused(part, self._takes):
            return TextPart(text=f"[The {kind} “{part.name}” was left out: this model takes none.]")
        digest = self._digests.get(part.id)
        data = uploads.read(digest) if digest else None
        if data is None:
            return TextPart(text=f"[The {kind} “{part.name}” is lost.]")
        encoded = base64.b64encode(data).decode()
        match part.media_type:
            case "image/jpeg" | "image/png" | "image/gif" | "image/webp" as media_type:
                return ImagePart(media_type=media_type, data=encoded)
            case _:
                return DocumentPart(data=encoded, title=part.name)
