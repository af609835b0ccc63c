"""`manage.py ask SESSION "prompt"`: one question through a session, the answer streamed to standard output.

Exit codes: 0 the answer is complete; 1 it failed and there is no text; 2 the command line is wrong; 3 there is
text, but not the whole answer (cut, refused, or out of tokens); 130 Ctrl-C, which closes the connection.
"""

from __future__ import annotations

import sys
from typing import Any

import msgspec
from django.core.management.base import BaseCommand, CommandError, CommandParser

from chat.answering import Retry, Step
from chat.log import Retrying
from chat.management import oneshot
from chat.management.oneshot import Outcome
from chat.services import admission
from chat.services.advice import advice_for
from chat.services.errors import ChatError
from providers.errors import ProviderError
from providers.events import TextDelta, encode_event
from sessions_app.cli import USAGE, find_owner, find_session, readable
from sessions_app.errors import SessionError
from sessions_app.places import COMMAND_LINE
from sessions_app.services import audit
from sessions_app.services.catalog import default_model_for

INTERRUPTED = 130


class Command(BaseCommand):
    help = "Ask a session's model one question. Exit codes: 0 complete, 1 failed, 2 usage, 3 incomplete, 130 Ctrl-C."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("session", help="name of the session")
        parser.add_argument("prompt", help='the question; "-" reads it from standard input')
        parser.add_argument("--model", help="default: the session's")
        parser.add_argument("--system", help="system prompt; default: the session's")
        parser.add_argument("--owner", help="whose session; default: the only user's")
        parser.add_argument("--json", action="store_true", help="one event a line, as JSON with a `type`")

    def handle(self, *args: Any, **options: Any) -> None:
        session = find_session(find_owner(options["owner"]), options["session"])
        prompt = _checked(sys.stdin.read() if options["prompt"] == "-" else options["prompt"])
        system = session.system_prompt if options["system"] is None else options["system"]
        readable(system, "The system prompt")
        try:
            model = readable(options["model"] or "", "The model's name") or default_model_for(session)
            request = oneshot.request_for(session, prompt=prompt, model=model, system=system)
            show = self._show_json if options["json"] else self._show_text
            audit.note_use(session, user=session.owner, place=COMMAND_LINE)
            outcome = oneshot.ask(session, request, on_step=show)
        except SessionError as error:
            raise CommandError(error.message) from None
        except KeyboardInterrupt:
            self.stdout.write("")
            sys.exit(INTERRUPTED)
        if not options["json"]:
            self.stdout.write("")
        self._finish(outcome)

    def _show_text(self, step: Step) -> None:
        if isinstance(step, TextDelta):
            self.stdout.write(step.text, ending="")
            self.stdout.flush()
        elif isinstance(step, Retry):
            self.stderr.write(f"{step.error.message} Trying again in {step.delay_s:.1f} s.")

    def _show_json(self, step: Step) -> None:
        self.stdout.write(_line(step))
        self.stdout.flush()

    def _finish(self, outcome: Outcome) -> None:
        if outcome.exit_code == 0:
            return
        raise CommandError(_sentence(outcome), returncode=outcome.exit_code)


def _checked(prompt: str) -> str:
    """The prompt, within the limits that the chat page has too."""
    try:
        admission.check_prompt(readable(prompt, "The prompt"))
    except ChatError as error:
        raise CommandError(error.message, returncode=USAGE) from None
    return prompt


def _line(step: Step) -> str:
    if isinstance(step, Retry):
        notice = Retrying(attempt=step.attempt, delay_s=round(step.delay_s, 3), error=step.error.describe())
        return msgspec.json.encode(notice).decode()
    return encode_event(step).decode()


def _sentence(outcome: Outcome) -> str:
    error: ProviderError | None = outcome.error
    if error is not None:
        request_id = f" (request {error.request_id})" if error.request_id else ""
        return f"{error.message}{request_id}\n{advice_for(error.kind)}"
    reason = outcome.stop_reason.reason if outcome.stop_reason else "unknown"
    return f"The answer is not complete: the model stopped with {reason}."
