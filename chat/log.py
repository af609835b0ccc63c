"""The event log of one generation: which step gets which number, and how a reader uses the numbers.

Pure: no database, no clock, no socket. Text-like deltas of one kind and block share a row while it is open;
every other event is a row of its own. A delta of the open row travels with the row's `seq` and the offset `at`
of its text within the row, in UTF-16 code units, because that is what a browser counts in.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

import msgspec

from providers.events import (
    BlockReceived,
    CitationReceived,
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
from providers.reply import ReplyBuilder

ROW_LIMIT = 4096  # UTF-16 units after which a row is closed: bounds what a reconnect can repeat


class Retrying(msgspec.Struct, frozen=True, kw_only=True, tag="retrying"):
    """The call failed before any content; attempt number `attempt` follows in `delay_s` seconds."""

    attempt: int
    delay_s: float
    error: dict[str, Any]


class ErrorFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What a person sees of a failure. `message` is the provider's own sentence: text from outside."""

    kind: str
    message: str
    request_id: str | None = None
    retry_after: float | None = None
    advice: str = ""


Outcome = Literal["complete", "stopped", "interrupted", "failed"]


class Ended(msgspec.Struct, frozen=True, kw_only=True, tag="ended"):
    """The last event of every generation. `cost` is decimal text, `None` where a price is unknown; `writing_s` are the
    seconds from the first content to the end and `thinking_s` those of them in which it thought, `None` where there was
    none or nobody measured."""

    status: Outcome
    stop_reason: StopReason | None = None
    usage: Usage = Usage()
    cost: str | None = None
    currency: str = "USD"
    first_token_s: float | None = None
    writing_s: float | None = None
    thinking_s: float | None = None
    error: ErrorFacts | None = None


ReplyEvent = (
    MessageStarted
    | TextDelta
    | CitationReceived
    | ThinkingDelta
    | ThinkingSigned
    | ToolUseStarted
    | ToolInputDelta
    | ToolUseReady
    | BlockReceived
    | UsageReported
)
LogEvent = ReplyEvent | Retrying | Ended
TextLike = TextDelta | ThinkingDelta | ToolInputDelta
TEXT_LIKE = (
    TextDelta,
    ThinkingDelta,
    ToolInputDelta,
)  # a tuple is asked twice as fast as a union, and each token asks

_decoder = msgspec.json.Decoder(LogEvent)
_encode = msgspec.json.Encoder().encode


class Row(msgspec.Struct, frozen=True):
    """One stored step. `payload` is the event as JSON text."""

    seq: int
    kind: str
    payload: str


class Frame(msgspec.Struct, frozen=True):
    """One step, or a piece of one, on its way to a reader."""

    seq: int
    at: int
    event: LogEvent


def units(text: str) -> int:
    """Length in UTF-16 code units, JavaScript's `string.length`."""
    return len(text) if text.isascii() else len(text) + sum(char > "\uffff" for char in text)


def text_of(event: TextLike) -> str:
    """The piece of text that the delta carries."""
    return event.partial_json if isinstance(event, ToolInputDelta) else event.text


def with_text(event: TextLike, text: str) -> TextLike:
    """The same kind and block, carrying `text`."""
    if isinstance(event, ToolInputDelta):
        return ToolInputDelta(partial_json=text, index=event.index)
    return type(event)(text=text, index=event.index)


def continues(first: LogEvent, second: LogEvent) -> bool:
    """Whether both are text of one kind and block, so that they may share a row or a frame."""
    return type(first) is type(second) and isinstance(first, TEXT_LIKE) and first.index == second.index  # type: ignore[union-attr]


def drop_units(text: str, count: int) -> str:
    """`text` without its first `count` UTF-16 units."""
    return text[count:] if text.isascii() else text.encode("utf-16-le")[2 * count :].decode("utf-16-le")


def decode_event(payload: str) -> LogEvent:
    """The event of a stored row."""
    event: LogEvent = _decoder.decode(payload)
    return event


def encode_payload(event: LogEvent) -> str:
    """The JSON text of an event, as stored and as sent."""
    return _encode(event).decode()


def fold(payloads: Iterable[str]) -> ReplyBuilder:
    """What a log says when read from its start. The stored message must equal it."""
    builder = ReplyBuilder()
    for payload in payloads:
        event = decode_event(payload)
        if not isinstance(event, Retrying | Ended):
            builder.add(event)
    return builder


class _OpenRow:
    """The row that still grows."""

    __slots__ = ("event", "pieces", "seq", "size")

    def __init__(self, seq: int, event: TextLike) -> None:
        self.seq = seq
        self.event = event
        self.pieces = [text_of(event)]
        self.size = units(self.pieces[0])

    def add(self, event: TextLike) -> Frame:
        frame = Frame(self.seq, self.size, event)
        text = text_of(event)
        self.pieces.append(text)
        self.size += units(text)
        return frame

    def merged(self) -> TextLike:
        return with_text(self.event, "".join(self.pieces))


