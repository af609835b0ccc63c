"""A reply as Gemini's answer, whole or as the events of a stream.

Every event is a whole GenerateContentResponse with the next piece in it and the totals so far; the last one says
why the model stopped. There are no names, no pings and no last line. Google ends lines with CRLF.
https://ai.google.dev/api/generate-content
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec

from providers.messages import JsonObject
from providers.simulator.compose import Reply, pieces
from providers.simulator.failures import AnswerError
from providers.simulator.gemini.failures import refuse
from providers.simulator.prompt import count_text
from providers.simulator.stream import Dialect, StreamEvent

BLOCKED_PROMPT = "blocked_prompt"
_REASONS: Mapping[str, str] = {
    "end_turn": "STOP",
    "stop_sequence": "STOP",
    "tool_use": "STOP",
    "max_tokens": "MAX_TOKENS",
    "refusal": "SAFETY",
    "pause_turn": "CONTINUATION",
}


class GoogleEvent(StreamEvent, frozen=True):
    """An event with Google's line ends."""

    def encode(self) -> bytes:
        """The event in text/event-stream form."""
        return b"data: %b\r\n\r\n" % msgspec.json.encode(self.data)


# Newer than any client: an event with a name, a part of no known kind, and a field beside it.
UNKNOWN = (
    StreamEvent({"type": "weather_report", "report": {"sky": "clear"}}),
    GoogleEvent({"candidates": [{"content": {"role": "model", "parts": [{"scent": "rose"}]}, "index": 0}]}),
    GoogleEvent({"weatherReport": {"sky": "clear"}}),
)


def stream_events(reply: Reply, *, chunk: int, unknown: bool = False) -> Iterator[StreamEvent]:
    """All events of a reply, with `chunk` tokens per event; `unknown` mixes in some of no known kind."""
    if reply.stop_reason == BLOCKED_PROMPT:
        yield GoogleEvent(_blocked(reply))
        return
    shown = 0
    signature = ""
    for block in reply.blocks:
        for part, tokens in _parts(block, chunk, signature):
            shown += tokens
            yield GoogleEvent(_response(reply, [part], answer_tokens=shown), tokens)
        signature = block.get("signature", "" if block["type"] == "tool_use" else signature)
        if unknown:
            yield from UNKNOWN
    yield GoogleEvent(_response(reply, [_last_part(signature)], is_last=True))


def whole_body(reply: Reply) -> JsonObject:
    """The reply as one response."""
    if reply.stop_reason == BLOCKED_PROMPT:
        return _blocked(reply)
    parts: list[JsonObject] = []
    signature = ""
    for block in reply.blocks:
        parts += [part for part, _ in _parts(block, 1_000_000, signature)]
        signature = block.get("signature", "" if block["type"] == "tool_use" else signature)
    if signature:
        parts.append(_last_part(signature))
    return _response(reply, parts, is_last=True)


def _parts(block: JsonObject, chunk: int, signature: str) -> Iterator[tuple[JsonObject, int]]:
    """The parts of one block with their tokens; `signature` belongs to a request for a tool."""
    match block["type"]:
        case "text":
            for piece in pieces(block["text"], chunk):
                yield {"text": piece}, count_text(piece)
        case "thinking":
            for piece in pieces(block["thinking"], chunk):
                yield {"text": piece, "thought": True}, count_text(piece)
        case "tool_use":
            call = {name: block[key] for name, key in (("id", "id"), ("name", "name"), ("args", "input"))}
            part = {"functionCall": call}
            yield part | ({"thoughtSignature": signature} if signature else {}), 0
        case _:
            return


def _last_part(signature: str) -> JsonObject:
    """Without anything new; the signature of what was thought, if no request for a tool took it."""
    return {"text": "", **({"thoughtSignature": signature} if signature else {})}


def _response(
    reply: Reply, parts: list[JsonObject], *, answer_tokens: int = 0, is_last: bool = False
) -> JsonObject:
    candidate: JsonObject = {"content": {"parts": parts, "role": "model"}, "index": 0}
    if is_last:
        candidate["finishReason"] = _REASONS.get(reply.stop_reason, reply.stop_reason.upper())
        if sources := _sources(reply):
            candidate["groundingMetadata"] = sources
    return {
        "candidates": [candidate],
        "usageMetadata": _usage(reply, answer_tokens=None if is_last else answer_tokens),
        "modelVersion": reply.model,
        "responseId": reply.id,
    }


def _blocked(reply: Reply) -> JsonObject:
    prompt = _usage(reply, answer_tokens=0)
    return {
        "promptFeedback": {"blockReason": "PROHIBITED_CONTENT"},
        "usageMetadata": prompt,
        "modelVersion": reply.model,
        "responseId": reply.id,
    }


def _usage(reply: Reply, *, answer_tokens: int | None) -> JsonObject:
    """The counters: all of them with the last event, before it those of the prompt and what was sent so far."""
    usage = reply.usage
    cached = usage["cache_read_input_tokens"]
    prompt = usage["input_tokens"] + usage["cache_creation_input_tokens"] + cached
    thoughts = usage["output_tokens_details"]["thinking_tokens"]
    answer = usage["output_tokens"] - thoughts if answer_tokens is None else answer_tokens
    thoughts = thoughts if answer_tokens is None else 0
    counters: JsonObject = {
        "promptTokenCount": prompt,
        "candidatesTokenCount": answer,
        "totalTokenCount": prompt + answer + thoughts,
        "promptTokensDetails": [{"modality": "TEXT", "tokenCount": prompt}],
    }
    optional = {"cachedContentTokenCount": cached, "thoughtsTokenCount": thoughts}
    return counters | {name: count for name, count in optional.items() if count}


def _sources(reply: Reply) -> JsonObject:
    cited = [citation for block in reply.blocks for citation in block.get("citations", ())]
    chunks = [{"web": {"uri": citation["url"], "title": citation["title"]}} for citation in cited]
    return {"groundingChunks": chunks} if chunks else {}


def _text_delta(text: str) -> StreamEvent:
    candidate = {"content": {"parts": [{"text": text}], "role": "model"}, "index": 0}
    return GoogleEvent({"candidates": [candidate]})


def _error_event(failure: AnswerError, request_id: str) -> StreamEvent:
    return GoogleEvent(refuse(failure, request_id)[1])


DIALECT = Dialect(
    events=lambda reply, chunk, unknown: stream_events(reply, chunk=chunk, unknown=unknown),
    error=_error_event,
    text_delta=_text_delta,
    ping=b": still here\r\n\r\n",  # Google sends none; a comment is all that the format has for it
)
