"""How long a search takes among 100,000 messages of one person, on SQLite (FTS5) and on PostgreSQL (tsvector).

uvicorn in a process of its own, asked over HTTP on the loopback as the page's script asks: a word at a time, its last one still
being typed. The texts are made of words as unevenly frequent as in a language (Zipf), the same in every run.

Run: .venv/bin/python -m benchmarks.search [--only sqlite,postgresql] [--rounds 15]
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from itertools import accumulate, islice
from uuid import uuid4

import httpx

from benchmarks import servers
from benchmarks.figures import Figure, percentile, show
from benchmarks.wire import cpu_s
from tests.support import postgres
from tests.support.machine import POSTGRES_URL

MESSAGES, OF_CONVERSATION, WORDS, VOCABULARY = 100_000, 50, 60, 20_000
GOAL_MS = 150
DATABASES = ("sqlite", "postgresql")
_LETTERS = "etaoinshrdlucmfwypvbgkjqxz"


def word(rank: int) -> str:
    """The first stands in nearly every message, the last in a few; they begin with every letter equally often."""
    return f"{_LETTERS[rank % len(_LETTERS)]}{rank}"


QUERIES = {
    "a word of nearly every message": f"{word(0)} ",
    "a letter, the beginning of every 26th word": _LETTERS[0],
    "a word of a few messages": f"{word(19_000)} ",
    "two frequent words": f"{word(3)} {word(5)} ",
    "three words, the last being typed": f"{word(40)} {word(300)} {word(1)[0]}",
    "words behind each other": f'"{word(1)} {word(2)}"',
    "two rare words that never meet": f"{word(18_000)} {word(19_000)} ",
    "a word that nobody wrote": "nowhere",
}


def _texts() -> Iterator[str]:
    chance = random.Random(1)  # the same texts every time
    words = [word(rank) for rank in range(VOCABULARY)]
    weights = list(accumulate(1 / (rank + 1) for rank in range(VOCABULARY)))
    for _ in range(MESSAGES):
        yield " ".join(chance.choices(words, cum_weights=weights, k=WORDS))


def make() -> None:
    """The rows of `reader-0`, as the indexing leaves them."""
    from django.contrib.auth.models import User
    from django.db import connection

    from chat.models import Conversation
    from chat.services.indexing import title_words

    owner = User.objects.get(username="reader-0")
    for number, texts in enumerate(_conversations()):
        title = f"Conversation {word(number)}"
        talk = Conversation.objects.create(
            id=uuid4(), owner=owner, title=title, title_words=title_words(title)
        )
        _fill_conversation(talk, texts)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")  # as the database does by itself after so many rows, a minute later


def _conversations() -> Iterator[Sequence[str]]:
    """The texts of one conversation after the other."""
    texts = _texts()
    while batch := tuple(islice(texts, OF_CONVERSATION)):
        yield batch


def _fill_conversation(talk: object, texts: Sequence[str]) -> None:
    from django.db import transaction

    from chat.models import Message, MessageText
    from chat.parts import encode_parts
    from chat.words import words_of
    from providers.messages import TextPart

    with transaction.atomic():
        messages = Message.objects.bulk_create(
            Message(
                conversation=talk, role="assistant" if place % 2 else "user", is_indexed=True,
                parts_json=encode_parts((TextPart(text=text),)),
            )
            for place, text in enumerate(texts)
        )  # fmt: skip
        MessageText.objects.bulk_create(
            MessageText(message=message, conversation=talk, words=words_of(text))
            for message, text in zip(messages, texts, strict=True)
        )


def fill() -> None:
    """Make the rows in the database of the environment."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "maestro.settings"
    import django

    django.setup()
    make()


def measure(database: str, *, rounds: int) -> list[Figure]:
    """Milliseconds of each query, median and slowest, and the CPU of the web process."""
    with ExitStack() as stack:
        settings = {}
        if database == "postgresql":
            settings["DATABASE_URL"] = stack.enter_context(postgres.own_database(POSTGRES_URL))
        upstream = stack.enter_context(servers.provider())
        server = stack.enter_context(
            servers.maestro("uvicorn", upstream, pages=1, fill="benchmarks.search", **settings)
        )
        cookies = {"sessionid": server.pages[0].cookie}
        browser = stack.enter_context(
            httpx.Client(base_url=f"http://{server.host}", cookies=cookies, trust_env=False, timeout=60)
        )
        found = []
        for name, query in QUERIES.items():
            hits = len(_ask(browser, query)["found"])  # the first one also fills the caches
            before, times = cpu_s(server.pid), list[float]()
            for _ in range(rounds):
                began = time.perf_counter()
                _ask(browser, query)
                times.append((time.perf_counter() - began) * 1000)
            spent = (cpu_s(server.pid) - before) / rounds * 1000
            found += [
                Figure(f"{name}: {hits} found, median", percentile(times, 0.5), "ms", GOAL_MS),
                Figure("  slowest", max(times), "ms"),
                Figure("  CPU of the web process", spent, "ms"),
            ]
        return found


def _ask(browser: httpx.Client, query: str) -> dict[str, list[object]]:
    answer = browser.get("/chat/search/", params={"q": query})
    assert answer.status_code == 200, answer.text
    return answer.json()  # type: ignore[no-any-return]


def main() -> int:
    """Measure, print; 1 if a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default=",".join(DATABASES))
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--fill", action="store_true", help="make the rows; for benchmarks.servers")
    options = parser.parse_args()
    if options.fill:
        fill()
        return 0
    missed = False
    for database in options.only.split(","):
        if database not in DATABASES:
            parser.error(f"no such database: {database}; there are {', '.join(DATABASES)}")
        if database == "postgresql" and not postgres.answers(POSTGRES_URL):
            print(f"POSTGRESQL NOT RUN: none answers at {POSTGRES_URL} (TEST_POSTGRES_URL)")
            continue
        found = measure(database, rounds=options.rounds)
        missed = show(f"search among {MESSAGES:,} messages, {database}", found) or missed
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
