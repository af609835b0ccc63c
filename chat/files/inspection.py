"""From bytes to what they are: a type that providers take, its size, and the part that is the file itself."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from chat.files.documents import check_pdf
from chat.files.images import Extent, read_gif, read_jpeg, read_png, read_webp
from chat.files.problems import FileRefused, broken
from chat.numbers import grouped

PDF = "application/pdf"
# media type → (kind in words, its reader)
_IMAGES: dict[str, tuple[str, Callable[[bytes], Extent]]] = {
    "image/png": ("PNG", read_png),
    "image/jpeg": ("JPEG", read_jpeg),
    "image/gif": ("GIF", read_gif),
    "image/webp": ("WebP", read_webp),
}
MEDIA_TYPES = (*_IMAGES, PDF)
_HEAD = 1024  # bytes in which programs look for what a file is
# Other kinds of files that are found inside one, whatever it begins with.
_RUN = (b"<script", b"<html", b"<!doctype", b"<svg", b"<?php", b"<iframe", b"<body")
_OTHERS = (b"%pdf-", b"pk\x03\x04", b"pk\x05\x06", b"rar!\x1a", b"7z\xbc\xaf", b"\x7felf", *_RUN)
_ZIP_END = b"PK\x05\x06"


@dataclass(frozen=True)
class Inspected:
    """`data` is the file without what was hung behind it; `width` and `height` are pixels, `None` for a PDF."""

    media_type: str
    data: bytes
    width: int | None = None
    height: int | None = None


def inspect(data: bytes, *, max_side: int) -> Inspected:
    """What this is. `max_side`: pixels that an image may be wide or high. Raises `FileRefused`."""
    media_type = _type_of(data)
    if _is_zip(data):
        raise _two_in_one()
    if media_type == PDF:
        _refuse(data[:_HEAD], _RUN)
        check_pdf(data)
        return Inspected(media_type, data)
    kind, read = _IMAGES[media_type]
    try:
        extent = read(data)
    except (struct.error, IndexError):
        raise broken(kind) from None
    _refuse(data[4:_HEAD], _OTHERS)
    _refuse(data[extent.end :], _OTHERS)
    if max(extent.width, extent.height) > max_side:
        raise FileRefused(
            _(
                "The image is %(width)s × %(height)s pixels; at most %(most)s on a side are taken. Make it smaller."
            )
            % {"width": grouped(extent.width), "height": grouped(extent.height), "most": grouped(max_side)}
        )
    return Inspected(media_type, data[: extent.end], extent.width, extent.height)


def _type_of(data: bytes) -> str:
    if not data:
        raise FileRefused(_("The file is empty."))
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if data.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if data.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif"
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return "image/webp"
    if data.startswith(b"%PDF-"):
        return PDF
    raise FileRefused(_what_else(data))


def _what_else(data: bytes) -> str:
    head = data[:_HEAD].lower()
    if b"<svg" in head:
        return _("SVG drawings can hold programs, so they are not taken. Export it as PNG.")
    if data[4:8] == b"ftyp" and data[8:12] in {b"heic", b"heix", b"mif1", b"avif", b"msf1"}:
        return _("Providers cannot read HEIC and AVIF pictures. Save it as JPEG or PNG.")
    return _(
        "Only JPEG, PNG, GIF and WebP images and PDFs can be attached. This is something else, whatever its name says."
    )


def _two_in_one() -> FileRefused:
    return FileRefused(
        _(
            "This file is two kinds of file at once, as attacks are. Open it in a program of yours, save it again, and attach that."
        )
    )


def _is_zip(data: bytes) -> bool:
    """Whether programs would open it as an archive: those look for the directory at the very end."""
    place = data.rfind(_ZIP_END, -(22 + 0xFFFF))
    return place >= 0 and place + 22 + int.from_bytes(data[place + 20 : place + 22], "little") == len(data)


def _refuse(part: bytes, signs: tuple[bytes, ...]) -> None:
    lowered = part.lower()
    if any(sign in lowered for sign in signs):
        raise _two_in_one()
