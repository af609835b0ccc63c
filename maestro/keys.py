"""The server's own keys when the operator sets none: made on first use, kept in the data folder.

Mode 0600 in a folder of mode 0700. Losing them makes every stored credential unreadable, so they
belong in the backup, apart from the database.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
from collections.abc import Iterator
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

KEY_BYTES = 48
SHORTEST = 32  # characters; the files have 64, a key that an operator put there may have fewer
FILES = ("secret_key", "salt_key")


def load_or_create(data_dir: Path, name: str) -> str:
    """The key stored under `name`, made now if there is none.

    Two processes that start together get the same key: the file appears whole, by hard link, and
    the loser reads the winner's. Raises `ImproperlyConfigured` if folder or file cannot be used.
    """
    path = data_dir / name
    try:
        if not path.exists():
            make_folder(data_dir)
            _create(path)
    except OSError as error:
        raise _unusable(data_dir, error) from error
    return _read(path)


def make_folder(data_dir: Path) -> None:
    """Make the data folder, for this user alone. Raises `ImproperlyConfigured` if that is impossible."""
    try:
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise _unusable(data_dir, error) from error


def open_to_others(data_dir: Path) -> Iterator[tuple[Path, int]]:
    """Key files that other users of the machine may read or change, each with its mode."""
    for path in (data_dir / name for name in FILES):
        mode = stat.S_IMODE(path.stat().st_mode) if path.is_file() else 0
        if mode & (stat.S_IRWXG | stat.S_IRWXO):
            yield path, mode


def _unusable(data_dir: Path, error: OSError) -> ImproperlyConfigured:
    return ImproperlyConfigured(
        f"Cannot keep anything in {data_dir} ({error.strerror}). Make the folder writable for the user "
        f"that runs Maestro, or point MAESTRO_DATA_DIR elsewhere."
    )


def _create(path: Path) -> None:
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(KEY_BYTES) + "\n")
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink()


def _read(path: Path) -> str:
    try:
        key = path.read_text().strip()
    except OSError as error:
        raise ImproperlyConfigured(
            f"Cannot read {path} ({error.strerror}). Give it to the user that runs Maestro, with mode 600."
        ) from error
    except UnicodeDecodeError:
        raise _broken(path, "is not text") from None
    if not key:
        raise _broken(path, "is empty")
    if len(key) < SHORTEST:
        raise _broken(path, f"is cut off: it has {len(key)} characters, and a key has at least {SHORTEST}")
    if len(key.split()) > 1:
        raise _broken(path, "holds more than one word, and a key is one")
    return key


def _broken(path: Path, what: str) -> ImproperlyConfigured:
    """Never replaced by a new key, which would open nothing of what is stored."""
    return ImproperlyConfigured(
        f"{path} {what}. Nothing was changed. Restore it from your backup; stored sessions need it. "
        "Only if there are none, remove it, and a new one is made."
    )
