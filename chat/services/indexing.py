"""Tells search what was said: a bounded step that each web process does every few seconds, away from the writing of answers.

What is to be indexed says so itself (`Message.is_indexed`, `Conversation.title_words`), so nothing is forgotten when a
process dies, and rows that are older than search are found like new ones. An answer is indexed once it has ended.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from chat.models import Conversation, Message, MessageText
from chat.words import words_of
from sessions_app.in_turn import atomic_in_turn
from sessions_app.prepared import Update, on

AT_ONCE = 200
# What one row takes: PostgreSQL refuses a text of more than 1 MiB of different words, and knows the places of the first
# 16,383 (https://www.postgresql.org/docs/current/textsearch-limitations.html). A search does not look across rows.
_MOST_WORDS = 16_000
_MOST_BYTES = 400_000
_TITLE = Update(
    lambda pk, title, words: (
        Conversation.objects.filter(pk=pk, title=title, title_words=""),
        {"title_words": words},
    ),
    on(Conversation, "id", "title", "title_words"),
)
_TAKE = Update(
    lambda pk: (Message.objects.filter(pk=pk, is_indexed=False), {"is_indexed": True}), on(Message, "id")
)


def index_pending(*, at_most: int = AT_ONCE) -> int:
    """Index the oldest messages and titles that search does not know yet; how many there were."""
    return _index_titles(at_most) + _index_messages(at_most)


def _index_titles(at_most: int) -> int:
    """One whose title changes meanwhile keeps its turn."""
    rows = list(Conversation.objects.filter(title_words="").values_list("pk", "title")[:at_most])
    for pk, title in rows:
        _TITLE(pk, title, title_words(title))
    return len(rows)


def title_words(title: str) -> str:
    """The words between blanks, so that a word can be looked for as a whole; never empty."""
    return f" {' '.join(words_of(title))} "


def _index_messages(at_most: int) -> int:
    pending = Message.objects.filter(is_indexed=False).exclude(status=Message.Status.STREAMING)
    messages = list(pending.only("conversation_id", "parts_json").order_by("pk")[:at_most])
    if not messages:
        return 0
    rows = {message.pk: list(_rows_of(message)) for message in messages}  # before the lock of the database
    with atomic_in_turn():
        taken = [pk for pk in rows if _TAKE(pk)]
        MessageText.objects.filter(message__in=taken).delete()
        MessageText.objects.bulk_create(row for pk in taken for row in rows[pk])
    return len(messages)


def _rows_of(message: Message) -> Iterator[MessageText]:
    try:
        words = words_of(message.text)
    except msgspec.MsgspecError:  # no such row can be shown either; it must not keep the others waiting
        return
    for part in _parts(words):
        yield MessageText(message=message, conversation_id=message.conversation_id, words=part)


def _parts(words: Sequence[str]) -> Iterator[Sequence[str]]:
    """The words in pieces that every database takes."""
    start = size = 0
    for place, word in enumerate(words):
        size += len(word.encode())
        if size > _MOST_BYTES or place - start == _MOST_WORDS:
            yield words[start:place]
            start, size = place, len(word.encode())
    if start < len(words):
        yield words[start:]
