"""Where an image ends and how large it is, from the structure of its format. Pixels are never decoded.

PNG: https://www.w3.org/TR/png-3/ · GIF: https://www.w3.org/Graphics/GIF/spec-gif89a.txt · JPEG: ITU-T T.81, annex B ·
WebP: RFC 9649. Every reader goes through all of the file once; what does not fit is `FileRefused`, and indexes that
leave the data are caught by whoever calls.
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass

from chat.files.problems import broken

_MOST_PIECES = 500_000  # of a file; whoever cuts one into more wants to keep us busy
_PNG_START, _GIF_START, _WEBP_START = 8, 13, 12
_STANDALONE = frozenset({0x01, *range(0xD0, 0xD8)})  # JPEG markers without a length
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # JPEG markers with the size of the image
_SCAN, _END = 0xDA, 0xD9
_AFTER_SCAN = re.compile(
    rb"\xff[^\x00\xff\xd0-\xd7]"
)  # in a scan FF is escaped by 00, and restarts belong to it


@dataclass(frozen=True)
class Extent:
    """Width and height in pixels, and the number of bytes of the image itself: what follows belongs to something else."""

    width: int
    height: int
    end: int


def read_png(data: bytes) -> Extent:
    """Chunk after chunk to `IEND`."""
    place, width, height, has_pixels = _PNG_START, 0, 0, False
    for number in range(_MOST_PIECES):
        length, kind = struct.unpack_from(">I4s", data, place)
        if (number == 0) != (kind == b"IHDR"):
            raise broken("PNG")
        if number == 0:
            width, height = struct.unpack_from(">II", data, place + 8)
        has_pixels |= kind == b"IDAT"
        place += 12 + length
        if kind == b"IEND":
            return _extent("PNG", data, width, height, place if has_pixels else 0)
    raise broken("PNG")


def read_gif(data: bytes) -> Extent:
    """Block after block to the trailer. A picture of an animation may be larger than what the header says."""
    width, height, flags = struct.unpack_from("<HHB", data, 6)
    place, has_pixels = _GIF_START + _table(flags), False
    for _ in range(_MOST_PIECES):
        match data[place]:
            case 0x2C:
                left, top, wide, high, flags = struct.unpack_from("<HHHHB", data, place + 1)
                width, height, has_pixels = max(width, left + wide), max(height, top + high), True
                place = _after_blocks(data, place + 11 + _table(flags))
            case 0x21:
                place = _after_blocks(data, place + 2)
            case 0x3B:
                return _extent("GIF", data, width, height, place + 1 if has_pixels else 0)
            case _:
                raise broken("GIF")
    raise broken("GIF")


def _table(flags: int) -> int:
    """Bytes of a colour table."""
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


def _after_blocks(data: bytes, place: int) -> int:
    for _ in range(_MOST_PIECES):
        size = data[place]
        place += 1 + size
        if size == 0:
            return place
    raise broken("GIF")


def read_jpeg(data: bytes) -> Extent:
    """Segment after segment, past each scan, to the end of the image."""
    place, width, height, has_pixels = 2, 0, 0, False
    for _ in range(_MOST_PIECES):
        if data[place] != 0xFF:
            raise broken("JPEG")
        marker = data[place + 1]
        if marker == _END:
            return _extent("JPEG", data, width, height, place + 2 if has_pixels else 0)
        if marker == 0xFF or marker in _STANDALONE:
            place += 1 if marker == 0xFF else 2
            continue
        if marker in _FRAMES:
            high, wide = struct.unpack_from(">HH", data, place + 5)
            width, height = max(width, wide), max(height, high)
        place += 2 + int(struct.unpack_from(">H", data, place + 2)[0])
        if marker == _SCAN:
            place, has_pixels = _after_scan(data, place), True
    raise broken("JPEG")


def _after_scan(data: bytes, place: int) -> int:
    found = _AFTER_SCAN.search(data, place)
    if found is None:
        raise broken("JPEG")
    return found.start()


def read_webp(data: bytes) -> Extent:
    """Chunk after chunk inside the RIFF container."""
    end = 8 + int(struct.unpack_from("<I", data, 4)[0])
    place, width, height, has_pixels = _WEBP_START, 0, 0, False
    for _ in range(_MOST_PIECES):
        if place >= end:
            is_whole = has_pixels and place <= end + 1  # the last one may be padded
            return _extent("WebP", data, width, height, end if is_whole else 0)
        kind, length = struct.unpack_from("<4sI", data, place)
        wide, high = _webp_size(kind, data, place + 8)
        width, height = max(width, wide), max(height, high)
        has_pixels |= kind in {b"VP8 ", b"VP8L", b"ANMF"}
        place += 8 + length + length % 2
    raise broken("WebP")


def _webp_size(kind: bytes, data: bytes, place: int) -> tuple[int, int]:
    match kind:
        case b"VP8X":
            return 1 + _three_bytes(data, place + 4), 1 + _three_bytes(data, place + 7)
        case b"ANMF":  # a picture of an animation: its place, then its size
            return 1 + _three_bytes(data, place + 6), 1 + _three_bytes(data, place + 9)
        case b"VP8L":
            (bits,) = struct.unpack_from("<I", data, place + 1)
            return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
        case b"VP8 ":
            wide, high = struct.unpack_from("<HH", data, place + 6)
            return wide & 0x3FFF, high & 0x3FFF
        case _:
            return 0, 0


def _three_bytes(data: bytes, place: int) -> int:
    return int.from_bytes(data[place : place + 3], "little")


def _extent(kind: str, data: bytes, width: int, height: int, end: int) -> Extent:
    """The extent, if there is one; `end` is 0 where something is missing."""
    if not width or not height or not 0 < end <= len(data):
        raise broken(kind)
    return Extent(width, height, end)
