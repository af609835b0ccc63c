"""A conversation's messages as the page shows them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

import msgspec
from django.utils import timezone
from django.utils.translation import gettext as _

from chat.log import ErrorFacts
from chat.models import Conversation, Generation, Message
from chat.protocol import AttachmentView, ColumnFace
from chat.services import branches, columns
from chat.services import shown as parts_shown
from chat.services.attachments import files_of
from chat.services.branches import WINDOW
from chat.services.errors import MessageGone
from chat.services.handovers import handovers
from chat.services.wording import failure
from providers.events import Usage
from providers.messages import TextPart, ThinkingPart
from providers.shown import Shown, Source


@dataclass(frozen=True, kw_only=True)
class MessageView:
    """One message. `text` is Markdown source with marks for its `sources`, as `chat.services.shown` makes them; `blocks` are
    everything that is no text. `thinking_s` are the seconds it thought, or has been thinking so far; `stop_explanation` is
    the provider's own word on why it stopped.

    `is_handover`: another session or model answered before it on this branch.
    `siblings` are the ids of all versions of it, itself included, oldest first; empty if it is the only one.
    `retry_at` is when the provider takes requests again. `tokens_in` and `tokens_out` are counts, `tokens_cached` those of
    the input that came from the provider's cache, `cost` USD as text, `writing_s` seconds from the first content to the end,
    all `None` where unknown. `seq` is the last event that the message contains: a page attaches after it. `beside`: with
    whom it was compared before it was picked.
    """

    id: str
    role: str
    status: str
    text: str
    sources: tuple[Source, ...]
    thinking: str
    thinking_s: float | None
    blocks: tuple[Shown, ...]
    attachments: tuple[AttachmentView, ...]
    session_name: str
    session_initials: str
    session_color: int
    model: str
    tokens_in: int | None
    tokens_out: int | None
    tokens_cached: int | None
    cost: str | None
    first_token_s: float | None
    writing_s: float | None
    stop_reason: str
    stop_explanation: str
    error: ErrorFacts | None
    retry_at: datetime | None
    session_id: UUID | None
    generation_id: UUID | None
    seq: int
    created_at: datetime
    ends_in_text: bool = True
    is_handover: bool = False
    siblings: tuple[str, ...] = ()
    beside: tuple[ColumnFace, ...] = ()

    @property
    def thought(self) -> str:
        """How long, in words; for what nobody measured, that it did."""
        if self.thinking_s is None:
            return _("Thought before answering")
        return _("Thought for %(seconds)s s") % {"seconds": max(1, round(self.thinking_s))}

    @property
    def version(self) -> int:
        """Which of its siblings it is, from 1."""
        return self.siblings.index(self.id) + 1 if self.siblings else 1


@dataclass(frozen=True, kw_only=True)
class Stretch:
    """Messages that follow each other, oldest first, and how many there are before them."""

    messages: list[MessageView]
    earlier: int


def messages_of(conversation: Conversation, *, window: int = WINDOW) -> list[MessageView]:
    """The last `window` messages of the shown branch, oldest first."""
    return newest_of(conversation, window=window).messages


def newest_of(conversation: Conversation, *, window: int = WINDOW, sought: int | None = None) -> Stretch:
    """The last `window` messages of the shown branch, in a fixed number of queries; more if it takes more to have the message `sought`
    among them."""
    parents = branches.parents_of(conversation.pk)
    path = branches.shown_path(conversation.pk, parents)
    first = max(0, len(path) - window)
    return _stretch(path, parents, first=min(first, path.index(sought)) if sought in path else first)


def before(conversation: Conversation, message_id: int, *, window: int = WINDOW) -> Stretch:
    """The last `window` messages that lead to a message, on whichever branch it is. Raises `MessageGone`."""
    parents = branches.parents_of(conversation.pk)
    if message_id not in parents:
        raise MessageGone
    path = branches.path_to(message_id, parents)[:-1]
    return _stretch(path, parents, first=max(0, len(path) - window))


def _stretch(path: list[int], parents: branches.Parents, *, first: int) -> Stretch:
    shown = path[first:]
    siblings = {pk: fork for fork in branches.forks(shown, parents) for pk in fork}
    messages = list(Message.objects.filter(pk__in=shown).select_related("generation").order_by("pk"))
    beside = columns.faces_beside(messages)
    changes = handovers(path, messages)
    views = (view_of(message, siblings=siblings.get(message.pk, ())) for message in messages)
    shown_as = (
        replace(view, beside=beside.get(int(view.id), ()), is_handover=int(view.id) in changes)
        for view in views
    )
    return Stretch(messages=list(shown_as), earlier=first)


def view_of(message: Message, *, siblings: Iterable[int] = ()) -> MessageView:
    """One message; `generation` should be loaded with it."""
    generation: Generation | None = getattr(message, "generation", None)
    parts = message.parts
    text, sources = parts_shown.text_with_sources(parts)
    usage = _usage(generation)
    return MessageView(
        id=str(message.pk),
        role=message.role,
        status=message.status,
        text=text,
        sources=sources,
        thinking_s=_thinking_s(generation, has_text=bool(text)),
        thinking="\n\n".join(part.text for part in parts if isinstance(part, ThinkingPart) and part.text),
        attachments=files_of(parts),
        blocks=tuple(block for part in parts if (block := parts_shown.block_of(part)) is not None),
        session_name=message.session_name,
        session_initials=message.session_initials,
        session_color=message.session_color,
        model=message.model,
        tokens_in=_total_input(usage),
        tokens_out=usage.output_tokens if usage else None,
        tokens_cached=usage.cache_read_tokens if usage else None,
        cost=money(generation.cost) if generation else None,
        first_token_s=_first_token_s(generation),
        writing_s=generation.writing_s if generation else None,
        stop_reason=generation.stop_reason if generation else "",
        stop_explanation=generation.stop_explanation if generation else "",
        error=_error(generation),
        retry_at=_retry_at(generation),
        session_id=generation.session_id if generation else None,
        generation_id=generation.pk if generation else None,
        seq=message.upto_seq,
        created_at=message.created_at,
        ends_in_text=not parts or isinstance(parts[-1], TextPart),
        siblings=tuple(str(pk) for pk in siblings),
    )


def money(cost: Decimal | None) -> str | None:
    """USD with four decimals, the smallest difference a person compares."""
    return None if cost is None else f"{cost:.4f}"


def _usage(generation: Generation | None) -> Usage | None:
    if generation is None or not generation.usage:
        return None
    usage = msgspec.convert(generation.usage, Usage)
    return usage if usage != Usage() else None  # nothing was reported


def _total_input(usage: Usage | None) -> int | None:
    return usage.input_tokens + usage.cache_write_tokens + usage.cache_read_tokens if usage else None


def _first_token_s(generation: Generation | None) -> float | None:
    if generation is None or generation.first_token_at is None:
        return None
    return round((generation.first_token_at - generation.created_at).total_seconds(), 3)


def _thinking_s(generation: Generation | None, *, has_text: bool) -> float | None:
    """While it still thinks: the time since its first content, which is then a thought."""
    if generation is None or generation.first_token_at is None:
        return None
    if generation.status in Generation.UNFINISHED and not has_text:
        return round((timezone.now() - generation.first_token_at).total_seconds(), 1)
    return generation.thinking_s


def _error(generation: Generation | None) -> ErrorFacts | None:
    if generation is None or not generation.error_json:
        return None
    return failure(msgspec.json.decode(generation.error_json, type=ErrorFacts))


def _retry_at(generation: Generation | None) -> datetime | None:
    """When the provider will take requests again, if it said so."""
    error = _error(generation)
    if generation is None or generation.finished_at is None or error is None or error.retry_after is None:
        return None
    return generation.finished_at + timedelta(seconds=error.retry_after)
