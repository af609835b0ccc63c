"""Folds events into the finished message: chat, command line and tests share it. Pure.

What is there after `Failed`, or after the caller closed the stream, is as valid as after
`Completed`; only a tool request whose input is not complete is left out.
"""

from __future__ import annotations

from collections.abc import Iterable

from providers.errors import ProviderError
from providers.events import (
    BlockReceived,
    CitationReceived,
    Completed,
    Event,
    Failed,
    MessageStarted,
    StopReason,
    TextDelta,
    ThinkingDelta,
    ThinkingSigned,
    ToolInputDelta,
    ToolUseReady,
    ToolUseStarted,
    Usage,
    UsageReported,
)
from providers.limits import Limit
from providers.messages import (
    ContentPart,
    ProviderPart,
    RedactedThinkingPart,
    TextPart,
    ThinkingPart,
    ToolUsePart,
)

_LOOSE = 64  # pieces; a small string of its own takes many times the room of its characters


class _Pieces:
    """Text that comes in pieces, kept in few strings and without copying any of it more than once before it is read."""

    __slots__ = ("_joined", "_loose")

    def __init__(self) -> None:
        self._joined: list[str] = []
        self._loose: list[str] = []

    def append(self, piece: str) -> None:
        self._loose.append(piece)
        if len(self._loose) >= _LOOSE:
            self._joined.append("".join(self._loose))
            self._loose.clear()

    def __str__(self) -> str:
        return "".join((*self._joined, *self._loose))


class _Text:
    def __init__(self) -> None:
        self.pieces = _Pieces()
        self.citations: list[CitationReceived] = []

    def part(self) -> ContentPart:
        return TextPart(
            text=str(self.pieces),
            citations=tuple(one.citation for one in self.citations),
            sources=tuple(one.source for one in self.citations),
        )


class _Thinking:
    def __init__(self) -> None:
        self.pieces = _Pieces()
        self.signature = ""

    def part(self) -> ContentPart:
        return ThinkingPart(text=str(self.pieces), signature=self.signature)


class _Whole:
    def __init__(self, part: ContentPart) -> None:
        self._part = part

    def part(self) -> ContentPart:
        return self._part


class ReplyBuilder:
    """`add` every event of one answer, in order; read the rest at any time.

    `parts` are stored parts that the answer continues. `error` is set by `Failed`, `stop_reason` by
    `Completed`, `usage` and `limits` by whatever reported them last.
    """

    def __init__(self, parts: Iterable[ContentPart] = ()) -> None:
        self._stored = tuple(parts)
        self._blocks: dict[int, _Text | _Thinking | _Whole] = {}
        self.usage = Usage()
        self.limits: tuple[Limit, ...] = ()
        self.stop_reason: StopReason | None = None
        self.error: ProviderError | None = None
        self.model = ""
        self.request_id: str | None = None

    @property
    def parts(self) -> tuple[ContentPart, ...]:
        """The message so far, in the order in which its blocks began."""
        return (*self._stored, *(block.part() for block in self._blocks.values()))

    @property
    def text(self) -> str:
        """All text parts together, as a person reads them."""
        return "".join(part.text for part in self.parts if isinstance(part, TextPart))

    def add(self, event: Event) -> None:
        """Take in one event."""
        match event:
            case TextDelta():  # first, because nearly every event is one
                self._text(event.index).pieces.append(event.text)
            case ThinkingDelta():
                self._thinking(event.index).pieces.append(event.text)
            case CitationReceived():
                self._text(event.index).citations.append(event)
            case ThinkingSigned():
                self._thinking(event.index).signature = event.signature
            case ToolUseReady() | BlockReceived():
                self._blocks[event.index] = _Whole(_whole_part(event))
            case ToolUseStarted() | ToolInputDelta():
                pass  # for live display; the complete request comes as ToolUseReady
            case MessageStarted() | UsageReported() | Completed() | Failed():
                self._add_fact(event)

    def _add_fact(self, event: MessageStarted | UsageReported | Completed | Failed) -> None:
        match event:
            case MessageStarted():
                self.model, self.request_id, self.usage = event.model, event.request_id, event.usage
                self.limits = event.limits
            case UsageReported():
                self.usage = event.usage
            case Completed():
                self.stop_reason, self.usage = event.stop_reason, event.usage
            case Failed():
                self.error = event.error
                self.limits = event.error.limits or self.limits
                self.request_id = event.error.request_id or self.request_id

    def _text(self, index: int) -> _Text:
        block = self._blocks.get(index)
        if not isinstance(block, _Text):
            block = self._blocks[index] = _Text()
        return block

    def _thinking(self, index: int) -> _Thinking:
        block = self._blocks.get(index)
        if not isinstance(block, _Thinking):
            block = self._blocks[index] = _Thinking()
        return block


def _whole_part(event: ToolUseReady | BlockReceived) -> ContentPart:
    if isinstance(event, ToolUseReady):
        return ToolUsePart(id=event.id, name=event.name, input=event.input)
    if event.block.get("type") == "redacted_thinking":
        return RedactedThinkingPart(data=str(event.block.get("data", "")))
    return ProviderPart(provider=event.provider, block=event.block, shown=event.shown)
