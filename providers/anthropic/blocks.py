"""The content blocks that arrive in pieces, one small class each.

A delta that does not fit its block is ignored, as the vendor's own SDK does. Nothing here knows the
events around a block: `handler.py` opens, feeds and stops them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import msgspec

from providers.anthropic import wire
from providers.anthropic.shown import shown, source_of
from providers.anthropic.wire import WireTextDelta
from providers.events import (
    BlockReceived,
    CitationReceived,
    Event,
    TextDelta,
    ThinkingDelta,
    ThinkingSigned,
    ToolInputDelta,
    ToolUseReady,
    ToolUseStarted,
)
from providers.messages import JsonObject
from providers.tool_input import json_object, parse_tool_input


class OpenBlock(Protocol):
    """A block between its start and its stop."""

    def start(self) -> Sequence[Event]:
        """Events for what the start event already held."""

    def add(self, delta: wire.Delta) -> Sequence[Event]:
        """Events for one delta; none if it does not fit."""

    def stop(self) -> Sequence[Event]:
        """Events for the complete block. Raises `UnexpectedAnswer` for tool input that is not JSON."""


class TextReceiver:
    """A text block and its citations."""

    def __init__(self, index: int, block: wire.TextBlock) -> None:
        self._index = index
        self._block = block

    def start(self) -> Sequence[Event]:
        events: list[Event] = [_cited(citation, self._index) for citation in self._block.citations or ()]
        if self._block.text:
            events.insert(0, TextDelta(text=self._block.text, index=self._index))
        return events

    def add(self, delta: wire.Delta) -> Sequence[Event]:
        if type(delta) is WireTextDelta:
            return (TextDelta(text=delta.text, index=self._index),) if delta.text else ()
        if type(delta) is wire.CitationsDelta:
            return (_cited(delta.citation, self._index),)
        return ()

    def stop(self) -> Sequence[Event]:
        return ()


class ThinkingReceiver:
    """A block of reasoning; its signature replaces an earlier one."""

    def __init__(self, index: int, block: wire.ThinkingBlock) -> None:
        self._index = index
        self._block = block

    def start(self) -> Sequence[Event]:
        events: list[Event] = []
        if self._block.thinking:
            events.append(ThinkingDelta(text=self._block.thinking, index=self._index))
        if self._block.signature:
            events.append(ThinkingSigned(signature=self._block.signature, index=self._index))
        return events

    def add(self, delta: wire.Delta) -> Sequence[Event]:
        if type(delta) is wire.WireThinkingDelta:
            return (ThinkingDelta(text=delta.thinking, index=self._index),) if delta.thinking else ()
        if type(delta) is wire.SignatureDelta:
            return (ThinkingSigned(signature=delta.signature, index=self._index),)
        return ()

    def stop(self) -> Sequence[Event]:
        return ()


class ToolUseReceiver:
    """A request for a tool of ours; its input is JSON text in pieces, parsed at the end."""

    def __init__(self, index: int, block: wire.ToolUseBlock) -> None:
        self._index = index
        self._block = block
        self._pieces: list[str] = []

    def start(self) -> Sequence[Event]:
        return (ToolUseStarted(id=self._block.id, name=self._block.name, index=self._index),)

    def add(self, delta: wire.Delta) -> Sequence[Event]:
        if type(delta) is not wire.InputJsonDelta or not delta.partial_json:
            return ()
        self._pieces.append(delta.partial_json)
        return (ToolInputDelta(partial_json=delta.partial_json, index=self._index),)

    def stop(self) -> Sequence[Event]:
        tool_input = _parse_input(self._pieces, self._block.input, name=self._block.name)
        return (ToolUseReady(id=self._block.id, name=self._block.name, input=tool_input, index=self._index),)


class ServerToolReceiver:
    """A tool that the vendor runs itself: told as one complete block."""

    def __init__(self, index: int, block: JsonObject, *, provider: str) -> None:
        self._index = index
        self._block = block
        self._provider = provider
        self._pieces: list[str] = []

    def start(self) -> Sequence[Event]:
        return ()

    def add(self, delta: wire.Delta) -> Sequence[Event]:
        if type(delta) is wire.InputJsonDelta:
            self._pieces.append(delta.partial_json)
        return ()

    def stop(self) -> Sequence[Event]:
        name = str(self._block.get("name", ""))
        tool_input = _parse_input(self._pieces, self._block.get("input") or {}, name=name)
        block = {**self._block, "input": tool_input}
        return (whole_block(block, index=self._index, provider=self._provider),)


class CompactionReceiver:
    """A summary of older turns (beta); its parts come as deltas that replace."""

    def __init__(self, index: int, block: JsonObject, *, provider: str) -> None:
        self._index = index
        self._block = block
        self._provider = provider

    def start(self) -> Sequence[Event]:
        return ()

    def add(self, delta: wire.Delta) -> Sequence[Event]:
        if type(delta) is wire.CompactionDelta:
            came = {"content": delta.content, "encrypted_content": delta.encrypted_content}
            self._block |= {name: text for name, text in came.items() if text is not None}
        return ()

    def stop(self) -> Sequence[Event]:
        return (whole_block(self._block, index=self._index, provider=self._provider),)


def _cited(citation: JsonObject, index: int) -> CitationReceived:
    return CitationReceived(citation=citation, index=index, source=source_of(citation))


def whole_block(block: JsonObject, *, index: int, provider: str) -> BlockReceived:
    """A block that is told at once."""
    return BlockReceived(block=block, index=index, provider=provider, shown=shown(block))


def open_block(index: int, raw: msgspec.Raw, *, provider: str) -> OpenBlock:
    """The receiver for a block that has just started. Raises `msgspec.DecodeError`."""
    block = _block_decoder.decode(raw)
    match block:
        case wire.TextBlock():
            return TextReceiver(index, block)
        case wire.ThinkingBlock():
            return ThinkingReceiver(index, block)
        case wire.ToolUseBlock():
            return ToolUseReceiver(index, block)
        case wire.ServerToolUseBlock():
            return ServerToolReceiver(index, json_object(raw), provider=provider)
        case wire.CompactionBlock():
            return CompactionReceiver(index, json_object(raw), provider=provider)


_block_decoder: msgspec.json.Decoder[wire.StartedBlock] = msgspec.json.Decoder(wire.StartedBlock)


def _parse_input(pieces: list[str], at_start: JsonObject, *, name: str) -> JsonObject:
    text = "".join(pieces)
    return parse_tool_input(text, name=name) if text.strip() else at_start
