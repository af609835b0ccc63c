"""Where the bytes of attached files lie: `uploads/` in the data folder, never below what the server gives out.

A file is named by its content (SHA-256), written once, readable by this user only. Knows no rows; whoever removes
one asks first whether somebody still needs it.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from django.conf import settings

_DIGEST = re.compile(r"[0-9a-f]{64}")
_GOING = ".going"


def folder() -> Path:
    """Made when the first file comes."""
    return Path(settings.MAESTRO_DATA_DIR) / "uploads"


def path_of(digest: str) -> Path:
    """Where the content with this digest lies. Raises `ValueError` for what is none."""
    if not _DIGEST.fullmatch(digest):
        raise ValueError("not a digest")
    return folder() / digest[:2] / digest


def digest_of(data: bytes) -> str:
    """The name of a content."""
    return hashlib.sha256(data).hexdigest()


def keep(data: bytes) -> str:
    """Write a file unless it is there, and wait until it is on the disk; its digest. Raises `OSError`."""
    digest = digest_of(data)
    path = path_of(digest)
    for place in (folder(), path.parent):  # one after the other: parents get no mode
        place.mkdir(mode=0o700, exist_ok=True)
    with contextlib.suppress(FileNotFoundError):
        os.utime(path)  # young again, so that nobody removes it before its row is there
        return digest
    descriptor, name = tempfile.mkstemp(dir=path.parent)  # mode 0600
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise
    return digest


def read(digest: str) -> bytes | None:
    """The content; `None` if it is not on this host. Raises `OSError` for a disk that cannot be read."""
    try:
        return path_of(digest).read_bytes()
    except FileNotFoundError:
        return None


def stored() -> Iterator[tuple[str, float]]:
    """Every digest, with the time (seconds since 1970) at which its file was written or uploaded again."""
    for path in sorted(folder().glob("??/*")):
        with contextlib.suppress(FileNotFoundError):
            if _DIGEST.fullmatch(path.name):
                yield path.name, path.stat().st_mtime


def remove(digest: str, *, is_needed: Callable[[], bool]) -> bool:
    """Remove a file, and ask once more while it cannot be found: who uploads the same content looks for it after
    storing its row, and writes it again. So neither order of the two loses it."""
    path = path_of(digest)
    going = path.with_name(digest + _GOING)
    try:
        path.replace(going)
    except FileNotFoundError:
        return False
    if is_needed():
        going.replace(path)
        return False
    going.unlink(missing_ok=True)
    return True


def clear_leftovers(*, before: float) -> None:
    """What a process that died in the middle of writing or removing has left, if it is older than `before`. A file on
    its way out is brought back: it may have been needed."""
    for path in folder().glob("??/*"):
        with contextlib.suppress(FileNotFoundError):
            if _DIGEST.fullmatch(path.name) or path.stat().st_mtime >= before:
                continue
            if path.name.endswith(_GOING):
                path.replace(path.with_name(path.name.removesuffix(_GOING)))
            else:
                path.unlink()
