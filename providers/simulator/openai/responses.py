"""A reply in the form of the Responses API: as one object, and as the events of its stream.

Item and event shapes: the types of the vendor's Python SDK 3.54. Every event has a `sequence_number`.
"""

from __future__ import annotations

from collections.abc import Iterator

from providers.messages import JsonObject
from providers.simulator.compose import Reply, input_json, pieces
from providers.simulator.failures import AnswerError
from providers.simulator.openai.failures import error_object
from providers.simulator.openai.replies import counters, now
from providers.simulator.prompt import count_text
from providers.simulator.stream import Dialect, StreamEvent

_INCOMPLETE = {"max_tokens": "max_output_tokens", "content_filter": "content_filter"}
# Newer than any client: names and shapes that the vendor may add.
_UNKNOWN = (
    StreamEvent({"type": "response.weather.reported", "sequence_number": 0, "sky": "clear"}),
    StreamEvent({
        "type": "response.output_item.done", "sequence_number": 0, "output_index": 99,
        "item": {"id": "wx_1", "type": "weather_call", "status": "completed"},
    }),
)  # fmt: skip


def response_object(reply: Reply, *, status: str = "") -> JsonObject:
    """The whole response; `status` overrides the one that it ends with."""
    ended = status or _ended(reply)
    is_over = ended != "in_progress"
    reason = _INCOMPLETE.get(reply.stop_reason) if ended == "incomplete" else None
    error = {"code": "server_error", "message": "Simulated: the model failed."}
    return {
        "id": reply.id,
        "object": "response",
        "created_at": now(),
        "status": ended,
        "model": reply.model,
        "output": _items(reply) if is_over else [],
        "usage": _usage(reply) if is_over else None,
        "error": error if ended == "failed" else None,
        "incomplete_details": {"reason": reason} if reason else None,
        "instructions": None,
        "metadata": {},
        "parallel_tool_calls": True,
        "temperature": 1.0,
        "top_p": 1.0,
        "tool_choice": "auto",
        "tools": [],
    }


def stream_events(reply: Reply, chunk: int, unknown: bool) -> Iterator[StreamEvent]:
    """All events, numbered; `unknown` mixes in some of no known type."""
    for number, event in enumerate(_events(reply, chunk, unknown)):
        assert isinstance(event.data, dict)
        yield StreamEvent({**event.data, "sequence_number": number}, event.tokens)


def _events(reply: Reply, chunk: int, unknown: bool) -> Iterator[StreamEvent]:
    opening = response_object(reply, status="in_progress")
    yield StreamEvent({"type": "response.created", "response": opening})
    yield StreamEvent({"type": "response.in_progress", "response": opening})
    for index, item in enumerate(_items(reply)):
        if unknown:
            yield from _UNKNOWN
        yield _at(index, "response.output_item.added", item=_begun(item))
        yield from _inside(index, item, chunk)
        yield _at(index, "response.output_item.done", item=item)
    ended = response_object(reply)
    yield StreamEvent({"type": f"response.{ended['status']}", "response": ended})


def _ended(reply: Reply) -> str:
    if reply.stop_reason == "failed":
        return "failed"
    return "incomplete" if reply.stop_reason in _INCOMPLETE else "completed"


def _usage(reply: Reply) -> JsonObject:
    tokens = counters(reply)
    return {
        "input_tokens": tokens.input,
        "input_tokens_details": {"cached_tokens": tokens.cached, "cache_write_tokens": tokens.written},
        "output_tokens": tokens.output,
        "output_tokens_details": {"reasoning_tokens": tokens.reasoning},
        "total_tokens": tokens.input + tokens.output,
    }


def _items(reply: Reply) -> list[JsonObject]:
    items = (_item(block, f"{reply.id}_{place}", reply) for place, block in enumerate(reply.blocks))
    return [item for item in items if item is not None]


