"""`manage.py doctor`: is everything well, and if not, what to do. Changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from maestro.doctor.examine import examine
from maestro.doctor.finding import Finding
from sessions_app import cli

_MARKS = {"ok": "ok      ", "warning": "WARNING ", "problem": "PROBLEM "}


class Command(BaseCommand):
    help = (
        "Look at database, keys, sessions, background, answers, disk and settings, and say what to do. "
        "Exit code 0: no problem, perhaps warnings; 1: problems."
    )
    requires_system_checks = ()  # they are among the findings

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print JSON")
        parser.add_argument(
            "--connect", action="store_true", help="also see whether the providers' addresses answer"
        )

    def handle(self, *args: Any, connect: bool, **options: Any) -> None:
        found = examine(connect=connect)
        problems = sum(one.level == "problem" for one in found)
        if options["json"]:
            self.stdout.write(cli.as_json({"ok": not problems, "findings": [asdict(one) for one in found]}))
        else:
            self.stdout.write("\n".join(_lines(found)))
        if problems:
            raise CommandError(f"Problems: {problems}. Each says above what to do.")


def _lines(found: list[Finding]) -> Iterator[str]:
    for one in found:
        yield f"{_MARKS[one.level]}{one.topic}: {one.sentence}"
        if one.advice:
            yield f"{'':8}→ {one.advice}"
