"""Finds conversations by their titles and by what was said in them: every word of the query, the last one as the beginning of
a word, words in quotation marks one behind the other. Newest first, titles before messages. Any query is a valid one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.contrib.auth.models import User
from django.urls import reverse

from chat.models import Conversation, Message, MessageText
from chat.models.conversation import ConversationQuerySet
from chat.models.search import Term
from chat.services.excerpts import Pieces, excerpt, marked
from chat.words import Word, found_words

LIMIT = 20  # conversations
LONGEST_QUERY = 200  # characters
_MOST_TERMS = 12
_MOST_HITS = 3  # shown of one conversation
_SCANNED = 1200  # rows that are looked at, so that one long conversation does not hide all others
_QUOTED = re.compile(r'"([^"]*)"')


@dataclass(frozen=True, kw_only=True)
class Hit:
    """A message in which something was found. `url` leads to it."""

    message_id: int
    is_prompt: bool
    pieces: Pieces
    url: str


@dataclass(frozen=True, kw_only=True)
class Found:
    """A conversation with its newest hits; none if only its title was found."""

    conversation: Conversation
    title: Pieces
    hits: tuple[Hit, ...]
    url: str


@dataclass(frozen=True, kw_only=True)
class Results:
    """`words` are those that were looked for; `more`: there are others, for a query that says more."""

    words: tuple[str, ...]
    found: tuple[Found, ...]
    more: bool


def find(user: User, query: str, *, session_id: UUID | None = None, limit: int = LIMIT) -> Results:
    """What the user said, was answered and called conversations, archived ones included. `session_id`: only
    conversations that this session would pay for next."""
    terms = terms_of(query[:LONGEST_QUERY])
    words = tuple(word for term in terms for word in term.words)
    if not terms:
        return Results(words=(), found=(), more=False)
    mine = Conversation.objects.owned_by(user.pk)
    if session_id is not None:
        mine = mine.filter(session=session_id)
    titled = list(_with_title(mine, terms).values_list("pk", flat=True)[: limit + 1])
    hits = _with_messages(mine, terms)
    ids = list(dict.fromkeys([*titled, *hits]))
    found = _shown(mine, ids[:limit], hits, terms)
    return Results(words=words, found=found, more=len(ids) > limit)


def terms_of(query: str) -> tuple[Term, ...]:
    """What a query asks for; nothing if it has no words."""
    terms: list[Term] = []
    pieces = _QUOTED.split(query)
    for number, piece in enumerate(pieces):
        words = list(found_words(piece))
        if number % 2 and words:  # between quotation marks
            terms.append(Term(tuple(word.text for word in words)))
        else:
            terms += _apart(words)
    terms = terms[:_MOST_TERMS]
    if terms and pieces[-1].strip():  # the query does not end with a quotation mark
        terms[-1] = Term(terms[-1].words, is_prefix=True)
    return tuple(terms)


def _apart(words: Sequence[Word]) -> list[Term]:
    """Each word for itself, but characters that stood together stay together."""
    groups: list[list[Word]] = []
    for word in words:
        if groups and groups[-1][-1].end == word.start:
            groups[-1].append(word)
        else:
            groups.append([word])
    return [Term(tuple(word.text for word in group)) for group in groups]


def _with_title(mine: ConversationQuerySet, terms: Sequence[Term]) -> ConversationQuerySet:
    for term in terms:
        wanted = f" {' '.join(term.words)}{'' if term.is_prefix else ' '}"
        mine = mine.filter(title_words__contains=wanted)
    return mine.order_by("-updated_at", "-pk")


def _with_messages(mine: ConversationQuerySet, terms: Sequence[Term]) -> dict[UUID, list[int]]:
    """The newest hits by conversation."""
    texts = MessageText.objects.filter(words__match=terms, conversation__in=mine).order_by("-pk")
    found: dict[UUID, list[int]] = {}
    # One query: the next stretch of the same would cost the database as much as the first.
    for conversation_id, message_id in texts.values_list("conversation_id", "message_id")[:_SCANNED]:
        messages = found.setdefault(conversation_id, [])
        if message_id not in messages:  # a long message has several rows
            messages.append(message_id)
    return found


def _shown(
    mine: ConversationQuerySet, ids: Sequence[UUID], hits: dict[UUID, list[int]], terms: Sequence[Term]
) -> tuple[Found, ...]:
    conversations = mine.select_related("session").in_bulk(ids)
    wanted = [pk for one in ids for pk in hits.get(one, [])[:_MOST_HITS]]
    messages = Message.objects.in_bulk(wanted)
    return tuple(
        _found(conversations[pk], [messages[one] for one in hits.get(pk, []) if one in messages], terms)
        for pk in ids
        if pk in conversations
    )


def _found(conversation: Conversation, messages: Sequence[Message], terms: Sequence[Term]) -> Found:
    url = reverse("chat:conversation", args=[conversation.pk])
    return Found(
        conversation=conversation,
        title=marked(conversation.title, terms),
        hits=tuple(_hit(message, url, terms) for message in messages),
        url=url,
    )


def _hit(message: Message, url: str, terms: Sequence[Term]) -> Hit:
    return Hit(
        message_id=message.pk,
        is_prompt=message.role == Message.Role.USER,
        pieces=excerpt(message.text, terms),
        url=f"{url}?message={message.pk}",
    )
