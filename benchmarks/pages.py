"""How long the server takes for pages that have grown: a long conversation, a long list, a long finished answer.

uvicorn in a process of its own, asked over HTTP and a websocket on the loopback; the figures are medians.

Run: .venv/bin/python -m benchmarks.pages [--rounds 15]
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import time
from uuid import UUID, uuid4

import httpx
import msgspec
import uvloop

from benchmarks import servers
from benchmarks.figures import Figure, percentile, show
from benchmarks.wire import connect, cpu_s

MESSAGES, CONVERSATIONS, DELTAS = 1_000, 10_000, 100_000
_DELTAS_OF_ROW = 6  # what 250 ms of an answer hold, 25 deltas a second: the most rows that a log can have
_WORD = "word "  # about what a delta has


class Made(msgspec.Struct):
    """Ids of the long conversation, and of the long answer's generation."""

    conversation: UUID
    generation: UUID


def make() -> Made:
    """Rows for `reader-0`; the answer as a runner leaves it."""
    from django.contrib.auth.models import User
    from django.utils import timezone

    from chat.models import Conversation, Generation, GenerationEvent, Message
    from chat.parts import encode_parts
    from providers.messages import TextPart

    owner = User.objects.get(username="reader-0")
    now = timezone.now()
    Conversation.objects.bulk_create(
        Conversation(id=uuid4(), owner=owner, title=f"Conversation {number}", updated_at=now)
        for number in range(CONVERSATIONS)
    )
    long = Conversation.objects.create(owner=owner, title="The long one")
    last = None
    for number in range(MESSAGES):
        role = "assistant" if number % 2 else "user"
        parts = encode_parts((TextPart(text=_WORD * 200),))
        last = Message.objects.create(conversation=long, role=role, parts_json=parts, parent=last)
    answer = Message.objects.create(
        conversation=long, role="assistant", parent=last, parts_json=encode_parts((TextPart(text=_WORD * DELTAS),)),
        upto_seq=DELTAS // _DELTAS_OF_ROW + 1,
    )  # fmt: skip
    generation = Generation.objects.create(
        message=answer, user=owner, status="complete", epoch=1, seq=answer.upto_seq, finished_at=now
    )
    payload = msgspec.json.encode({"type": "text_delta", "text": _WORD * _DELTAS_OF_ROW, "index": 0}).decode()
    rows = [(seq, "text_delta", payload) for seq in range(1, answer.upto_seq)]
    rows.append((answer.upto_seq, "ended", '{"type":"ended","status":"complete"}'))
    GenerationEvent.objects.bulk_create(
        (
            GenerationEvent(generation=generation, seq=seq, kind=kind, payload=text)
            for seq, kind, text in rows
        ),
        batch_size=5000,
    )
    return Made(conversation=long.pk, generation=generation.pk)


def fill() -> None:
    """Make the rows in the database of the environment, and print their ids."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "maestro.settings"
    import django

    django.setup()
    sys.stdout.buffer.write(msgspec.json.encode(make()))


async def _attach(host: str, cookie: str, generation: UUID) -> float:
    """Milliseconds from `attach` to the last event."""
    loop = asyncio.get_running_loop()
    ready, ended = loop.create_future(), loop.create_future()

    def take(payload: bytes) -> None:
        if payload.startswith(b'{"type":"ready"'):
            ready.set_result(None)
        elif b'"type":"ended"' in payload and not ended.done():
            ended.set_result(time.perf_counter())

    wire = await connect(host, cookie, take)
    await ready
    began = time.perf_counter()
    wire.send(msgspec.json.encode({"type": "attach", "generation": generation}))
    took = await asyncio.wait_for(ended, 60) - began
    wire.close()
    return took * 1000


def main() -> None:
    """Measure, print, and fail if a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--fill", action="store_true", help="make the rows; for benchmarks.servers")
    options = parser.parse_args()
    if options.fill:
        fill()
        return
    rounds: int = options.rounds
    with (
        servers.provider() as upstream,
        servers.maestro("uvicorn", upstream, pages=1, fill="benchmarks.pages") as server,
    ):
        made = msgspec.json.decode(server.filled, type=Made)
        cookie = server.pages[0].cookie
        with httpx.Client(
            base_url=f"http://{server.host}", cookies={"sessionid": cookie}, trust_env=False
        ) as browser:

            def page(path: str) -> float:
                began = time.perf_counter()
                assert browser.get(path).status_code == 200
                return (time.perf_counter() - began) * 1000

            def cpu_ms(path: str) -> float:
                before = cpu_s(server.pid)
                for _ in range(rounds):
                    page(path)
                return (cpu_s(server.pid) - before) / rounds * 1000

            page("/")
            conversation = f"/c/{made.conversation}/"
            spent = {"conversation": cpu_ms(conversation), "new chat": cpu_ms("/")}
            long = [page(conversation) for _ in range(rounds)]
            new = [page("/") for _ in range(rounds)]
        attach = [uvloop.run(_attach(server.host, cookie, made.generation)) for _ in range(rounds)]
    found = [
        Figure(
            f"conversation of {MESSAGES:,} messages among {CONVERSATIONS:,}", percentile(long, 0.5), "ms", 150
        ),
        Figure(f"new chat beside {CONVERSATIONS:,} conversations", percentile(new, 0.5), "ms", 150),
        Figure(
            f"attach to a finished answer of {DELTAS:,} deltas, whole text",
            percentile(attach, 0.5),
            "ms",
            150,
        ),
    ]
    found += [Figure(f"CPU of the server, {name}", value, "ms") for name, value in spent.items()]
    raise SystemExit(1 if show("pages that have grown, medians", found) else 0)


if __name__ == "__main__":
    main()
