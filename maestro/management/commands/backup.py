"""`manage.py backup FILE`: the whole database and the attached files in one file, also while the server runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError

from maestro.backups.making import make_backup
from maestro.backups.problems import BackupProblem


class Command(BaseCommand):
    help = "Write a backup of database and attached files to one file, also while the server runs. Keys are not part of it."
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--overwrite", action="store_true", help="also if the file exists")

    def handle(self, *args: Any, file: Path, overwrite: bool, **options: Any) -> None:
        try:
            manifest = make_backup(file, overwrite=overwrite)
        except BackupProblem as error:
            raise CommandError(str(error)) from None
        except DatabaseError as error:
            raise CommandError(f"The database cannot be read ({error}). Check DATABASE_URL.") from None
        self.stdout.write(f"Backed up to {file} ({manifest.size:,} bytes of database).")
        where = (
            f"the files secret_key and salt_key in {settings.MAESTRO_DATA_DIR}"
            if settings.KEYS_ARE_GENERATED
            else "SECRET_KEY and SALT_KEY"
        )
        self.stdout.write(
            f"Keep {where} too, in another place: without them no credential in it can be read."
        )
