"""Decodes `text/event-stream` from bytes, incrementally and without I/O.

Follows https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation.
Knows nothing of JSON, vendors or connections. Works on bytes, because a chunk may end inside a
UTF-8 character and because U+2028 is a line break to `str.splitlines` but not to the specification.
Reconnecting is not ours: `retry` is ignored, `id` is kept for whoever wants it.
"""

from __future__ import annotations

import re

import msgspec

# A web search result block of 20 pages is around 1 MiB; nothing seen so far comes near this.
MAX_EVENT_BYTES = 8 * 1024 * 1024

_MAX_NAMES = 64  # vendors use fewer than 60 event names
_LF = 0x0A
_BOM = b"\xef\xbb\xbf"
_LONE_CR = re.compile(rb"\r[^\n]")


class ServerSentEvent(msgspec.Struct, frozen=True, gc=False):
    """One dispatched event. `data` is UTF-8 without the last line break; `name` is `message` if none came."""

    name: str
    data: bytes
    last_id: str = ""


class EventTooLarge(Exception):
    """One event grew over the limit, so this is no stream to keep in memory.

    `before` holds the events of the same chunk that were complete and come first.
    """

    def __init__(self, limit: int, before: list[ServerSentEvent]) -> None:
        super().__init__(f"A server-sent event is larger than {limit} bytes.")
        self.before = before


class SseDecoder:
    """Feed it chunks of any size, get the events that they complete.

    An event that the body does not close with an empty line is never returned, as the
    specification says. Use one decoder for one body.
    """

    def __init__(self, *, max_event_bytes: int = MAX_EVENT_BYTES) -> None:
        self._limit = max_event_bytes
        self._pending: list[bytes] = []  # bytes after the last empty line, not joined: see feed
        self._pending_size = 0
        self._at_start = True
        self._skip_lf = False  # the last chunk ended in CR, which may be half of CRLF
        self._last_id = ""
        self._names: dict[bytes, str] = {}  # event lines seen, so that each is decoded once

    def feed(self, chunk: bytes) -> list[ServerSentEvent]:
        """Events completed by `chunk`. Raises `EventTooLarge`; the decoder is then of no further use."""
        if self._at_start:
            chunk = self._strip_bom(chunk)
        if self._skip_lf or b"\r" in chunk:
            chunk = self._normalise(chunk)
        if not chunk:
            return []
        if not self._pending and chunk.endswith(b"\n\n"):
            return self._parse(chunk)  # whole events, as most servers send them
        end = chunk.rfind(b"\n\n") + 2
        if end == 1:  # not found; but the empty line may have begun in the chunk before
            end = 1 if chunk[0] == _LF and self._pending and self._pending[-1][-1] == _LF else 0
        # Joining only when an event ends keeps the work for a large event linear in its size.
        events = self._parse(b"".join((*self._pending, chunk[:end]))) if end else []
        self._keep(chunk[end:], is_new=end > 0)
        # One byte more than the limit may be the line break of an event that is just small enough.
        if self._pending_size > self._limit + 1:
            raise EventTooLarge(self._limit, events)
        return events

    def _keep(self, rest: bytes, *, is_new: bool) -> None:
        if is_new:
            self._pending.clear()
            self._pending_size = 0
        if not self._pending:
            rest = rest.lstrip(b"\n")  # empty lines between events mean nothing
        if rest:
            self._pending.append(rest)
            self._pending_size += len(rest)

    def _strip_bom(self, chunk: bytes) -> bytes:
        """Without a byte order mark at the very start; holds back what could be a part of one."""
        chunk = b"".join((*self._pending, chunk))
        self._pending.clear()
        if len(chunk) < len(_BOM) and _BOM.startswith(chunk):
            self._pending.append(chunk)
            return b""
        self._at_start = False
        return chunk.removeprefix(_BOM)

    def _normalise(self, chunk: bytes) -> bytes:
        """CRLF and CR become LF at once, so that a CR at the end of a chunk ends its line now."""
        if self._skip_lf and chunk:
            self._skip_lf = False
            chunk = chunk.removeprefix(b"\n")
        if b"\r" in chunk:
            self._skip_lf = chunk.endswith(b"\r")
            if _LONE_CR.search(chunk):
                chunk = chunk.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
            else:  # what one byte is searched for takes a tenth of the time
                chunk = chunk.replace(b"\r", b"") + (b"\n" if self._skip_lf else b"")
        return chunk

    def _parse(self, text: bytes) -> list[ServerSentEvent]:
        """All events of `text`, which ends in an empty line.

        Vendors send one data line for each event, nearly always, with an event line before it or without, so
        both forms are taken at once while they last (two to three times as fast as line by line:
        benchmarks/decoder.py).
        """
        if len(text) > self._limit:
            return self._parse_lines(text.split(b"\n"), [])
        if text[:6] == b"data: ":
            return self._parse_data(text)
        return self._parse_named(text)

    def _parse_data(self, text: bytes) -> list[ServerSentEvent]:
        """As `_parse`, for events without names."""
        lines = text.split(b"\n")
        events: list[ServerSentEvent] = []
        last_id = self._last_id
        by_line = iter(lines)
        for data, empty in zip(by_line, by_line, strict=False):
            if empty or data[:6] != b"data: ":
                return self._parse_lines(lines[2 * len(events) :], events)
            events.append(ServerSentEvent("message", data[6:], last_id))
        return events

    def _parse_named(self, text: bytes) -> list[ServerSentEvent]:
        """As `_parse`, for events with names."""
        lines = text.split(b"\n")
        events: list[ServerSentEvent] = []
        names, last_id = self._names, self._last_id
        by_line = iter(lines)
        for head, data, empty in zip(by_line, by_line, by_line, strict=False):
            name = names.get(head) or self._learn_name(head)
            if not name or empty or data[:6] != b"data: ":
                return self._parse_lines(lines[3 * len(events) :], events)
            events.append(ServerSentEvent(name, data[6:], last_id))
        return events

    def _learn_name(self, line: bytes) -> str:
        """The name in an event line in its usual form, kept so that each is decoded once; else nothing."""
        if line[:7] != b"event: ":
            return ""
        name = _text(line[7:])
        if len(self._names) < _MAX_NAMES:
            self._names[line] = name
        return name

    def _parse_lines(self, lines: list[bytes], events: list[ServerSentEvent]) -> list[ServerSentEvent]:
        """`events` and those in `lines`, by the specification to the letter."""
        name, size = "", -1
        data: list[bytes] = []
        for line in lines:
            if not line:
                if data:
                    events.append(ServerSentEvent(name or "message", b"\n".join(data), self._last_id))
                name, size, data = "", -1, []
                continue
            size += len(line) + 1
            if size > self._limit:
                raise EventTooLarge(self._limit, events)
            field, _, value = line.partition(b":")
            value = value.removeprefix(b" ")
            if field == b"data":
                data.append(value)
            elif field == b"event":
                name = _text(value)
            elif field == b"id" and b"\0" not in value:
                self._last_id = _text(value)
        return events


def _text(line: bytes) -> str:
    return str(line, "utf-8", "replace")
