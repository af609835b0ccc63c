"""`manage.py session …`: provider sessions from the command line.

Keys come from --key-env, piped input or a prompt, never from the command line itself, where every
process could read them. Exit codes: 0 done, 1 refused or failed, 2 wrong arguments.
"""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from collections.abc import Callable
from typing import Any, TextIO

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from sessions_app import cli
from sessions_app.enums import AuthType
from sessions_app.errors import SessionError
from sessions_app.models import ProviderSession
from sessions_app.places import COMMAND_LINE
from sessions_app.services import audit, catalog, login, sessions, tokens


class Command(BaseCommand):
    help = (
        "Add, list, show, test, log in, refresh, rename or remove provider sessions. "
        "Exit codes: 0 done, 1 refused or failed, 2 wrong arguments."
    )
    stealth_options = ("stdin",)  # so that tests and other commands can give the input
    stdin: TextIO = sys.stdin

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
        common = CommandParser(add_help=False)
        common.add_argument("--owner", metavar="USERNAME", help="whose session; default: the only user's")
        common.add_argument("--json", action="store_true", help="print JSON")

        def action(name: str, help_text: str, *, takes_name: bool = True) -> ArgumentParser:
            sub: ArgumentParser = actions.add_parser(name, help=help_text, parents=[common])
            if takes_name:
                sub.add_argument("name", help="the session's name")
            return sub

        add = action("add", "add a session; a key is tried before it is stored")
        add.add_argument("--provider", required=True)
        add.add_argument("--auth", required=True, choices=AuthType.values)
        add.add_argument("--key-env", metavar="VAR", help="environment variable that holds the API key")
        add.add_argument(
            "--key-expires",
            metavar="YYYY-MM-DD",
            type=cli.a_day,
            help="last day of the key; you are warned before",
        )
        action("list", "all sessions of the owner", takes_name=False)
        action("show", "one session")
        action("test", "one cheap call through it")
        action("models", "the models it may use")
        action("login", "print the login link, read the pasted code from standard input")
        action("refresh", "refresh its tokens now")
        action("rename", "give it another name").add_argument("new_name")
        action("remove", "delete it and its credentials").add_argument(
            "--yes", action="store_true", help="do not ask, also at a terminal"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdin = options.get("stdin") or sys.stdin
        act: Callable[[dict[str, Any]], None] = getattr(self, f"_{options['action']}")
        try:
            with audit.acting(place=COMMAND_LINE):
                act(options)
        except SessionError as error:
            raise CommandError(error.message) from None

    def _add(self, options: dict[str, Any]) -> None:
        owner, is_oauth = cli.find_owner(options["owner"]), options["auth"] == AuthType.OAUTH
        session = sessions.create_session(
            owner=owner,
            provider=options["provider"],
            auth_type=options["auth"],
            name=options["name"],
            api_key=None if is_oauth else cli.read_key(options["key_env"], self.stdin),
            key_expires_at=options["key_expires"],
        )
        then = f"Now run: manage.py session login {session.name!r}" if is_oauth else session.state_sentence
        self._say(options, cli.session_row(session), [f"Added {session.name}. {then}"])

    def _list(self, options: dict[str, Any]) -> None:
        owner = cli.find_owner(options["owner"])
        found = list(ProviderSession.objects.owned_by(owner).select_related("owner"))
        lines = [
            f"{session.name:<24} {session.provider:<12} {session.auth_type:<8} {session.state_sentence}"
            for session in found
        ]
        self._say(options, [cli.session_row(session) for session in found], lines or ["No sessions yet."])

    def _show(self, options: dict[str, Any]) -> None:
        session = self._session(options)
        self._say(options, cli.session_row(session), cli.session_lines(session))

    def _test(self, options: dict[str, Any]) -> None:
        result = sessions.test_session(self._session(options))
        row = {"ok": result.ok, "message": result.sentence, "latency_ms": result.latency_ms}
        self._judge(options, row, ok=result.ok, sentence=result.sentence)

    def _models(self, options: dict[str, Any]) -> None:
        found = catalog.list_models(self._session(options), refresh=True)
        self._say(options, found, [cli.model_line(model) for model in found])

    def _login(self, options: dict[str, Any]) -> None:
        session = self._session(options)
        start = login.begin_login(session, user=session.owner)
        self.stderr.write("Open this link, sign in, and paste the whole code that is shown at the end.")
        self.stdout.write(start.url)
        self.stdout.flush()
        self.stderr.write(f"Code (accepted until {timezone.localtime(start.expires_at):%H:%M}):")
        session = login.finish_login(session, user=session.owner, pasted=cli.read_line(self.stdin))
        self._say(
            options, cli.session_row(session), [f"{session.name} is connected. {session.state_sentence}"]
        )

    def _refresh(self, options: dict[str, Any]) -> None:
        session = self._session(options)
        result = tokens.refresh_session(session.id, force=True)
        row = {"ok": result.ok, "state": result.state, "message": result.sentence}
        self._judge(options, row, ok=result.ok, sentence=result.sentence)

    def _rename(self, options: dict[str, Any]) -> None:
        session = sessions.rename_session(self._session(options), options["new_name"])
        self._say(options, cli.session_row(session), [f"It is now called {session.name}."])

    def _remove(self, options: dict[str, Any]) -> None:
        session = self._session(options)
        if self.stdin.isatty() and not options["yes"]:  # a script has nobody to ask
            self.stderr.write(f"Delete {session.name} and its credentials? Type its name to confirm:")
            if cli.read_line(self.stdin).strip() != session.name:
                raise CommandError("Nothing was deleted.")
        sessions.delete_session(session)
        self._say(options, {"removed": session.name}, [f"{session.name} and its credentials are deleted."])

    def _judge(self, options: dict[str, Any], row: object, *, ok: bool, sentence: str) -> None:
        """Show a result that may be bad news; bad news is exit code 1, with the sentence on stderr."""
        if ok or options["json"]:
            self._say(options, row, [sentence])
        if not ok:
            raise CommandError(sentence)

    def _session(self, options: dict[str, Any]) -> ProviderSession:
        return cli.find_session(cli.find_owner(options["owner"]), options["name"])

    def _say(self, options: dict[str, Any], row: object, lines: list[str]) -> None:
        self.stdout.write(cli.as_json(row) if options["json"] else "\n".join(lines))
