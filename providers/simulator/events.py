"""A reply as the events of Anthropic's stream, in the vendor's order and with its names.

message_start, ping, then per block content_block_start, deltas, content_block_stop; last message_delta
with cumulative usage and message_stop. https://platform.claude.com/docs/en/api/messages-streaming
"""

from __future__ import annotations

from collections.abc import Iterator

from providers.messages import JsonObject
from providers.simulator.compose import Reply, input_json, message_body, pieces
from providers.simulator.failures import AnswerError, error_body
from providers.simulator.prompt import count_text
from providers.simulator.stream import Dialect, StreamEvent

PING = StreamEvent({"type": "ping"})
# Newer than any client: names and shapes that the vendor reserves the right to add.
UNKNOWN = (
    StreamEvent({"type": "weather_report", "index": 0, "report": {"sky": "clear"}}),
    StreamEvent(
        {"type": "content_block_delta", "index": 0, "delta": {"type": "scent_delta", "scent": "rose"}}
    ),
)


def stream_events(reply: Reply, *, chunk: int, unknown: bool = False) -> Iterator[StreamEvent]:
    """All events of a reply, with `chunk` tokens per delta; `unknown` mixes in some of no known type."""
    yield StreamEvent({"type": "message_start", "message": _opening(reply)})
    yield PING
    for index, block in enumerate(reply.blocks):
        yield StreamEvent({"type": "content_block_start", "index": index, "content_block": _empty(block)})
        if unknown:
            yield from UNKNOWN
        for delta, tokens in _deltas(block, chunk):
            yield StreamEvent({"type": "content_block_delta", "index": index, "delta": delta}, tokens)
        yield StreamEvent({"type": "content_block_stop", "index": index})
    ending = {
        "stop_reason": reply.stop_reason,
        "stop_sequence": reply.stop_sequence,
        "stop_details": reply.stop_details,
    }
    yield StreamEvent({"type": "message_delta", "delta": ending, "usage": _closing_usage(reply.usage)})
    yield StreamEvent({"type": "message_stop"})


def _opening(reply: Reply) -> JsonObject:
    usage = {**reply.usage, "output_tokens": 1}
    del usage["output_tokens_details"], usage["server_tool_use"]
    opening: JsonObject = {
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "stop_details": None,
        "usage": usage,
    }
    return {**message_body(reply), **opening}


def _closing_usage(usage: JsonObject) -> JsonObject:
    left_out = ("cache_creation", "service_tier")
    return {name: value for name, value in usage.items() if name not in left_out and value is not None}


def _empty(block: JsonObject) -> JsonObject:
    """The block as its start event shows it: without what the deltas will bring."""
    match block["type"]:
        case "text":
            return {"type": "text", "text": "", **({"citations": []} if "citations" in block else {})}
        case "thinking":
            return {"type": "thinking", "thinking": "", "signature": ""}
        case "tool_use" | "server_tool_use":
            return {**block, "input": {}}
        case _:
            return block


def _deltas(block: JsonObject, chunk: int) -> Iterator[tuple[JsonObject, int]]:
    match block["type"]:
        case "text":
            for citation in block.get("citations", ()):
                yield {"type": "citations_delta", "citation": citation}, 0
            for piece in pieces(block["text"], chunk):
                yield {"type": "text_delta", "text": piece}, count_text(piece)
        case "thinking":
            for piece in pieces(block["thinking"], chunk):
                yield {"type": "thinking_delta", "thinking": piece}, count_text(piece)
            yield {"type": "signature_delta", "signature": block["signature"]}, 0
        case "tool_use" | "server_tool_use":
            yield {"type": "input_json_delta", "partial_json": ""}, 0
            for piece in pieces(input_json(block), chunk):
                yield {"type": "input_json_delta", "partial_json": piece}, count_text(piece)
        case _:
            return


def _error_event(failure: AnswerError, request_id: str) -> StreamEvent:
    return StreamEvent(error_body(failure, request_id))


def _text_delta(text: str) -> StreamEvent:
    delta = {"type": "text_delta", "text": text}
    return StreamEvent({"type": "content_block_delta", "index": 0, "delta": delta})


DIALECT = Dialect(
    events=lambda reply, chunk, unknown: stream_events(reply, chunk=chunk, unknown=unknown),
    error=_error_event,
    text_delta=_text_delta,
    ping=PING.encode(),
)
