"""The backup file: a zip with `manifest.json`, `database`, whose checksum the manifest has, and `uploads/`, whose files
are named by theirs.

https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT: the directory of a zip is at its end, so a
truncated file is none. Knows neither databases nor keys.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import IO, Literal
from uuid import UUID

import msgspec

from maestro.backups.problems import BackupProblem

FORMAT, VERSION = "maestro-backup", 1
Engine = Literal["sqlite", "postgresql"]

_MANIFEST, _DATABASE = "manifest.json", "database"
_UPLOAD = re.compile(r"uploads/([0-9a-f]{64})")
_LARGEST_MANIFEST = 1_000_000  # bytes
_LARGEST_UPLOAD = 1_000_000_000
_CHUNK = 1 << 20


class _Header(msgspec.Struct, kw_only=True):
    format: str
    version: int


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What a restore must know first. `key_check` is a known text, sealed with the keys of the backup."""

    format: str = FORMAT
    version: int = VERSION
    created_at: datetime
    instance_id: UUID | None
    engine: Engine
    migrations: dict[str, list[str]]
    key_check: str
    size: int
    sha256: str


def pack(target: Path, manifest: Manifest, dump: Path, uploads: Iterable[Path] = ()) -> None:
    """Write the file, mode 0600, and wait until it is on the disk. An upload that is removed meanwhile is left out."""
    # A dump of PostgreSQL is compressed already.
    method = zipfile.ZIP_DEFLATED if manifest.engine == "sqlite" else zipfile.ZIP_STORED
    descriptor = os.open(target, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w+b") as file:
        with zipfile.ZipFile(file, "w", method) as archive:
            archive.writestr(_MANIFEST, msgspec.json.format(msgspec.json.encode(manifest), indent=2))
            archive.write(dump, _DATABASE)
            for path in uploads:
                with contextlib.suppress(FileNotFoundError):
                    archive.write(
                        path, f"uploads/{path.name}", zipfile.ZIP_STORED
                    )  # images and PDFs are packed already
        file.flush()
        os.fsync(file.fileno())


def read_manifest(source: Path) -> Manifest:
    """The manifest of a backup that this version can read. Raises `BackupProblem`."""
    try:
        with zipfile.ZipFile(source) as archive, archive.open(_MANIFEST) as member:
            text = member.read(_LARGEST_MANIFEST)
            archive.getinfo(_DATABASE)
        header = msgspec.json.decode(text, type=_Header)
        _require_format(source, header)
        return msgspec.json.decode(text, type=Manifest)
    except FileNotFoundError:
        raise BackupProblem(f"There is no file {source}.") from None
    except (zipfile.BadZipFile, zlib.error, KeyError, NotImplementedError, msgspec.MsgspecError):
        raise _not_a_backup(source) from None
    except OSError as error:
        raise BackupProblem(f"{source} cannot be read ({error.strerror}).") from error


def unpack(source: Path, manifest: Manifest, target: Path) -> None:
    """Write the database dump to `target` (mode 0600) and compare its checksum. Raises `BackupProblem`."""
    try:
        with zipfile.ZipFile(source) as archive, archive.open(_DATABASE) as member:
            found = _copy(member, target, limit=manifest.size)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        raise _damaged(source) from error
    except OSError as error:
        raise BackupProblem(f"{source} cannot be unpacked ({error.strerror}).") from error
    if found != manifest.sha256 or target.stat().st_size != manifest.size:
        raise _damaged(source)


def uploads_in(source: Path) -> Iterator[bytes]:
    """The content of every attached file, each compared with its name. Raises `BackupProblem`."""
    try:
        with zipfile.ZipFile(source) as archive:
            for name in archive.namelist():
                if (found := _UPLOAD.fullmatch(name)) is None:
                    continue
                with archive.open(name) as member:
                    data = member.read(_LARGEST_UPLOAD)
                if hashlib.sha256(data).hexdigest() != found[1]:
                    raise _damaged(source)
                yield data
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        raise _damaged(source) from error
    except OSError as error:
        raise BackupProblem(f"{source} cannot be unpacked ({error.strerror}).") from error


def checksum(path: Path) -> str:
    """SHA-256 of a file, 64 hex digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _copy(member: IO[bytes], target: Path, *, limit: int) -> str:
    digest, size = hashlib.sha256(), 0
    with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        while size <= limit and (chunk := member.read(_CHUNK)):  # no more than it says it is
            size += len(chunk)
            digest.update(chunk)
            file.write(chunk)
    return digest.hexdigest()


def _require_format(source: Path, header: _Header) -> None:
    if header.format != FORMAT:
        raise _not_a_backup(source)
    if header.version > VERSION:
        raise BackupProblem(f"{source} was made by a newer version of Maestro. Restore it with that version.")


def _not_a_backup(source: Path) -> BackupProblem:
    return BackupProblem(
        f"{source} is not a backup of Maestro, or not a whole one. Give a file made by manage.py backup."
    )


def _damaged(source: Path) -> BackupProblem:
    return BackupProblem(
        f"{source} is damaged: its checksum is wrong. Use another copy of it or another backup."
    )
