"""The file `instance` in the data folder: which database belongs to this folder, and how far it had come.

It lies outside the database on purpose: what is restored or copied with the database could not tell
that it was. Knows nothing of sessions; `instance` decides what a difference means.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from uuid import UUID

import msgspec
from django.conf import settings

NAME = "instance"
_LARGEST = 10_000  # bytes; a hundred times what is ever written


class UnreadableFile(Exception):
    """The file is there, and is not what this module writes."""


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """`token_writes`: the highest count of stored token pairs that this folder saw in its database."""

    v: int = 1
    instance_id: UUID
    token_writes: int


def path() -> Path:
    """Where the file lies."""
    folder: Path = settings.MAESTRO_DATA_DIR
    return folder / NAME


def read() -> Known | None:
    """What the folder knows; `None` if it has not seen a database yet. Raises `UnreadableFile`."""
    try:
        with path().open("rb") as file:
            known = msgspec.json.decode(file.read(_LARGEST), type=Known)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.MsgspecError) as error:
        raise UnreadableFile(str(path())) from error
    if known.v != 1:
        raise UnreadableFile(str(path()))
    return known


def write(known: Known) -> None:
    """Replace the file, whole or not at all, mode 0600. Raises `OSError`."""
    target = path()
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = target.with_name(f".{NAME}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(msgspec.json.encode(known) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)
