"""`manage.py rotate_keys`: put everything under the first key. Killed or interrupted, it is started again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError

from sessions_app import cli
from sessions_app.errors import SessionError
from sessions_app.places import COMMAND_LINE
from sessions_app.services import audit, keys, rescue, rotation, vault
from sessions_app.services.vault import CellState, Survey


class Command(BaseCommand):
    help = (
        "Encrypt every stored secret anew with the first SECRET_KEY and SALT_KEY, then read everything again. Safe "
        "beside a running server and safe to repeat. Exit code 0: older keys are no longer needed."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--verify", action="store_true", help="write nothing, only read and count")
        parser.add_argument("--batch", type=int, default=vault.SLICE, help="rows per transaction, 1 to 10000")
        parser.add_argument(
            "--keys-are-lost",
            action="store_true",
            help="the earlier keys are gone for good: use the present ones from now on. Sessions that they do "
            "not open stay as they are and must be connected again",
        )

    def handle(self, *args: Any, verify: bool, batch: int, keys_are_lost: bool, **options: Any) -> None:
        if not 1 <= batch <= 10_000:
            raise CommandError("--batch must be from 1 to 10000.", returncode=cli.USAGE)
        if verify and keys_are_lost:
            raise CommandError("--verify writes nothing, so leave out --keys-are-lost.", returncode=cli.USAGE)
        try:
            if not verify:
                with audit.acting(place=COMMAND_LINE):
                    self._rotate(batch, keys_are_lost)
            found = vault.survey()
        except DatabaseError as error:
            raise cli.no_database(error) from None
        except SessionError as error:
            raise CommandError(error.message) from None
        self.stdout.write("\n".join(cli.survey_lines(found)))
        self._judge(found)

    def _rotate(self, batch: int, keys_are_lost: bool) -> None:
        if keys_are_lost:
            keys.accept_present()
        rescue.replay()  # what waits in the journal is sealed with the keys of its time as well
        for label, count in rotation.rotate(batch=batch, tell=self._progress).items():
            self.stdout.write(f"{label}: {count} rewritten now")

    def _progress(self, label: str, rewritten: int) -> None:
        self.stderr.write(f"{label}: {rewritten} rewritten so far")

    def _judge(self, found: Survey) -> None:
        if problems := list(_still_needed(found)):
            raise CommandError(f"Keep the older keys. {' '.join(problems)}")
        self.stdout.write("Everything opens with the first keys alone. Older ones are no longer needed.")


def _still_needed(found: Survey) -> Iterator[str]:
    """Why older keys may not be taken away yet, and what to do."""
    if found.total(CellState.UNREADABLE):
        yield "What cannot be read was left as it is: run manage.py check_keys."
    if found.total(CellState.OLDER):
        yield (
            "Some are still under older keys: restart every process with the new keys first, then run "
            "manage.py rotate_keys."
        )
    if not rescue.journal().is_empty():
        yield (
            f"The rescue journal {rescue.journal().path} still holds answers: let the server store them, then run "
            "manage.py rotate_keys again."
        )
