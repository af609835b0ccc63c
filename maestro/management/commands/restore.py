"""`manage.py restore FILE`: a backup in the place of the database. OAuth sessions begin on hold."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError
from django.utils import timezone

from maestro.backups.problems import BackupProblem
from maestro.backups.restoring import Restored, restore_backup


class Command(BaseCommand):
    help = (
        "Put a backup in the place of the database. It is verified first; OAuth sessions then are on hold until "
        "you say which copy this is (manage.py instance). Stop the server and workers before."
    )
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--replace", action="store_true", help="also if the database is not empty")
        parser.add_argument(
            "--other-keys", action="store_true", help="also if the present keys do not open the backup"
        )

    def handle(self, *args: Any, file: Path, replace: bool, other_keys: bool, **options: Any) -> None:
        try:
            done = restore_backup(file, replace=replace, other_keys=other_keys)
        except BackupProblem as error:
            raise CommandError(str(error)) from None
        except DatabaseError as error:
            raise CommandError(f"The database cannot be used ({error}). Nothing was changed.") from None
        for line in _lines(done):
            self.stdout.write(line)


def _lines(done: Restored) -> list[str]:
    made = timezone.localtime(done.manifest.created_at)
    lines = [
        f"Restored the backup of {made:%Y-%m-%d %H:%M:%S}: users {done.users}, sessions {done.sessions}."
    ]
    if done.aside:
        lines.append(f"The database that was here lies in {done.aside}.")
    if not done.keys_fit:
        lines.append(
            "The present keys do not open it: put back the files secret_key and salt_key of that time (or "
            "SECRET_KEY and SALT_KEY) before the server starts."
        )
    lines.append(
        f"OAuth sessions on hold: {done.on_hold}. If this is the only copy, say manage.py instance adopt; "
        "if the original goes on elsewhere, manage.py instance separate."
    )
    return lines
