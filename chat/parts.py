"""What a stored message is made of: what providers know, and files, of which a message holds the reference only.

A message stays small however large its files are; their bytes are put in when a run builds its request.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from uuid import UUID

import msgspec

from providers.messages import ContentPart, Part, TextPart, ThinkingPart


class AttachmentPart(Part, frozen=True, kw_only=True, tag="attachment"):
    """A file of the owner: `chat.models.Attachment` with this id. The rest is what it was when it was sent, so that a
    page can show it without another query; `width` and `height` are pixels, `None` for a PDF."""

    id: UUID
    name: str
    media_type: str
    size: int
    width: int | None = None
    height: int | None = None

    @property
    def is_image(self) -> bool:
        """Whether it can be shown as a picture."""
        return self.media_type.startswith("image/")


StoredPart = ContentPart | AttachmentPart
_decoder = msgspec.json.Decoder(tuple[StoredPart, ...])


def encode_parts(parts: Iterable[StoredPart]) -> str:
    """The JSON text that a message's row holds."""
    return msgspec.json.encode(tuple(parts)).decode()


def parts_from(parts_json: str) -> tuple[StoredPart, ...]:
    """The content of such a text, typed."""
    return _decoder.decode(parts_json)


def _nothing(part: TextPart) -> str:
    return ""


def text_of_parts(parts: Iterable[StoredPart], *, behind: Callable[[TextPart], str] = _nothing) -> str:
    """All text parts together: the Markdown source. `behind` gives what follows on each.

    Parts that follow each other are one text: a vendor begins a new one where a citation begins. What stands between two
    others is a paragraph of its own. The browser does the same with live events.
    """
    pieces: list[str] = []
    was_text = True
    for part in parts:
        if isinstance(part, ThinkingPart) and not part.text:
            continue  # a signature is nothing that stands between
        if isinstance(part, TextPart):
            pieces += [] if was_text or not pieces else ["\n\n"]
            pieces += [part.text, behind(part)]
        was_text = isinstance(part, TextPart)
    return "".join(pieces)


def name_of_parts(parts: Iterable[StoredPart]) -> str:
    """What a conversation that begins with them may be called after: the text, or the files where there is none."""
    return text_of_parts(parts) or ", ".join(part.name for part in attachments_of(parts))


def attachments_of(parts: Iterable[StoredPart]) -> tuple[AttachmentPart, ...]:
    """The files, in their order."""
    return tuple(part for part in parts if isinstance(part, AttachmentPart))