def _item(block: JsonObject, number: str, reply: Reply) -> JsonObject | None:
    match block["type"]:
        case "thinking":
            return {
                "id": f"rs_{number}",
                "type": "reasoning",
                "summary": [{"type": "summary_text", "text": block["thinking"]}],
                "encrypted_content": block["signature"],
            }
        case "tool_use":
            return {
                "id": f"fc_{number}",
                "type": "function_call",
                "status": "completed",
                "call_id": block["id"],
                "name": block["name"],
                "arguments": input_json(block),
            }
        case "server_tool_use":
            action = {"type": "search", **block["input"]}
            return {"id": f"ws_{number}", "type": "web_search_call", "status": "completed", "action": action}
        case "text":
            part = _refusal_part(block) if reply.stop_reason == "refusal" else _text_part(block)
            return {
                "id": f"msg_{number}",
                "type": "message",
                "role": "assistant",
                "status": "completed",
                "content": [part],
            }
        case _:
            return None  # results of a search stay with this vendor


def _text_part(block: JsonObject) -> JsonObject:
    annotations = [
        {
            "type": "url_citation",
            "url": found["url"],
            "title": found["title"],
            "start_index": 0,
            "end_index": 0,
        }
        for found in block.get("citations", ())
    ]
    return {"type": "output_text", "text": block["text"], "annotations": annotations, "logprobs": []}


def _refusal_part(block: JsonObject) -> JsonObject:
    return {"type": "refusal", "refusal": block["text"]}


def _begun(item: JsonObject) -> JsonObject:
    """The item as its first event shows it: without what the deltas will bring."""
    empty = {"summary": [], "content": [], "arguments": "", "status": "in_progress", "encrypted_content": ""}
    return item | {name: value for name, value in empty.items() if name in item}


def _inside(index: int, item: JsonObject, chunk: int) -> Iterator[StreamEvent]:
    match item["type"]:
        case "message":
            yield from _content(index, item, chunk)
        case "reasoning":
            yield from _summary(index, item, chunk)
        case "function_call":
            kind = "response.function_call_arguments"
            yield from _deltas(index, kind, item["arguments"], chunk, item_id=item["id"])
            yield _at(index, f"{kind}.done", item_id=item["id"], arguments=item["arguments"])
        case _:
            for step in ("in_progress", "searching", "completed"):
                yield _at(index, f"response.web_search_call.{step}", item_id=item["id"])


def _content(index: int, item: JsonObject, chunk: int) -> Iterator[StreamEvent]:
    [part] = item["content"]
    field = "refusal" if part["type"] == "refusal" else "text"
    kind = "response.refusal" if field == "refusal" else "response.output_text"
    place: JsonObject = {"item_id": item["id"], "content_index": 0}
    more: JsonObject = {} if field == "refusal" else {"logprobs": []}
    begun = part | ({field: ""} if field == "refusal" else {field: "", "annotations": []})
    yield _at(index, "response.content_part.added", part=begun, **place)
    yield from _deltas(index, kind, part[field], chunk, **place, **more)
    for number, annotation in enumerate(part.get("annotations", ())):
        yield _at(index, f"{kind}.annotation.added", annotation_index=number, annotation=annotation, **place)
    yield _at(index, f"{kind}.done", **{field: part[field]}, **place, **more)
    yield _at(index, "response.content_part.done", part=part, **place)


def _summary(index: int, item: JsonObject, chunk: int) -> Iterator[StreamEvent]:
    [part] = item["summary"]
    place = {"item_id": item["id"], "summary_index": 0}
    yield _at(index, "response.reasoning_summary_part.added", part={**part, "text": ""}, **place)
    kind = "response.reasoning_summary_text"
    yield from _deltas(index, kind, part["text"], chunk, **place)
    yield _at(index, f"{kind}.done", text=part["text"], **place)
    yield _at(index, "response.reasoning_summary_part.done", part=part, **place)


def _deltas(index: int, kind: str, text: str, chunk: int, **place: object) -> Iterator[StreamEvent]:
    for piece in pieces(text, chunk):
        event = _at(index, f"{kind}.delta", delta=piece, **place)
        yield StreamEvent(event.data, count_text(piece))


def _at(index: int, kind: str, **fields: object) -> StreamEvent:
    return StreamEvent({"type": kind, "output_index": index, **fields})


def _error_event(failure: AnswerError, request_id: str) -> StreamEvent:
    error = error_object(failure)
    fields = {"code": error["code"], "message": error["message"], "param": None, "sequence_number": 0}
    return StreamEvent({"type": "error", **fields})


def _text_delta(text: str) -> StreamEvent:
    return _at(0, "response.output_text.delta", delta=text, item_id="msg", content_index=0)


DIALECT = Dialect(events=stream_events, error=_error_event, text_delta=_text_delta, ping=b": still there\n\n")
