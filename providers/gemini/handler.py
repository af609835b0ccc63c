"""From Gemini's server-sent events to ours. No I/O; one handler for one answer.

Gemini numbers no blocks: a part continues the block before it if it is text of the same kind, else it begins one.
It has no last event either: the answer is over when the body ends after an event that said why the model stopped.
Parts that are not known are skipped and counted, because the vendor adds new ones without notice.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Sequence
from uuid import uuid4

import msgspec

from providers.errors import StreamCutOff, UnexpectedAnswer
from providers.events import (
    BlockReceived,
    CitationReceived,
    Completed,
    Event,
    Failed,
    MessageStarted,
    TextDelta,
    ThinkingDelta,
    ThinkingSigned,
    ToolInputDelta,
    ToolUseReady,
    ToolUseStarted,
    UsageReported,
)
from providers.gemini import wire
from providers.gemini.endings import answer_ended, prompt_blocked
from providers.gemini.errors import error_from_event
from providers.gemini.shown import shown, source_of
from providers.messages import JsonObject
from providers.sse import ServerSentEvent

logger = logging.getLogger(__name__)

# Google sends ids with newer models only; ours tell from theirs by this, so that they are not sent back.
OWN_CALL_ID = "gemini-call-"
_TEXT, _THINKING, _CLOSED = "text", "thinking", ""

_decode_first = msgspec.json.Decoder(wire.FirstResponse).decode
_decode = msgspec.json.Decoder(wire.Response).decode  # bound once: it runs once per event


class GeminiHandler:
    """Holds what one answer needs between events: the open block, counters, why it stopped.

    `provider` names who understands opaque blocks; `request_id` comes from the answer's headers.
    `skipped` counts what was not known, by name.
    """

    def __init__(self, *, provider: str, request_id: str | None = None) -> None:
        self.skipped: Counter[str] = Counter()
        self._provider = provider
        self._request_id = request_id
        self._message_id = ""
        self._has_started = False
        self._index = -1
        self._kind = _CLOSED
        self._text_index: int | None = None
        self._sources: list[JsonObject] = []
        self._calls = 0
        self._usage = wire.WireUsage()
        self._stopped: wire.Candidate | None = None
        self._blocked: wire.PromptFeedback | None = None

    def handle(self, event: ServerSentEvent) -> Sequence[Event]:
        """Our events for this one. Raises `UnexpectedAnswer` if its data is not as documented."""
        if event.name != "message":
            return self._skip(f"event {event.name}")
        events: list[Event] = []
        try:
            response = _decode(event.data) if self._has_started else self._begin(event.data, events)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise UnexpectedAnswer(
                "The provider sent an event that cannot be read, so the answer stops here.",
                request_id=self._request_id,
            ) from error
        if response.error is not None:
            return (Failed(error=error_from_event(response.error, request_id=self._request_id)),)
        if response.usage_metadata is not None:
            self._usage = response.usage_metadata
        for candidate in response.candidates:
            if candidate.index == 0:
                self._take(candidate, events)
        if response.prompt_feedback is not None and response.prompt_feedback.block_reason:
            self._blocked = response.prompt_feedback
        return events

    def finish(self) -> Completed | Failed:
        """The body ended: well, if an event said why the model stopped."""
        if self.skipped:
            logger.info("Skipped what this version does not know: %r", dict(self.skipped))
        usage = self._usage.counted()
        if self._blocked is not None:
            feedback = self._blocked
            return prompt_blocked(
                feedback.block_reason or "", feedback.block_reason_message or "", usage=usage
            )
        if self._stopped is not None:
            return answer_ended(
                self._stopped.finish_reason or "",
                self._stopped.finish_message or "",
                has_tool_calls=self._calls > 0,
                usage=usage,
                request_id=self._request_id,
            )
        return Failed(
            error=StreamCutOff(
                "The answer ended too early: the connection was closed before it said why.",
                request_id=self._request_id,
            )
        )

    def _begin(self, data: bytes, events: list[Event]) -> wire.Response:
        response = _decode_first(data)
        if response.error is not None:
            return response
        self._has_started = True
        self._message_id = response.response_id
        # Google's support knows a request by the id of its response; there is no header with one.
        self._request_id = self._request_id or response.response_id or None
        started = MessageStarted(
            message_id=response.response_id,
            model=response.model_version,
            usage=(response.usage_metadata or self._usage).counted(),
            request_id=self._request_id,
        )
        events.append(started)
        return response

    def _take(self, candidate: wire.Candidate, events: list[Event]) -> None:
        if candidate.content is not None:
            for part in candidate.content.parts:
                if part.text is not None:
                    self._add_text(part, part.text, events)
                elif part.function_call is not None:
                    self._add_call(part, part.function_call, events)
                else:
                    self._add_whole(part, events)
        if candidate.citation_metadata is not None or candidate.grounding_metadata is not None:
            self._cite(candidate, events)
        if candidate.finish_reason:
            self._stopped = candidate
            events.append(UsageReported(usage=self._usage.counted()))

    def _add_text(self, part: wire.Part, text: str, events: list[Event]) -> None:
        kind = _THINKING if part.thought else _TEXT
        if text:
            if kind != self._kind:
                self._open(kind)
            delta = ThinkingDelta if part.thought else TextDelta
            events.append(delta(text=text, index=self._index))
        if part.thought_signature:
            if not (part.thought and text):
                self._open(_CLOSED)
            events.append(ThinkingSigned(signature=part.thought_signature, index=self._index))
            self._kind = _CLOSED  # what follows must not be merged with what was signed

    def _add_call(self, part: wire.Part, call: wire.FunctionCall, events: list[Event]) -> None:
        self._sign_next(part, events)
        self._open(_CLOSED)
        self._calls += 1
        call_id = call.id or f"{OWN_CALL_ID}{self._message_id or uuid4().hex}-{self._calls}"
        arguments, index = call.args or {}, self._index
        events.append(ToolUseStarted(id=call_id, name=call.name, index=index))
        text = msgspec.json.encode(arguments).decode()
        events.append(ToolInputDelta(partial_json=text, index=index))
        events.append(ToolUseReady(id=call_id, name=call.name, input=arguments, index=index))

    def _add_whole(self, part: wire.Part, events: list[Event]) -> None:
        name = next((name for name in wire.WHOLE_PARTS if getattr(part, name) is not None), None)
        if name is None:
            if part.thought_signature:
                self._sign_next(part, events)
            else:
                self._skip("part")
            return
        self._open(_CLOSED)
        block = {"type": name, "part": msgspec.to_builtins(part)}
        events.append(
            BlockReceived(block=block, index=self._index, provider=self._provider, shown=shown(block))
        )

    def _sign_next(self, part: wire.Part, events: list[Event]) -> None:
        """A signature of a part that has no room for one travels in front of it, as reasoning without text."""
        if part.thought_signature:
            self._open(_CLOSED)
            events.append(ThinkingSigned(signature=part.thought_signature, index=self._index))

    def _cite(self, candidate: wire.Candidate, events: list[Event]) -> None:
        """The sources of the text so far; lists repeat what earlier events had."""
        if self._text_index is None:
            return
        cited = candidate.citation_metadata or wire.CitationMetadata()
        grounded = candidate.grounding_metadata or wire.GroundingMetadata()
        for source in (*cited.citation_sources, *grounded.grounding_chunks):
            if source not in self._sources:
                self._sources.append(source)
                events.append(
                    CitationReceived(citation=source, index=self._text_index, source=source_of(source))
                )

    def _open(self, kind: str) -> None:
        self._index += 1
        self._kind = kind
        if kind == _TEXT:
            self._text_index = self._index

    def _skip(self, what: str) -> Sequence[Event]:
        self.skipped[what[:80]] += 1
        return ()
