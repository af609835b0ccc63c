"""Where the database lies, as the database itself can tell: a copy of it lies somewhere else.

PostgreSQL: the identifier that `initdb` gave the cluster, and the database's number in it. A dump that
is restored elsewhere gets others, a failover to a replica keeps both
(https://www.postgresql.org/docs/15/functions-info.html#FUNCTIONS-PG-CONTROL-SYSTEM).
SQLite: the file's path, and its device and inode, because one file may be seen under two paths.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from django.db import DatabaseError, connection, transaction

_CLUSTER, _FILE = "cluster", "file"
_SQL = """SELECT system_identifier, (SELECT oid FROM pg_database WHERE datname = current_database())
          FROM pg_control_system()"""


def current_place() -> str:
    """The place of the default database; "" where it cannot be told."""
    if connection.vendor == "sqlite":
        return _file_place(Path(str(connection.settings_dict["NAME"])))
    if connection.vendor == "postgresql":
        return _cluster_place()
    return ""


def is_proof(place: str) -> bool:
    """Whether a database at `place` needs no data folder to be known: nothing else can have this place
    but a copy of the whole cluster. Another file may well get the same path."""
    return place.startswith(f"{_CLUSTER}:")


def is_same(stored: str, now: str) -> bool:
    """Whether the two may be one place. An unknown one is no evidence."""
    if not stored or not now or stored == now:
        return True
    if stored.startswith(f"{_FILE}:") and now.startswith(f"{_FILE}:"):
        (file_then, path_then), (file_now, path_now) = _file_parts(stored), _file_parts(now)
        return path_then == path_now or file_then == file_now
    return False


def _file_place(path: Path) -> str:
    try:
        found = path.stat()
        return f"{_FILE}:{found.st_dev}-{found.st_ino}:{path.resolve()}"[:600]
    except OSError:  # a database in memory has no place
        return ""


def _file_parts(place: str) -> tuple[str, str]:
    _, file, path = place.split(":", 2)
    return file, path


def _protected() -> AbstractContextManager[object]:
    """What an error would spoil: the transaction around, if there is one; else three round trips are one."""
    return transaction.atomic() if connection.in_atomic_block else nullcontext()


def _cluster_place() -> str:
    try:
        with _protected(), connection.cursor() as cursor:
            cursor.execute(_SQL)
            cluster, database = cursor.fetchone()
    except DatabaseError:  # not allowed, or another server that speaks PostgreSQL's protocol
        return ""
    return f"{_CLUSTER}:{cluster}:{database}"
