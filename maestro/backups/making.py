"""Makes a backup: dump, describe, pack, and only then give it its name."""

from __future__ import annotations

import tempfile
from collections import defaultdict
from pathlib import Path
from uuid import UUID

from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from chat import uploads
from maestro.backups import archive, postgres, sqlite
from maestro.backups.archive import Engine, Manifest
from maestro.backups.problems import BackupProblem
from sessions_app import crypto
from sessions_app.fields import Ciphertext
from sessions_app.models import Installation, ProviderSession

KEY_CHECK = "These keys open the backup."


def make_backup(target: Path, *, overwrite: bool = False) -> Manifest:
    """Write a backup to `target`, while the server runs or not. Raises `BackupProblem`."""
    _require_free(target, overwrite=overwrite)
    _require_something()
    try:
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=".maestro-backup-") as scratch:
            dump, packed = Path(scratch, "database"), Path(scratch, "backup")
            (sqlite if engine_name() == "sqlite" else postgres).dump(dump)
            manifest = _describe(dump)
            archive.pack(packed, manifest, dump, [uploads.path_of(digest) for digest, _ in uploads.stored()])
            _require_free(target, overwrite=overwrite)  # a dump may take minutes
            packed.replace(target)
    except OSError as error:
        raise BackupProblem(
            f"{target} cannot be written ({error.strerror}). Choose another place."
        ) from error
    return manifest


def engine_name() -> Engine:
    """The kind of the default database."""
    match connection.vendor:
        case "sqlite":
            return "sqlite"
        case "postgresql":
            return "postgresql"
        case other:
            raise BackupProblem(
                f"Databases of the kind {other} cannot be backed up here. Use their own tools."
            )


def _describe(dump: Path) -> Manifest:
    applied: dict[str, list[str]] = defaultdict(list)
    for app, name in sorted(MigrationRecorder(connection).applied_migrations()):
        applied[app].append(name)
    return Manifest(
        created_at=timezone.now(),
        instance_id=_instance_id(),
        engine=engine_name(),
        migrations=dict(applied),
        key_check=_key_check(),
        size=dump.stat().st_size,
        sha256=archive.checksum(dump),
    )


def _key_check() -> str:
    """The database's own canary, because the keys of this process may be wrong ones; else one of theirs."""
    stored = _installation("canary")
    return stored.stored if isinstance(stored, Ciphertext) and stored else crypto.encrypt(KEY_CHECK)


def _instance_id() -> UUID | None:
    """For people to tell backups apart."""
    found = _installation("instance_id")
    return found if isinstance(found, UUID) else None


def _installation(column: str) -> object:
    """A column of the one row; `None` in a database from before it, which may be backed up for an upgrade."""
    if Installation._meta.db_table not in connection.introspection.table_names():
        return None
    return Installation.objects.values_list(column, flat=True).first()


def _require_something() -> None:
    """A wrong data folder has an empty database, and a backup of it would be trusted until it is needed."""
    if ProviderSession._meta.db_table not in connection.introspection.table_names():
        raise BackupProblem(
            "The database has no tables of Maestro, so there is nothing to back up. Check DATABASE_URL and "
            "MAESTRO_DATA_DIR; if this is a new installation, start the server once."
        )


def _require_free(target: Path, *, overwrite: bool) -> None:
    if connection.vendor == "sqlite" and target.absolute() == sqlite.database_path():
        raise BackupProblem(f"{target} is the database itself. Choose another file.")
    if not target.parent.is_dir():
        raise BackupProblem(f"There is no folder {target.parent}. Make it first.")
    if target.is_dir():
        raise BackupProblem(f"{target} is a folder. Give the name of a file.")
    if target.exists() and not overwrite:
        raise BackupProblem(f"{target} exists already. Choose another name, or say --overwrite.")
