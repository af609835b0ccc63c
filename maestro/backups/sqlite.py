"""Copies and replaces an SQLite database while nothing of it may be lost.

Copying uses SQLite's online backup (https://www.sqlite.org/backup.html), which sees one state of the database
however much is written meanwhile. Replacing is one rename; the former database stays beside it.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path

from django.db import connection, connections

from maestro.backups.problems import BackupProblem

_ALIAS = "being_restored"
_WAIT_S = 5.0


def database_path() -> Path:
    """The file of the default database."""
    return Path(str(connection.settings_dict["NAME"])).absolute()


def dump(target: Path) -> None:
    """Copy the database to `target` as one whole file."""
    path = database_path()
    if not path.is_file():
        raise BackupProblem(f"There is no database at {path} yet, so there is nothing to back up.")
    try:
        with (
            closing(sqlite3.connect(path, timeout=_WAIT_S)) as live,
            closing(sqlite3.connect(target)) as copy,
        ):
            live.backup(copy)
            copy.execute("PRAGMA journal_mode=DELETE")  # so that it needs no second file
    except sqlite3.Error as error:
        raise BackupProblem(f"The database {path} cannot be copied ({error}).") from error


def require_sound(path: Path) -> None:
    """Raises `BackupProblem` if the file is no SQLite database, or a damaged one."""
    try:
        with closing(sqlite3.connect(path)) as database:
            found = database.execute("PRAGMA integrity_check").fetchone()
    except sqlite3.Error as error:
        raise BackupProblem(f"The backup holds no usable database ({error}). Use another backup.") from error
    if found != ("ok",):
        raise BackupProblem("The database in the backup is damaged. Use another backup.")


@contextmanager
def opened(path: Path) -> Iterator[str]:
    """The alias under which Django knows the database at `path` for a while."""
    extra = connection.copy(alias=_ALIAS)
    extra.settings_dict["NAME"] = str(path)
    connections[_ALIAS] = extra
    try:
        yield _ALIAS
    finally:
        extra.close()
        del connections[_ALIAS]


def put_in_place(staged: Path, *, now: datetime) -> Path | None:
    """Replace the database by `staged`; where the former one lies now, if there was one.

    Raises `BackupProblem` if somebody has the database open. At any moment there is a whole one in its place.
    """
    path, aside = database_path(), None
    connections.close_all()
    _make_whole(staged)
    if path.is_file() and path.stat().st_size:
        _make_whole(path)
        aside = path.with_name(f"{path.name}.before-restore-{now:%Y%m%d-%H%M%S}")
        _link(path, aside)
    staged.replace(path)
    for suffix in ("-wal", "-shm"):  # left by a process that was killed; they belong to the former one
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    return aside


def _make_whole(path: Path) -> None:
    """Bring everything into the one file. SQLite allows it only if nobody else has the database open."""
    try:
        with closing(sqlite3.connect(path, timeout=_WAIT_S, isolation_level=None)) as database:
            database.execute("PRAGMA journal_mode=DELETE").fetchone()
    except sqlite3.OperationalError as error:
        raise BackupProblem(
            f"The database {path} is in use ({error}). Stop the server and every worker, then restore again. "
            "Nothing was changed."
        ) from error
    except sqlite3.DatabaseError:
        return  # too damaged to open, so nobody uses it; it is kept as it is


def _link(path: Path, aside: Path) -> None:
    try:
        os.link(path, aside)
    except FileExistsError as error:
        raise BackupProblem(f"{aside} exists already. Move it away, then restore again.") from error
    except OSError:  # a file system without hard links
        shutil.copy2(path, aside)
