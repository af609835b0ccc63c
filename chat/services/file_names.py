"""Names of attached files: as their owner knows them, without what could mislead a person or a disk."""

from __future__ import annotations

import re

MAX_NAME = 120  # characters
_SUFFIXES = {
    "image/jpeg": (".jpg", ".jpeg"),
    "image/png": (".png",),
    "image/gif": (".gif",),
    "image/webp": (".webp",),
    "application/pdf": (".pdf",),
}
_NOT_IN_NAMES = re.compile(r'[<>:"|?*/\\]')


def clean_name(name: str, media_type: str) -> str:
    """The last part of a path, printable, with an ending that says what the file is: it is what a download is called."""
    last = re.split(r"[/\\]", name)[-1]
    printable = "".join(char for char in _NOT_IN_NAMES.sub("", last) if char.isprintable())
    stem = " ".join(printable.split())
    endings = _SUFFIXES[media_type]
    found = next((ending for ending in endings if stem.lower().endswith(ending)), None)
    if found:
        stem, ending = stem[: -len(found)], stem[-len(found) :]
    else:
        ending = endings[0]
    return (stem.strip(". ")[: MAX_NAME - len(ending)] or "file") + ending
