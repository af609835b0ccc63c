"""From Anthropic's server-sent events to ours. No I/O; one handler for one answer.

Events, block types and deltas that are not known are skipped and counted, because the vendor adds
new ones without notice; known ones that do not have their documented shape end the answer.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Sequence

import msgspec

from providers.anthropic import wire
from providers.anthropic.blocks import OpenBlock, open_block, whole_block
from providers.anthropic.errors import error_from_event
from providers.errors import ProviderError, StreamCutOff, UnexpectedAnswer
from providers.events import (
    Completed,
    Event,
    Failed,
    MessageStarted,
    StopReason,
    Usage,
    UsageReported,
)
from providers.limits import Limit
from providers.sse import ServerSentEvent
from providers.tool_input import json_object

logger = logging.getLogger(__name__)

# Answers that end in the middle of a tool's input, so that its JSON may well be incomplete.
_CUT_SHORT = frozenset({"max_tokens", "model_context_window_exceeded", "refusal"})

_start_decoder = msgspec.json.Decoder(wire.MessageStart)
_block_start_decoder = msgspec.json.Decoder(wire.BlockStart)
_decode_delta = msgspec.json.Decoder(wire.BlockDelta).decode  # bound once: it runs once per token
_block_stop_decoder = msgspec.json.Decoder(wire.BlockStop)
_message_delta_decoder = msgspec.json.Decoder(wire.MessageDelta)
_error_decoder = msgspec.json.Decoder(wire.ErrorBody)
_typed_decoder = msgspec.json.Decoder(wire.Typed)
_typed_delta_decoder = msgspec.json.Decoder(wire.TypedDelta)


class MessageHandler:
    """Holds what one answer needs between events: open blocks, counters, why it stopped.

    `provider` names who understands opaque blocks; `request_id` and `limits` come from the answer's headers.
    `skipped` counts what was not known, by name.
    """

    def __init__(
        self, *, provider: str, request_id: str | None = None, limits: tuple[Limit, ...] = ()
    ) -> None:
        self.skipped: Counter[str] = Counter()
        self._provider = provider
        self._request_id = request_id
        self._limits = limits
        self._blocks: dict[int, OpenBlock] = {}
        self._usage = Usage()
        self._change = wire.MessageChange()
        self._bad_tool_input: ProviderError | None = None
        self._table: dict[str, Callable[[bytes], Sequence[Event]]] = {
            "content_block_delta": self._block_delta,
            "content_block_start": self._block_start,
            "content_block_stop": self._block_stop,
            "message_start": self._message_start,
            "message_delta": self._message_delta,
            "message_stop": self._message_stop,
            "ping": self._ping,
            "error": self._error,
        }

    def handle(self, event: ServerSentEvent) -> Sequence[Event]:
        """Our events for this one. Raises `UnexpectedAnswer` if its data is not as documented."""
        act = self._table.get(event.name)
        if act is None:
            return self._skip(f"event {event.name}")
        try:
            return act(event.data)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise UnexpectedAnswer(
                f"The provider sent a “{event.name}” event that cannot be read, so the answer stops here.",
                request_id=self._request_id,
            ) from error

    def finish(self) -> Failed:
        """The body ended without `message_stop`."""
        return Failed(
            error=StreamCutOff(
                "The answer ended too early: the connection was closed before its last event.",
                request_id=self._request_id,
            )
        )

    def _block_delta(self, data: bytes) -> Sequence[Event]:
        try:
            event = _decode_delta(data)
        except msgspec.ValidationError:
            name = _typed_delta_decoder.decode(data).delta.type
            if name in wire.DELTA_TYPES:
                raise
            return self._skip(f"delta {name}")
        block = self._blocks.get(event.index)
        return () if block is None else block.add(event.delta)

    def _block_start(self, data: bytes) -> Sequence[Event]:
        event = _block_start_decoder.decode(data)
        name = _typed_decoder.decode(event.content_block).type
        if name in wire.WHOLE_BLOCK_TYPES:
            block = json_object(event.content_block)
            return (whole_block(block, index=event.index, provider=self._provider),)
        if name not in wire.STARTED_BLOCK_TYPES:
            return self._skip(f"block {name}")
        opened = open_block(event.index, event.content_block, provider=self._provider)
        self._blocks[event.index] = opened
        return opened.start()

    def _block_stop(self, data: bytes) -> Sequence[Event]:
        block = self._blocks.pop(_block_stop_decoder.decode(data).index, None)
        if block is None:
            return ()
        try:
            return block.stop()
        except UnexpectedAnswer as error:
            # Whether this is a fault is known only when the answer says why it stopped.
            self._bad_tool_input = error
            return ()

    def _message_start(self, data: bytes) -> Sequence[Event]:
        message = _start_decoder.decode(data).message
        self._usage = message.usage.over(Usage())
        started = MessageStarted(
            message_id=message.id,
            model=message.model,
            usage=self._usage,
            request_id=self._request_id,
            limits=self._limits,
        )
        return (started,)

    def _message_delta(self, data: bytes) -> Sequence[Event]:
        event = _message_delta_decoder.decode(data)
        self._usage = event.usage.over(self._usage)
        if event.delta.stop_reason is not None:
            self._change = event.delta
        return (UsageReported(usage=self._usage),)

    def _message_stop(self, data: bytes) -> Sequence[Event]:
        self._log_skipped()
        change = self._change
        if self._bad_tool_input is not None and change.stop_reason not in _CUT_SHORT:
            return (Failed(error=self._bad_tool_input),)
        details = change.stop_details or wire.StopDetails()
        reason = StopReason(
            reason=change.stop_reason or "unknown",
            sequence=change.stop_sequence,
            category=details.category,
            explanation=details.explanation,
        )
        return (Completed(stop_reason=reason, usage=self._usage),)

    def _ping(self, data: bytes) -> Sequence[Event]:
        return ()

    def _error(self, data: bytes) -> Sequence[Event]:
        return (Failed(error=error_from_event(_error_decoder.decode(data), request_id=self._request_id)),)

    def _skip(self, what: str) -> Sequence[Event]:
        self.skipped[what[:80]] += 1
        return ()

    def _log_skipped(self) -> None:
        if self.skipped:
            logger.info("Skipped what this version does not know: %r", dict(self.skipped))
