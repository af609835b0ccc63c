"""What tests do with the product's own code: in a process of the installation, called by the zygote."""

from __future__ import annotations

import asyncio
import gc
import json
import os
import threading
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from chat.log import decode_event, fold
from chat.models import Generation, GenerationEvent, Message
from chat.parts import encode_parts
from chat.services import generations
from chat.services.generations import NewMessage
from providers.credentials import Secret
from providers.messages import TextPart
from providers.reply import ReplyBuilder
from sessions_app.services import sessions
from tests.reliability.streams.inside_names import MODEL, PROBE
from tests.support.simulator import API_KEY


def set_up(users: int) -> list[dict[str, Any]]:
    """Tables, users, a session for each, and a signed-in browser for each."""
    call_command("migrate", interactive=False, verbosity=0)
    return [_person(f"person{number}") for number in range(users)]


def _person(name: str) -> dict[str, Any]:
    user = User.objects.create_user(name)
    session = sessions.create_session(
        owner=user, provider="simulator", auth_type="api_key", name="home", api_key=Secret(API_KEY)
    )
    browser = Client()
    browser.force_login(user)
    return {"user": user.pk, "session": str(session.pk), "cookie": browser.cookies["sessionid"].value}


def queue(user: int, session: str, text: str) -> str:
    """Store a message as a process without a runner does; the id of its generation, which nobody claims at once."""
    new = NewMessage(
        conversation_id=uuid4(), client_id=uuid4(), text=text, session_id=UUID(session), model=MODEL
    )
    return str(generations.start(User.objects.get(pk=user), new).generation.pk)


def runs(ids: list[str]) -> list[dict[str, Any]]:
    """What the database says of these runs, in this order: state, text, and whether the transcript is sound."""
    found = {str(one.pk): one for one in Generation.objects.select_related("message").filter(pk__in=ids)}
    return [_run(found[one]) for one in ids]


def all_runs() -> list[str]:
    """Every generation, oldest first."""
    return [str(pk) for pk in Generation.objects.order_by("created_at").values_list("pk", flat=True)]


def unfinished() -> int:
    """How many runs have no end yet."""
    return Generation.objects.unfinished().count()


def _run(run: Generation) -> dict[str, Any]:
    rows = list(run.events.order_by("seq").values_list("seq", "payload"))
    reply = fold(payload for _, payload in rows)
    return {
        "id": str(run.pk),
        "status": run.status,
        "text": text_of(reply),
        "request_id": run.request_id,
        "attempt": run.attempt,
        "finished_at": run.finished_at.timestamp() if run.finished_at else None,
        "flaw": _flaw(run, rows, reply),
    }


def text_of(reply: ReplyBuilder) -> str:
    return "".join(part.text for part in reply.parts if isinstance(part, TextPart))


def _flaw(run: Generation, rows: list[tuple[int, str]], reply: ReplyBuilder) -> str:
    """What is wrong with a transcript; "" if nothing is."""
    if [seq for seq, _ in rows] != list(range(1, run.seq + 1)):
        return f"rows {[seq for seq, _ in rows][:50]} of {run.seq}"
    ends = [payload for _, payload in rows if '"type":"ended"' in payload]
    is_over = run.status not in Generation.UNFINISHED
    if len(ends) != is_over:
        return f"{len(ends)} ends, status {run.status}"
    if not is_over:
        return ""
    decode_event(rows[-1][1])
    if run.message.status != run.status:
        return f"message {run.message.status}, run {run.status}"
    if run.message.parts_json != encode_parts(reply.parts):
        return "the message is not what its events say"
    return ""


def counts() -> dict[str, int]:
    """How many rows there are of what a message makes."""
    return {
        "generations": Generation.objects.count(),
        "messages": Message.objects.count(),
        "events": GenerationEvent.objects.count(),
    }


def age_hearts(seconds: float) -> None:
    """Let so much time pass for the runs whose process is dead; a living one writes its heartbeat again."""
    then = timezone.now() - timezone.timedelta(seconds=seconds)
    Generation.objects.filter(status="running").update(heartbeat_at=then)


class Observed:
    """The application, and beside it `/probe`: what this process holds at the moment."""

    def __init__(self, application: Any) -> None:
        self._application = application

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http" or scope["path"] != PROBE:
            await self._application(scope, receive, send)
            return
        gc.collect()
        body = json.dumps(_held()).encode()
        headers = [(b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})


def _held() -> dict[str, int]:
    return {
        "tasks": len(asyncio.all_tasks()),
        "threads": threading.active_count(),
        "descriptors": len(list(Path("/proc/self/fd").iterdir())),
        "rss": int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE"),
    }
