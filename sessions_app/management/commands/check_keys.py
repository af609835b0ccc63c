"""`manage.py check_keys`: read every stored secret with the server's keys and say what does not open. Writes nothing."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError

from sessions_app import cli
from sessions_app.services import keys, vault
from sessions_app.services.vault import CellState, Survey


class Command(BaseCommand):
    help = (
        "Read everything that is encrypted, count it, and name the sessions that cannot be read. "
        "Exit code 0: all of it can be read; 1: some cannot, or the keys do not fit."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            does_fit, found = keys.fit(), vault.survey()
        except DatabaseError as error:
            raise cli.no_database(error) from None
        is_well = does_fit and not found.total(CellState.UNREADABLE)
        if options["json"]:
            self.stdout.write(cli.as_json({"ok": is_well, "keys_fit": does_fit, **asdict(found)}))
        else:
            self.stdout.write("\n".join([*cli.survey_lines(found), *_names(found)]))
        if not is_well:
            raise CommandError(_advice(does_fit))


def _names(found: Survey) -> list[str]:
    return [f"  {session.owner}/{session.name}: {session.why}" for session in found.unreadable] or [
        "Every session can be read."
    ]


def _advice(does_fit: bool) -> str:
    if does_fit:
        return (
            "The keys fit, but some rows do not open. Nothing was changed. Add the keys of that time to "
            "SECRET_KEY_FALLBACKS or at the end of SALT_KEY; where there are none, connect those sessions again."
        )
    return (
        f"{keys.DO_NOT_FIT} If those keys are lost for good, run manage.py rotate_keys --keys-are-lost and "
        "connect the sessions again."
    )
