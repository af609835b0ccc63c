"""An answer that is over, in one piece: what its message says, for readers who lack much of its log.

Reading thousands of rows to a page takes seconds where the message is one row; and logs do not live as long as messages.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import zip_longest
from uuid import UUID

from django.db.models.functions import Length

from chat.log import LogEvent
from chat.models import Generation, Message
from chat.parts import StoredPart
from chat.protocol import WholeFrame
from providers.events import (
    BlockReceived,
    CitationReceived,
    TextDelta,
    ThinkingDelta,
    ThinkingSigned,
    ToolUseReady,
)
from providers.messages import (
    ProviderPart,
    RedactedThinkingPart,
    TextPart,
    ThinkingPart,
    ToolUsePart,
)
from providers.shown import Source

FEW_ROWS = 64  # are read as they are: the page keeps what it shows
MOST_BYTES = 1024 * 1024  # more goes row by row: a slow page that is cut off in between goes on where it was
# Characters of text in one frame. A page that hears nothing for 50 s takes the line for dead, so frames are small.
PIECE = 32_768


def rest_of(generation_id: UUID, after_seq: int) -> list[WholeFrame]:
    """The whole answer for a reader that has come to row `after_seq`; nothing if it should read the rows."""
    # Not the text itself yet: a large one takes a hundred megabytes on its way from the database.
    found = Generation.objects.select_related("message").defer("message__parts_json")
    generation = found.filter(pk=generation_id).first()
    if generation is None or generation.status in Generation.UNFINISHED:
        return []
    missing = _upto(generation) - after_seq
    if missing <= 0 or not (generation.is_pruned or (missing > FEW_ROWS and _is_small(generation))):
        return []
    return _whole(generation)


def _is_small(generation: Generation) -> bool:
    message = Message.objects.annotate(size=Length("parts_json")).filter(pk=generation.message_id)
    return message.filter(size__lte=MOST_BYTES).exists()


def all_of(generation_id: UUID) -> list[WholeFrame]:
    """The whole answer, whatever its reader has; nothing if it was deleted."""
    generation = Generation.objects.select_related("message").filter(pk=generation_id).first()
    return [] if generation is None else _whole(generation)


def _upto(generation: Generation) -> int:
    return generation.seq - 1  # the last row says how it ended, and is always there


def _whole(generation: Generation) -> list[WholeFrame]:
    upto = _upto(generation)
    pieces = [[event] for event in events_of(generation.message.parts)] or [[]]
    return [
        WholeFrame(generation=generation.pk, seq=upto, events=tuple(events), more=number < len(pieces))
        for number, events in enumerate(pieces, start=1)
    ]


def events_of(parts: Iterable[StoredPart]) -> Iterator[LogEvent]:
    """A short log that folds to `parts`."""
    for index, part in enumerate(parts):
        match part:
            case TextPart():
                yield from (TextDelta(text=piece, index=index) for piece in _pieces(part.text))
                for citation, source in zip_longest(part.citations, part.sources, fillvalue=None):
                    if citation is not None:
                        yield CitationReceived(citation=citation, source=source or Source(), index=index)
            case ThinkingPart():
                if part.text:  # a signature alone is nothing to show
                    yield from (ThinkingDelta(text=piece, index=index) for piece in _pieces(part.text))
                yield ThinkingSigned(signature=part.signature, index=index)
            case ToolUsePart():
                yield ToolUseReady(id=part.id, name=part.name, input=part.input, index=index)
            case ProviderPart():
                yield BlockReceived(block=part.block, provider=part.provider, shown=part.shown, index=index)
            case RedactedThinkingPart():
                yield BlockReceived(block={"type": "redacted_thinking", "data": part.data}, index=index)
            case _:
                pass  # of prompts only


def _pieces(text: str) -> list[str]:
    """At least one, because an empty block is a block, too."""
    return [text[start : start + PIECE] for start in range(0, max(len(text), 1), PIECE)]
