"""What the `session` command needs beside its arguments: whose session, which key, and how rows look."""

from __future__ import annotations

import getpass
import os
from argparse import ArgumentTypeError
from datetime import date
from typing import TextIO

import msgspec
from django.contrib.auth.models import User
from django.core.management.base import CommandError
from django.db import DatabaseError
from django.utils import timezone

from providers.credentials import Secret
from providers.model_info import ModelInfo
from sessions_app.models import ProviderSession
from sessions_app.services.vault import CellState, Survey

USAGE = 2  # exit code: the command line itself is wrong
_LONGEST_LINE = 16_384


def find_owner(username: str | None) -> User:
    """The named user, or the only one there is. Commands begin here, so a database that is not there shows here."""
    try:
        return _find_owner(username)
    except DatabaseError as error:
        raise no_database(error) from None


def no_database(error: DatabaseError) -> CommandError:
    """What to say where the database does not answer, or has no tables yet."""
    return CommandError(
        f"The database cannot be read ({error}). Run manage.py migrate, or start the server once; "
        "if it stays, check DATABASE_URL and MAESTRO_DATA_DIR."
    )


def _find_owner(username: str | None) -> User:
    if username:
        readable(username, "The user's name")
        user = User.objects.filter(username=username).first()
        if user is None:
            raise CommandError(f"There is no user “{username}”.", returncode=USAGE)
        return user
    users = list(User.objects.order_by("pk")[:2])
    if not users:
        raise CommandError("There is no user yet. Start the server and open its set-up link first.")
    if len(users) > 1:
        raise CommandError(
            "There are several users; say whose session with --owner USERNAME.", returncode=USAGE
        )
    return users[0]


def find_session(owner: User, name: str) -> ProviderSession:
    """The owner's session of that name."""
    readable(name, "The session's name")
    session = ProviderSession.objects.owned_by(owner).filter(name=name.strip()).first()
    if session is None:
        names = (
            ", ".join(ProviderSession.objects.owned_by(owner).values_list("name", flat=True)) or "none yet"
        )
        raise CommandError(f"{owner.username} has no session “{name}”. There are: {names}.", returncode=USAGE)
    return session


def readable(text: str, what: str) -> str:
    """`text`, if it can be stored and sent: Python keeps bytes that are not UTF-8 as halves of characters."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise CommandError(f"{what} is not text in UTF-8. Type it again.", returncode=USAGE) from None
    return text


def read_key(variable: str | None, stdin: TextIO) -> Secret:
    """An API key from an environment variable, from piped input, or asked for without echo. Never from argv."""
    if variable:
        if not os.environ.get(variable):
            raise CommandError(f"The environment variable {variable} is empty or not set.", returncode=USAGE)
        return Secret(os.environ[variable])
    if not stdin.isatty():
        return Secret(stdin.readline(_LONGEST_LINE))
    return Secret(getpass.getpass("API key (not shown): "))


def a_day(text: str) -> date:
    """An argument that is a day."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError("write the day as YYYY-MM-DD, for example 2027-01-31") from None


def read_line(stdin: TextIO) -> str:
    """One line of what a person pastes."""
    return stdin.readline(_LONGEST_LINE)


def session_row(session: ProviderSession) -> dict[str, object]:
    """The facts of a session for `--json`; never a secret."""
    return {
        "id": session.id,
        "name": session.name,
        "owner": session.owner.username,
        "provider": session.provider,
        "auth_type": session.auth_type,
        "status": session.state,
        "status_reason": session.state_reason,
        "state": session.state_sentence,
        "account": session.account,
        "default_model": session.default_model,
        "system_prompt": session.system_prompt,
        "expires_at": session.expires_at,
        "key_expires_at": session.key_expires_at,
        "refresh_at": session.refresh_at,
        "last_refresh_at": session.last_refresh_at,
        "next_attempt_at": session.next_attempt_at,
        "last_used_at": session.last_used_at,
        "created_at": session.created_at,
    }


def session_lines(session: ProviderSession) -> list[str]:
    """The same for a person."""
    lines = [
        f"{session.name}: {session.state_sentence}",
        f"  provider      {session.provider_label}, {session.get_auth_type_display()}",
        f"  owner         {session.owner.username}",
    ]
    if session.account:
        lines.append(f"  account       {', '.join(session.account.values())}")
    if session.key_expires_at:
        lines.append(f"  key           {session.key_sentence} ({session.key_expires_at:%Y-%m-%d})")
    if session.default_model:
        lines.append(f"  model         {session.default_model}")
    for label, moment in (
        ("access until", session.expires_at),
        ("next refresh", session.next_refresh_at),
        ("last used", session.last_used_at),
    ):
        if moment:
            lines.append(f"  {label:<13} {timezone.localtime(moment):%Y-%m-%d %H:%M:%S}")
    return lines


def model_line(model: ModelInfo) -> str:
    """A model for a person: id, name, limits, price per million tokens."""
    limits = f"{_count(model.max_input_tokens)} in, {_count(model.max_output_tokens)} out"
    price = f"${model.price.input} / ${model.price.output}" if model.price else "–"
    retired = "" if model.lifecycle == "active" else f"  ({model.lifecycle})"
    return f"{model.id:<32} {model.label:<28} {limits:<26} {price}{retired}"


def survey_lines(found: Survey) -> list[str]:
    """What was read, a line for each encrypted column."""
    return [
        f"{label}: {count[CellState.CURRENT]} under the first keys, {count[CellState.OLDER]} under older keys, "
        f"{count[CellState.UNREADABLE]} cannot be read"
        for label, count in found.counts.items()
    ]


def as_json(value: object) -> str:
    """`value` as one line of JSON."""
    return msgspec.json.encode(value).decode()


def _count(tokens: int | None) -> str:
    return f"{tokens:,}" if tokens is not None else "–"
