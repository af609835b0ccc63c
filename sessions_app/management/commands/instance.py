"""`manage.py instance …`: whether this database is the only copy, and what the operator says about it.

Exit codes: 0 done, 1 refused; `status` exits with 1 while sessions are on hold, for scripts.
"""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError

from sessions_app import cli
from sessions_app.errors import SessionError
from sessions_app.places import COMMAND_LINE
from sessions_app.services import audit, copies, instance

_ACTIONS = {
    "status": "say whether OAuth sessions are on hold, and why",
    "adopt": "confirm that this is the only copy: sessions on hold go back to work",
    "separate": "confirm that this is a copy beside the original: it forgets the original's OAuth logins",
    "hold": "put OAuth sessions on hold, for example before a copy starts",
}


class Command(BaseCommand):
    help = "Restored or copied databases: show what is on hold, and say which copy this is."

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
        for name, help_text in _ACTIONS.items():
            actions.add_parser(name, help=help_text).add_argument(
                "--json", action="store_true", help="print JSON"
            )

    def handle(self, *args: Any, action: str, **options: Any) -> None:
        try:
            with audit.acting(place=COMMAND_LINE):
                done = self._act(action)
            now = instance.standing()
        except SessionError as error:
            raise CommandError(error.message) from None
        except DatabaseError as error:
            raise CommandError(
                f"The database cannot be read ({error}). Run manage.py migrate first; if it stays, "
                "check DATABASE_URL and MAESTRO_DATA_DIR."
            ) from None
        row = {"instance_id": now.instance_id, "on_hold": now.is_held, "reason": now.hold_reason,
               "sessions_on_hold": now.sessions_on_hold}  # fmt: skip
        if options["json"]:
            self.stdout.write(cli.as_json(row))
        elif done:
            self.stdout.write(done)
        else:
            self.stdout.write(f"Instance {now.instance_id}. Sessions on hold: {now.sessions_on_hold}.")
            if not now.is_held:
                self.stdout.write(now.sentence)
        if action == "status" and now.is_held:
            raise CommandError(now.sentence)

    def _act(self, action: str) -> str:
        """Do it; what was done, in a sentence."""
        match action:
            case "adopt":
                return copies.adopted_sentence(copies.adopt())
            case "separate":
                return copies.separated_sentence(copies.separate())
            case "hold":
                count = instance.hold("operator")
                return f"On hold now: {count} OAuth sessions. Undo it with manage.py instance adopt."
            case _:
                return ""
