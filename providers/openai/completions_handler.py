"""From the chunks of the Chat Completions API to our events. No I/O; one handler for one answer.

Other servers of this wire vary it: reasoning comes as `reasoning_content` or `reasoning`, tool calls without ids or
with the same number, usage on any chunk, and the last line `[DONE]` may be missing. An answer whose reason for
stopping is known is complete without it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import msgspec

from providers.events import (
    Completed,
    Event,
    Failed,
    StopReason,
    TextDelta,
    ThinkingDelta,
    ToolInputDelta,
    ToolUseStarted,
    Usage,
    UsageReported,
)
from providers.limits import Limit
from providers.openai.errors import WireError, error_from_stream
from providers.openai.handler import AnswerState
from providers.openai.usage import split_usage
from providers.sse import ServerSentEvent

_DONE = b"[DONE]"
# Our words for the vendor's; others are told as they are.
_FINISH = {"length": "max_tokens", "content_filter": "refusal"}
_NATURAL = frozenset({"stop", "tool_calls", "function_call"})


class _Function(msgspec.Struct, frozen=True):
    name: str | None = None
    arguments: str | None = None


class _ToolCall(msgspec.Struct, frozen=True):
    index: int = 0
    id: str | None = None
    function: _Function = _Function()


class _Delta(msgspec.Struct, frozen=True, gc=False):
    content: str | None = None
    refusal: str | None = None
    reasoning_content: str | None = None
    reasoning: str | None = None
    tool_calls: list[_ToolCall] | None = None


class _Choice(msgspec.Struct, frozen=True, gc=False):
    delta: _Delta = _Delta()
    finish_reason: str | None = None


class _InputDetails(msgspec.Struct, frozen=True):
    cached_tokens: int | None = None
    cache_write_tokens: int | None = None


class _OutputDetails(msgspec.Struct, frozen=True):
    reasoning_tokens: int | None = None


class _Usage(msgspec.Struct, frozen=True):
    prompt_tokens: int = 0
    completion_tokens: int = 0
    prompt_tokens_details: _InputDetails | None = None
    completion_tokens_details: _OutputDetails | None = None

    def counted(self) -> Usage:
        prompt = self.prompt_tokens_details or _InputDetails()
        completion = self.completion_tokens_details or _OutputDetails()
        return split_usage(
            input_tokens=self.prompt_tokens,
            output_tokens=self.completion_tokens,
            cached=prompt.cached_tokens,
            written=prompt.cache_write_tokens,
            reasoning=completion.reasoning_tokens,
        )


class _Chunk(msgspec.Struct, frozen=True, gc=False):
    choices: list[_Choice] = []
    id: str = ""
    model: str = ""
    usage: _Usage | None = None
    error: WireError | str | None = None


_decode_chunk = msgspec.json.Decoder(_Chunk).decode  # bound once: it runs once per token


class _Call:
    """A tool call whose arguments still come in pieces."""

    def __init__(self, *, call_id: str, name: str) -> None:
        self.id = call_id
        self.name = name
        self.pieces: list[str] = []


class CompletionsHandler:
    """`request_id` and `limits` come from the answer's headers."""

    def __init__(self, *, request_id: str | None = None, limits: tuple[Limit, ...] = ()) -> None:
        self._state = AnswerState(request_id=request_id, limits=limits)
        self._calls: list[_Call] = []
        self._open: dict[int, int] = {}  # the server's number of a call → its place in `_calls`
        self._finish_reason: str | None = None
        self._has_started = False

    @property
    def skipped(self) -> Counter[str]:
        """What was not known, by name."""
        return self._state.skipped

    def handle(self, event: ServerSentEvent) -> Sequence[Event]:
        """Our events for this one. Raises `UnexpectedAnswer` if its data is not as documented."""
        if event.data == _DONE:
            return self._done()
        if event.name not in {"message", "error"}:
            return self._state.skip(f"event {event.name}")
        try:
            chunk = _decode_chunk(event.data)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise self._state.unreadable("chunk") from error
        if chunk.error is not None:
            return self._error(chunk.error)
        if not self._has_started:
            return [self._start(chunk), *self._chunk(chunk)]
        # The usual case, once per token, without the detours below.
        if len(chunk.choices) == 1 and chunk.usage is None:
            return self._choice(chunk.choices[0])
        return self._chunk(chunk)

    def finish(self) -> Completed | Failed:
        """The body ended without `[DONE]`."""
        if self._finish_reason is None:
            return self._state.cut_off()
        return self._end()

    def _start(self, chunk: _Chunk) -> Event:
        self._has_started = True
        return self._state.start(message_id=chunk.id, model=chunk.model)

    def _chunk(self, chunk: _Chunk) -> list[Event]:
        events = [event for choice in chunk.choices[:1] for event in self._choice(choice)]
        if chunk.usage is not None:
            self._state.usage = chunk.usage.counted()
            events.append(UsageReported(usage=self._state.usage))
        return events

    def _choice(self, choice: _Choice) -> Sequence[Event]:
        delta = choice.delta
        if delta.content and choice.finish_reason is None and not delta.tool_calls:
            return (TextDelta(text=delta.content, index=self._state.number("text")),)
        events = list(self._delta(delta))
        if choice.finish_reason is not None:
            self._finish_reason = choice.finish_reason
            events += self._close_calls()
        return events

    def _delta(self, delta: _Delta) -> Iterable[Event]:
        thinking = delta.reasoning_content or delta.reasoning
        if thinking:
            yield ThinkingDelta(text=thinking, index=self._state.number("thinking"))
        if delta.refusal:
            self._state.refusal.append(delta.refusal)
        for text in filter(None, (delta.content, delta.refusal)):
            yield TextDelta(text=text, index=self._state.number("text"))
        for call in delta.tool_calls or ():
            yield from self._tool_call(call)

    def _tool_call(self, piece: _ToolCall) -> Iterable[Event]:
        place = self._open.get(piece.index)
        is_new = place is None or (piece.id and piece.id != self._calls[place].id)
        if is_new or place is None:
            place = self._open[piece.index] = len(self._calls)
            call_id = piece.id or f"call_{place}"
            self._calls.append(_Call(call_id=call_id, name=piece.function.name or ""))
            self._state.has_tool_use = True
            index = self._state.number(("call", place))
            yield ToolUseStarted(id=call_id, name=self._calls[place].name, index=index)
        if piece.function.arguments:
            self._calls[place].pieces.append(piece.function.arguments)
            index = self._state.number(("call", place))
            yield ToolInputDelta(partial_json=piece.function.arguments, index=index)

    def _close_calls(self) -> Iterable[Event]:
        calls, self._calls, self._open = self._calls, [], {}
        for place, call in enumerate(calls):
            text = "".join(call.pieces)
            yield from self._state.tool_use(("call", place), call_id=call.id, name=call.name, arguments=text)

    def _done(self) -> Sequence[Event]:
        if self._finish_reason is None:
            return (self._state.cut_off(),)
        return (self._end(),)

    def _end(self) -> Completed | Failed:
        word = self._finish_reason or ""
        if word in _NATURAL:
            return self._state.end(self._state.natural_end())
        category = word if word == "content_filter" else None
        return self._state.end(StopReason(reason=_FINISH.get(word, word), category=category))

    def _error(self, error: WireError | str) -> Sequence[Event]:
        told = WireError(message=error) if isinstance(error, str) else error
        return (Failed(error=error_from_stream(told, request_id=self._state.request_id)),)
