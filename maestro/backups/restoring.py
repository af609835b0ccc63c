"""Restores a backup: everything is verified before anything is touched, and what comes back is on hold."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import DEFAULT_DB_ALIAS, DatabaseError, connection, transaction
from django.db.migrations.loader import MigrationLoader
from django.utils import timezone

from chat import uploads
from maestro.backups import archive, postgres, sqlite
from maestro.backups.archive import Manifest
from maestro.backups.making import engine_name
from maestro.backups.problems import BackupProblem
from sessions_app import crypto
from sessions_app.errors import Undecryptable
from sessions_app.models import ProviderSession
from sessions_app.services import instance


@dataclass(frozen=True)
class Restored:
    """What was done. `aside`: where the former SQLite database lies; `keys_fit`: credentials can be read."""

    manifest: Manifest
    users: int
    sessions: int
    on_hold: int
    keys_fit: bool
    aside: Path | None = None


def restore_backup(source: Path, *, replace: bool = False, other_keys: bool = False) -> Restored:
    """Put the backup in the place of the database, and its files beside those that are there. Raises `BackupProblem`, with nothing changed.

    `replace`: also if there are users or sessions. `other_keys`: also if the present keys do not open it.
    """
    manifest = archive.read_manifest(source)
    _require_engine(source, manifest)
    _require_known_migrations(source, manifest)
    keys_fit = _keys_fit(manifest)
    if not keys_fit and not other_keys:
        raise BackupProblem(
            f"The present keys do not open {source}, so its credentials could not be read. Put back the files "
            "secret_key and salt_key of that time into the data folder (or SECRET_KEY and SALT_KEY), then restore "
            "again. To restore now and bring the keys later, say --other-keys."
        )
    if not replace and _is_in_use():
        raise BackupProblem("The database is not empty. To put the backup in its place, say --replace.")
    try:
        _restore_uploads(source)
        if manifest.engine == "sqlite":
            return _into_file(source, manifest, keys_fit=keys_fit)
        return _into_server(source, manifest, keys_fit=keys_fit)
    except OSError as error:
        raise BackupProblem(f"The backup cannot be restored ({error}). The database is as it was.") from error


def _restore_uploads(source: Path) -> None:
    """Before the database, because files that nobody needs do no harm, and named by their content they replace nothing."""
    for _ in archive.uploads_in(source):
        pass  # all are looked at before one is written
    for data in archive.uploads_in(source):
        uploads.keep(data)


def _into_file(source: Path, manifest: Manifest, *, keys_fit: bool) -> Restored:
    """Everything is done to a copy beside the database, which then takes its place by one rename."""
    folder = sqlite.database_path().parent
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".restore-") as scratch:
        staged = Path(scratch, "database")
        archive.unpack(source, manifest, staged)
        sqlite.require_sound(staged)
        with sqlite.opened(staged) as alias:
            found = _bring_up_to_date(manifest, alias, keys_fit=keys_fit)
        aside = sqlite.put_in_place(staged, now=timezone.now())
    return Restored(manifest, found.users, found.sessions, found.on_hold, keys_fit, aside)


def _into_server(source: Path, manifest: Manifest, *, keys_fit: bool) -> Restored:
    with tempfile.TemporaryDirectory(prefix="maestro-restore-") as scratch:
        dump = Path(scratch, "database")
        archive.unpack(source, manifest, dump)
        postgres.require_sound(dump)
        postgres.put_in_place(dump, Path(scratch))
    try:
        return _bring_up_to_date(manifest, DEFAULT_DB_ALIAS, keys_fit=keys_fit)
    except DatabaseError as error:
        raise BackupProblem(
            f"The backup is in place, but could not be brought up to date ({error}). "
            "Run manage.py migrate, then manage.py instance hold, before anything starts."
        ) from error


def _bring_up_to_date(manifest: Manifest, alias: str, *, keys_fit: bool) -> Restored:
    call_command("migrate", database=alias, interactive=False, verbosity=0)
    instance.hold("restored", using=alias)
    sessions = ProviderSession.objects.using(alias)
    on_hold = sessions.filter(status="quarantined").count()
    return Restored(manifest, User.objects.using(alias).count(), sessions.count(), on_hold, keys_fit)


def _require_engine(source: Path, manifest: Manifest) -> None:
    if manifest.engine != engine_name():
        raise BackupProblem(
            f"{source} is a backup of {_LABELS[manifest.engine]}, and DATABASE_URL names {_LABELS[engine_name()]}. "
            "Restore it into a database of its own kind."
        )


_LABELS = {"sqlite": "an SQLite database", "postgresql": "a PostgreSQL database"}


def _require_known_migrations(source: Path, manifest: Manifest) -> None:
    known = MigrationLoader(None).disk_migrations or {}
    in_backup = {(app, name) for app, names in manifest.migrations.items() for name in names}
    if not any(app == "sessions_app" for app, _ in in_backup):
        raise BackupProblem(f"{source} has no tables of Maestro. Give a file made by manage.py backup.")
    if in_backup - known.keys():
        raise BackupProblem(
            f"{source} was made by a newer version of Maestro. Install that version, then restore with it."
        )


def _keys_fit(manifest: Manifest) -> bool:
    try:
        crypto.decrypt(manifest.key_check)
    except Undecryptable:
        return False
    return True


def _is_in_use() -> bool:
    """Whether something would be replaced. A database that cannot be asked may hold everything."""
    if connection.vendor == "sqlite" and not sqlite.database_path().is_file():
        return False
    try:
        tables = set(connection.introspection.table_names())
        with transaction.atomic():
            return any(
                model._meta.db_table in tables and model._base_manager.exists()
                for model in (User, ProviderSession)
            )
    except DatabaseError:
        return True
