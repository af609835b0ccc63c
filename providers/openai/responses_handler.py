"""From the server-sent events of the Responses API to ours. No I/O; one handler for one answer.

Events, items and reasons that are not known are skipped and counted, because the vendor adds new ones without
notice; known ones that do not have their documented shape end the answer.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

import msgspec

from providers.events import (
    BlockReceived,
    CitationReceived,
    Event,
    Failed,
    StopReason,
    TextDelta,
    ThinkingDelta,
    ToolInputDelta,
    ToolUseStarted,
    UsageReported,
)
from providers.limits import Limit
from providers.openai import responses_wire as wire
from providers.openai.errors import WireError, error_from_stream
from providers.openai.handler import AnswerState
from providers.openai.shown import shown, source_of
from providers.sse import ServerSentEvent
from providers.tool_input import json_object

_decode_delta = msgspec.json.Decoder(wire.PartDelta).decode  # bound once: it runs once per token
_response_decoder = msgspec.json.Decoder(wire.ResponseEvent)
_item_event_decoder = msgspec.json.Decoder(wire.ItemEvent)
_item_decoder = msgspec.json.Decoder(wire.Item)
_annotation_decoder = msgspec.json.Decoder(wire.Annotated)
_error_decoder = msgspec.json.Decoder(wire.ErrorEvent)
_typed_decoder = msgspec.json.Decoder(wire.Typed)

# Our words for what the vendor calls incomplete; others are told as they are.
_INCOMPLETE = {"max_output_tokens": "max_tokens", "content_filter": "refusal"}


class ResponsesHandler:
    """`provider` names who understands opaque blocks; `request_id` and `limits` come from the answer's headers.

    `keeps_reasoning` tells encrypted reasoning, which must go back with the results of tools and never else.
    """

    def __init__(
        self,
        *,
        provider: str,
        request_id: str | None = None,
        limits: tuple[Limit, ...] = (),
        keeps_reasoning: bool = False,
    ) -> None:
        self._provider = provider
        self._keeps_reasoning = keeps_reasoning
        self._state = AnswerState(request_id=request_id, limits=limits)
        self._table: dict[str, Callable[[bytes], Sequence[Event]]] = {
            "response.output_text.delta": self._text_delta,
            "response.created": self._created,
            "response.refusal.delta": self._refusal_delta,
            "response.reasoning_summary_text.delta": self._summary_delta,
            "response.reasoning_text.delta": self._reasoning_delta,
            "response.function_call_arguments.delta": self._arguments_delta,
            "response.output_text.annotation.added": self._annotation,
            "response.output_item.added": self._item_added,
            "response.output_item.done": self._item_done,
            "response.completed": self._completed,
            "response.incomplete": self._incomplete,
            "response.failed": self._failed,
            "error": self._error,
        }

    @property
    def skipped(self) -> Counter[str]:
        """What was not known, by name."""
        return self._state.skipped

    def handle(self, event: ServerSentEvent) -> Sequence[Event]:
        """Our events for this one. Raises `UnexpectedAnswer` if its data is not as documented."""
        name = event.name
        try:
            if name == "message":  # servers that leave the event line out
                name = self._name_in(event.data)
            act = self._table.get(name)
            if act is None:
                return () if name in wire.SILENT_EVENTS else self._state.skip(f"event {name}")
            return act(event.data)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise self._state.unreadable(name) from error

    def finish(self) -> Failed:
        """The body ended without a terminal event."""
        return self._state.cut_off()

    def _name_in(self, data: bytes) -> str:
        # The other wire's last line, which some servers send here too; it says nothing about this answer.
        return "keepalive" if data == b"[DONE]" else _typed_decoder.decode(data).type

    def _text_delta(self, data: bytes) -> Sequence[Event]:
        part = _decode_delta(data)
        if not part.delta:
            return ()
        index = self._state.number((part.output_index, part.content_index))
        return (TextDelta(text=part.delta, index=index),)

    def _refusal_delta(self, data: bytes) -> Sequence[Event]:
        self._state.refusal.append(_decode_delta(data).delta)
        return self._text_delta(data)

    def _summary_delta(self, data: bytes) -> Sequence[Event]:
        part = _decode_delta(data)
        return self._thinking(part.delta, ("summary", part.output_index, part.summary_index))

    def _reasoning_delta(self, data: bytes) -> Sequence[Event]:
        part = _decode_delta(data)
        return self._thinking(part.delta, ("reasoning", part.output_index, part.content_index))

    def _thinking(self, text: str, key: tuple[str, int, int]) -> Sequence[Event]:
        return (ThinkingDelta(text=text, index=self._state.number(key)),) if text else ()

    def _arguments_delta(self, data: bytes) -> Sequence[Event]:
        part = _decode_delta(data)
        if not part.delta:
            return ()
        index = self._state.number(("item", part.output_index))
        return (ToolInputDelta(partial_json=part.delta, index=index),)

    def _annotation(self, data: bytes) -> Sequence[Event]:
        event = _annotation_decoder.decode(data)
        index = self._state.number((event.output_index, event.content_index))
        source = source_of(event.annotation)
        return (CitationReceived(citation=event.annotation, index=index, source=source),)

    def _item_added(self, data: bytes) -> Sequence[Event]:
        event = _item_event_decoder.decode(data)
        item = _item_decoder.decode(event.item)
        if item.type != "function_call":
            return ()
        self._state.has_tool_use = True
        index = self._state.number(("item", event.output_index))
        return (ToolUseStarted(id=item.call_id, name=item.name, index=index),)

    def _item_done(self, data: bytes) -> Sequence[Event]:
        event = _item_event_decoder.decode(data)
        item = _item_decoder.decode(event.item)
        key = ("item", event.output_index)
        if item.type == "function_call":
            self._state.has_tool_use = True
            return self._state.tool_use(key, call_id=item.call_id, name=item.name, arguments=item.arguments)
        is_kept = item.type == "reasoning" and self._keeps_reasoning and item.encrypted_content
        if is_kept or item.type in wire.WHOLE_ITEMS:
            block = json_object(event.item)
            index = self._state.number(key)
            return (BlockReceived(block=block, index=index, provider=self._provider, shown=shown(block)),)
        return () if item.type in {"message", "reasoning"} else self._state.skip(f"item {item.type}")

    def _created(self, data: bytes) -> Sequence[Event]:
        response = _response_decoder.decode(data).response
        return (self._state.start(message_id=response.id, model=response.model),)

    def _completed(self, data: bytes) -> Sequence[Event]:
        usage = self._count(_response_decoder.decode(data).response)
        return (usage, self._state.end(self._state.natural_end()))

    def _incomplete(self, data: bytes) -> Sequence[Event]:
        response = _response_decoder.decode(data).response
        details = response.incomplete_details or wire.IncompleteDetails()
        word = details.reason or "incomplete"
        reason = StopReason(
            reason=_INCOMPLETE.get(word, word), category=word if word == "content_filter" else None
        )
        return (self._count(response), self._state.end(reason))

    def _failed(self, data: bytes) -> Sequence[Event]:
        response = _response_decoder.decode(data).response
        return (self._count(response), self._failure(response.error or WireError()))

    def _error(self, data: bytes) -> Sequence[Event]:
        return (self._failure(_error_decoder.decode(data).told()),)

    def _failure(self, error: WireError) -> Failed:
        return Failed(error=error_from_stream(error, request_id=self._state.request_id))

    def _count(self, response: wire.Response) -> UsageReported:
        self._state.usage = response.counted()
        return UsageReported(usage=self._state.usage)
