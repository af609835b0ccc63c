"""A reply in the form of the Chat Completions API: as one object, and as the chunks of its stream.

Shapes: the types of the vendor's Python SDK 3.54. Reasoning comes as `reasoning_content`, which other servers of
this wire send and the vendor does not. Search is left out: this API has none.
"""

from __future__ import annotations

from collections.abc import Iterator

from providers.messages import JsonObject
from providers.simulator.compose import Reply, input_json, pieces
from providers.simulator.failures import AnswerError
from providers.simulator.openai.failures import error_object
from providers.simulator.openai.replies import counters, now, text_blocks
from providers.simulator.prompt import count_text
from providers.simulator.stream import Dialect, StreamEvent

_FINISH = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "refusal": "stop",
    "max_tokens": "length",
    "tool_use": "tool_calls",
    "content_filter": "content_filter",
}
_DONE = StreamEvent("[DONE]")


def completion_object(reply: Reply) -> JsonObject:
    """The whole answer."""
    message: JsonObject = {"role": "assistant", "content": None, "refusal": None}
    if texts := text_blocks(reply):
        message[_text_field(reply)] = "\n\n".join(block["text"] for block in texts)
    if calls := _calls(reply):
        message["tool_calls"] = calls
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": _finish(reply)}
    return {**_head(reply, "chat.completion"), "choices": [choice], "usage": _usage(reply)}


def make_dialect(*, with_usage: bool) -> Dialect:
    """How it streams; usage comes only for those who ask for it."""

    def stream_events(reply: Reply, chunk: int, unknown: bool) -> Iterator[StreamEvent]:
        yield _chunk(reply, {"role": "assistant", "content": "", "refusal": None})
        for block in reply.blocks:
            if unknown:
                yield _chunk(reply, {"scent": "rose"})
            yield from _deltas(reply, block, chunk)
        yield _chunk(reply, {}, finish_reason=_finish(reply))
        if with_usage:
            data = {**_head(reply, "chat.completion.chunk"), "choices": [], "usage": _usage(reply)}
            yield StreamEvent(data, is_named=False)
        yield _DONE

    return Dialect(
        events=stream_events, error=_error_event, text_delta=_text_delta, ping=b": still there\n\n"
    )


def _deltas(reply: Reply, block: JsonObject, chunk: int) -> Iterator[StreamEvent]:
    match block["type"]:
        case "thinking":
            for piece in pieces(block["thinking"], chunk):
                yield _chunk(reply, {"reasoning_content": piece}, tokens=count_text(piece))
        case "text":
            for piece in pieces(block["text"], chunk):
                yield _chunk(reply, {_text_field(reply): piece}, tokens=count_text(piece))
        case "tool_use":
            [call] = [{"index": 0, **call} for call in _calls(reply) if call["id"] == block["id"]]
            function = {**call["function"], "arguments": ""}
            yield _chunk(reply, {"tool_calls": [{**call, "function": function}]})
            for piece in pieces(input_json(block), chunk):
                more = {"index": 0, "function": {"arguments": piece}}
                yield _chunk(reply, {"tool_calls": [more]}, tokens=count_text(piece))
        case _:
            return


def _chunk(
    reply: Reply, delta: JsonObject, *, tokens: int = 0, finish_reason: str | None = None
) -> StreamEvent:
    choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish_reason}
    data = {**_head(reply, "chat.completion.chunk"), "choices": [choice], "usage": None}
    return StreamEvent(data, tokens, is_named=False)


def _head(reply: Reply, kind: str) -> JsonObject:
    return {"id": reply.id, "object": kind, "created": now(), "model": reply.model}


def _calls(reply: Reply) -> list[JsonObject]:
    return [
        {
            "id": block["id"],
            "type": "function",
            "function": {"name": block["name"], "arguments": input_json(block)},
        }
        for block in reply.blocks
        if block["type"] == "tool_use"
    ]


def _text_field(reply: Reply) -> str:
    return "refusal" if reply.stop_reason == "refusal" else "content"


def _finish(reply: Reply) -> str:
    return _FINISH.get(reply.stop_reason, reply.stop_reason)


def _usage(reply: Reply) -> JsonObject:
    tokens = counters(reply)
    return {
        "prompt_tokens": tokens.input,
        "completion_tokens": tokens.output,
        "total_tokens": tokens.input + tokens.output,
        "prompt_tokens_details": {"cached_tokens": tokens.cached, "cache_write_tokens": tokens.written},
        "completion_tokens_details": {"reasoning_tokens": tokens.reasoning},
    }


def _error_event(failure: AnswerError, request_id: str) -> StreamEvent:
    return StreamEvent({"error": error_object(failure)}, is_named=False)


def _text_delta(text: str) -> StreamEvent:
    delta = {"index": 0, "delta": {"content": text}, "finish_reason": None}
    return StreamEvent({"id": "cut", "choices": [delta]}, is_named=False)
