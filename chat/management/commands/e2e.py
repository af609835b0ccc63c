"""`manage.py e2e --session NAME`: a session checked from end to end, against whatever it points at.

A cheap call, the list of models, two questions without any limit of time, and for an OAuth session a refresh. Every
request is printed with its secrets masked. Exit code 0 only if all of it worked, the first answer names Paris and
the second one came to its own end; 1 if not, 2 for a wrong command line, 130 for Ctrl-C.
"""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from chat.answering import Retry, Step
from chat.management import oneshot
from chat.services.advice import advice_for
from providers.credentials import OAuthTokens
from providers.events import TextDelta
from providers.http import SentRequest, observe_requests
from sessions_app.cli import find_owner, find_session, readable
from sessions_app.errors import SessionError
from sessions_app.models import ProviderSession
from sessions_app.places import COMMAND_LINE
from sessions_app.services import audit, catalog, sessions, tokens

CAPITAL = "What is the capital of France?"
LONG = "How would you write a FastAPI application that handles Stripe-based subscriptions?"
INTERRUPTED = 130


class Command(BaseCommand):
    help = "Check a session from end to end with two questions. Exit code 0 only if everything worked."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--session", required=True, help="name of the session")
        parser.add_argument("--model", help="default: the session's")
        parser.add_argument("--owner", help="whose session; default: the only user's")

    def handle(self, *args: Any, **options: Any) -> None:
        session = find_session(find_owner(options["owner"]), options["session"])
        try:
            with observe_requests(self._show_request), audit.acting(place=COMMAND_LINE):
                self._check(session, readable(options["model"] or "", "The model's name"))
        except SessionError as error:
            raise CommandError(error.message) from None
        except KeyboardInterrupt:
            sys.exit(INTERRUPTED)
        self.stdout.write("\nEverything worked.")

    def _check(self, session: ProviderSession, model: str) -> None:
        self._title(f"Session {session.name} ({session.provider_label}, {session.auth_type})")
        tested = sessions.test_session(session)
        self._say(tested.sentence)
        if not tested.ok:
            raise CommandError("The session does not answer, so nothing else was tried.")
        self._title("Models")
        for info in catalog.list_models(session, refresh=True):
            self._say(f"{info.id}: {info.label}, {info.lifecycle}")
        model = model or catalog.default_model_for(session)
        if "Paris" not in self._question(session, CAPITAL, model):
            raise CommandError("The answer does not name Paris.")
        self._question(session, LONG, model)
        if isinstance(tokens.access_for(session.pk).credentials, OAuthTokens):
            self._refresh(session)

    def _question(self, session: ProviderSession, prompt: str, model: str) -> str:
        """Ask, print, and return the text. Raises `CommandError` unless the answer is complete with its usage."""
        self._title(f"{model}: {prompt}")
        request = oneshot.request_for(session, prompt=prompt, model=model)
        outcome = oneshot.ask(session, request, on_step=self._show_step)
        self.stdout.write("")
        if outcome.error is not None:
            raise CommandError(f"{outcome.error.message}\n{advice_for(outcome.error.kind)}")
        reason = outcome.stop_reason.reason if outcome.stop_reason else "none"
        usage = outcome.usage
        first = "no text" if outcome.first_s is None else f"first token after {outcome.first_s:.2f} s"
        self._say(f"Stop reason {reason}; {usage.input_tokens} tokens in, {usage.output_tokens} out;")
        self._say(f"{first}, {outcome.total_s:.2f} s in all; request {outcome.reply.request_id or '–'}.")
        if not outcome.is_complete or not usage.output_tokens:
            raise CommandError("The answer is not complete.")
        return outcome.reply.text

    def _refresh(self, session: ProviderSession) -> None:
        self._title("Refresh")
        result = tokens.refresh_session(session.pk, force=True)
        self._say(result.sentence)
        if not result.ok:
            raise CommandError("The session could not be refreshed.")
        self._say("The new token: " + sessions.test_session(session).sentence)

    def _show_step(self, step: Step) -> None:
        if isinstance(step, TextDelta):
            self.stdout.write(step.text, ending="")
            self.stdout.flush()
        elif isinstance(step, Retry):
            self.stderr.write(f"{step.error.message} Trying again in {step.delay_s:.1f} s.")

    def _show_request(self, sent: SentRequest) -> None:
        self.stdout.write(f"> {sent.method} {sent.url}")
        for name, value in sent.headers.items():
            self.stdout.write(f">   {name}: {value}")

    def _title(self, text: str) -> None:
        self.stdout.write(f"\n== {text}")

    def _say(self, text: str) -> None:
        self.stdout.write(text)