class EventLog:
    """Numbers the events of one generation and keeps those that are not stored yet."""

    def __init__(self, *, seq: int = 0) -> None:
        self.seq = seq  # of the newest row, open ones included
        self.stored_seq = seq
        self.size = 0  # characters of all closed rows
        self._open: _OpenRow | None = None
        self._closed: list[Row] = []
        self._last: Row | None = None

    def add(self, event: LogEvent) -> Frame:
        """Take one event; returns it with its number, for the readers."""
        row = self._open
        # `continues`, without asking again whether the row is text: each token comes by here
        if row is not None and type(row.event) is type(event) and row.event.index == event.index:
            frame = row.add(event)
            if row.size >= ROW_LIMIT:
                self._close()
            return frame
        self._close()
        self.seq += 1
        if isinstance(event, TEXT_LIKE):
            self._open = _OpenRow(self.seq, event)
            if self._open.size >= ROW_LIMIT:
                self._close()
        else:
            self._append(self.seq, event)
        return Frame(self.seq, 0, event)

    def end(self, event: Ended) -> Frame:
        """Take the last event. No reader finds it in `tail`: the end is only true once it is stored."""
        self._close()
        self._last = _row(self.seq + 1, event)
        return Frame(self._last.seq, 0, event)

    def flush(self) -> tuple[Row, ...]:
        """Close the open row; returns all rows that are not stored. They stay until `stored` is told."""
        self._close()
        return tuple(self._closed) if self._last is None else (*self._closed, self._last)

    def stored(self, seq: int) -> None:
        """Everything up to `seq` is in the database."""
        self.stored_seq = seq
        self._closed = [row for row in self._closed if row.seq > seq]
        if self._last is not None and self._last.seq <= seq:
            self.seq, self._last = self._last.seq, None

    def tail(self) -> tuple[Row, ...]:
        """What the database may not have yet, the open row's text so far included."""
        if self._open is None:
            return tuple(self._closed)
        return (*self._closed, _row(self._open.seq, self._open.merged()))

    def _close(self) -> None:
        if self._open is not None:
            self._append(self._open.seq, self._open.merged())
            self._open = None

    def _append(self, seq: int, event: LogEvent) -> None:
        row = _row(seq, event)
        self.size += len(row.payload)
        self._closed.append(row)


def _row(seq: int, event: LogEvent) -> Row:
    kind: str = type(event).__struct_config__.tag  # type: ignore[assignment]  # every event names itself
    return Row(seq, kind, encode_payload(event))


class Cursor:
    """How far a reader has come. The same rule as the browser's, so that both drop and miss alike.

    `seq` is the newest row seen and `offset` how much of its text; `complete_seq` the newest row known to be
    whole, from which a reader that missed something asks again.
    """

    def __init__(self, after_seq: int = 0) -> None:
        self.seq = self.newest = after_seq
        self.offset = 0
        self.is_text = False

    @property
    def complete_seq(self) -> int:
        """The row after which to read again: a text row may still grow, so it does not count as whole."""
        return self.seq - 1 if self.is_text else self.seq

    def pass_row(self, seq: int) -> None:
        """The whole row `seq` was sent from the database: it cannot grow any more."""
        self.seq, self.offset, self.is_text = seq, 0, False
        self.newest = max(self.newest, seq)

    def rewind(self, seq: int) -> None:
        """What came after `seq` was never stored and is void; `newest` remembers that it was shown."""
        self.seq, self.offset, self.is_text = min(seq, self.seq), 0, False

    def take(self, frame: Frame) -> Frame | Literal["gap"] | None:
        """The part of `frame` that is new, `None` if nothing is, or that something before it is missing."""
        event = frame.event
        if (
            frame.seq == self.seq
            and frame.at == self.offset
            and self.is_text
            and isinstance(event, TEXT_LIKE)
        ):
            text = text_of(event)  # nearly always: what follows on the last piece
            self.offset += units(text)
            return frame if text else None
        if frame.seq < self.seq:
            return None
        if frame.seq == self.seq + 1 and frame.at == 0:
            return self._begin(frame)
        if frame.seq == self.seq and frame.at <= self.offset:
            return self._continue(frame)
        return "gap"

    def _begin(self, frame: Frame) -> Frame:
        self.seq = frame.seq
        self.newest = max(self.newest, frame.seq)
        self.is_text = isinstance(frame.event, TEXT_LIKE)
        self.offset = units(text_of(frame.event)) if isinstance(frame.event, TEXT_LIKE) else 0
        return frame

    def _continue(self, frame: Frame) -> Frame | None:
        if not isinstance(frame.event, TEXT_LIKE) or not self.is_text:
            return None
        text = drop_units(text_of(frame.event), self.offset - frame.at)
        if not text:
            return None
        at, self.offset = self.offset, self.offset + units(text)
        return Frame(frame.seq, at, with_text(frame.event, text))
