"""Files to attach: good ones, and those that somebody makes to do harm. Real samples were made by a browser."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

SAMPLES = Path(__file__).parents[1] / "chat" / "files" / "samples"
GOOD = {
    "photo.jpg": "image/jpeg",
    "drawing.png": "image/png",
    "photo.webp": "image/webp",
    "sharp.webp": "image/webp",
    "letter.pdf": "application/pdf",
}


def sample(name: str) -> bytes:
    return (SAMPLES / name).read_bytes()


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width: int = 4, height: int = 3) -> bytes:
    """A grey PNG; with a large size one that only says that it is."""
    rows = zlib.compress(b"\0" * min((width + 1) * height, 1000))
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def gif(width: int = 1, height: int = 1, *, frame: tuple[int, int] = (1, 1)) -> bytes:
    """A GIF with one picture of the size `frame`."""
    head = b"GIF89a" + struct.pack("<HHBBB", width, height, 0x80, 0, 0) + b"\0\0\0\xff\xff\xff"
    control = b"\x21\xf9\x04\0\0\0\0\0"
    picture = b"\x2c" + struct.pack("<HHHHB", 0, 0, *frame, 0) + b"\x02\x02\x44\x01\x00"
    return head + control + picture + b"\x3b"


def jpeg_of_size(width: int, height: int) -> bytes:
    """The sample with another size in its frame header."""
    data = bytearray(sample("photo.jpg"))
    place = data.index(b"\xff\xc0")
    struct.pack_into(">HH", data, place + 5, height, width)
    return bytes(data)


def webp_of_size(width: int, height: int) -> bytes:
    """The lossy sample with another size in its first frame; its container says the same."""
    data = bytearray(sample("photo.webp"))
    if (extended := data.find(b"VP8X")) >= 0:
        data[extended + 12 : extended + 15] = (width - 1).to_bytes(3, "little")
        data[extended + 15 : extended + 18] = (height - 1).to_bytes(3, "little")
    return bytes(data)


def zip_of(name: str = "a.txt") -> bytes:
    """An archive with one empty file."""
    local = b"PK\x03\x04" + b"\0" * 22 + struct.pack("<HH", len(name), 0) + name.encode()
    central = b"PK\x01\x02" + b"\0" * 24 + struct.pack("<H", len(name)) + b"\0" * 16 + name.encode()
    return local + central + b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, 1, 1, len(central), len(local), 0)


SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>alert(1)</script></svg>'
HTML = b"<!doctype html><script>fetch('/chat/send/')</script>"
LOCKED_PDF = (
    b"%PDF-1.7\n1 0 obj\n<</Type /Catalog>>\nendobj\nxref\n0 1\n0000000000 65535 f \n"
    b"trailer\n<</Size 2 /Root 1 0 R /Encrypt 5 0 R>>\nstartxref\n45\n%%EOF\n"
)


def hostile() -> dict[str, tuple[bytes, str]]:
    """Name → bytes, and words of the sentence that its sender gets."""
    picture, letter = sample("drawing.png"), sample("letter.pdf")
    return {
        "empty.png": (b"", "is empty"),
        "drawing.svg": (SVG, "SVG"),
        "svg-named.png": (b"\xef\xbb\xbf \n" + SVG, "SVG"),
        "page-named.jpg": (HTML, "something else"),
        "text-named.pdf": (b"Hello", "something else"),
        "archive-named.webp": (zip_of(), "something else"),
        "program-named.gif": (b"MZ\x90\0" + b"\0" * 60, "something else"),
        "phone.heic": (b"\0\0\0\x18ftypheic" + b"\0" * 40, "HEIC"),
        "only-magic.png": (picture[:8], "damaged"),
        "only-magic.jpg": (b"\xff\xd8\xff", "damaged"),
        "only-magic.gif": (b"GIF89a", "damaged"),
        "only-magic.webp": (b"RIFF\x10\0\0\0WEBP", "damaged"),
        "cut.png": (picture[:-20], "damaged"),
        "cut.jpg": (sample("photo.jpg")[:-50], "damaged"),
        "cut.gif": (gif()[:-2], "damaged"),
        "cut.webp": (sample("photo.webp")[:-9], "damaged"),
        "cut.pdf": (letter[:3000], "damaged"),
        "end-missing.pdf": (letter.replace(b"%%EOF", b"%%EOE"), "damaged"),
        "no-pixels.png": (
            picture[:8] + chunk(b"IHDR", b"\0\0\0\1\0\0\0\1\x08\0\0\0\0") + chunk(b"IEND", b""),
            "damaged",
        ),
        "nothing-wide.png": (png(0, 5), "damaged"),
        "bomb.png": (png(60_000, 60_000), "60,000 × 60,000"),
        "bomb.gif": (gif(65_535, 65_535), "65,535"),
        "bomb-inside.gif": (gif(frame=(65_535, 9)), "65,535"),
        "bomb.jpg": (jpeg_of_size(65_000, 65_000), "65,000"),
        "picture-and-archive.png": (picture + zip_of(), "two kinds"),
        "picture-and-page.jpg": (sample("photo.jpg") + HTML, "two kinds"),
        "picture-and-pdf.gif": (gif() + letter, "two kinds"),
        "archive-and-pdf.pdf": (letter + zip_of(), "two kinds"),
        "page-and-pdf.pdf": (b"%PDF-1.4\n<script>alert(1)</script>" + letter[8:], "two kinds"),
        "script-and-picture.gif": (b"GIF89a" + b"/*<script>*/" + gif()[18:], "damaged"),
        "page-in-comment.png": (
            picture[:33] + chunk(b"tEXt", b"Comment\0" + HTML) + picture[33:],
            "two kinds",
        ),
        "locked.pdf": (LOCKED_PDF, "encrypted"),
    }
