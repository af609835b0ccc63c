"""One long answer on each vendor's wire, as bytes: what the decoder benchmark reads. Shapes are the vendors' own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

WORDS = [
    "The",
    "quick",
    "brown",
    "fox",
    "doesn’t",
    "jump",
    "over",
    "\n\n",
    "`lazy`",
    "dogs,",
    "but",
    '"why"',
    "is",
    "anyone’s",
    "guess:",
    "",
]

Data = dict[str, Any]


def anthropic_messages(events: int) -> bytes:
    """A start, text deltas as Anthropic sends them, and an end; `events` in all."""
    usage = {"input_tokens": 12, "output_tokens": 1}
    message = {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "m",
        "content": [],
        "usage": usage,
    }
    head: list[Data] = [
        {"type": "message_start", "message": message},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
    ]
    ending = {"stop_reason": "end_turn", "stop_sequence": None}
    tail: list[Data] = [
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": ending, "usage": usage},
        {"type": "message_stop"},
    ]
    deltas = [
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": text}}
        for text in _texts(events - len(head) - len(tail))
    ]
    return b"".join(_named(data) for data in head + deltas + tail)


def openai_responses(events: int) -> bytes:
    """A Responses answer whose deltas carry an item's id, a number and padding, as OpenAI's do."""
    response = {
        "id": "resp_1", "object": "response", "created_at": 1, "model": "m", "status": "in_progress", "output": [],
        "parallel_tool_calls": True, "tool_choice": "auto", "tools": [],
    }  # fmt: skip
    item = {"id": "msg_1", "type": "message", "role": "assistant", "status": "in_progress", "content": []}
    part = {"type": "output_text", "text": "", "annotations": []}
    place = {"output_index": 0, "content_index": 0, "item_id": "msg_1"}
    usage = {
        "input_tokens": 12, "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
        "output_tokens": 9, "output_tokens_details": {"reasoning_tokens": 0}, "total_tokens": 21,
    }  # fmt: skip
    head: list[Data] = [
        {"type": "response.created", "response": response},
        {"type": "response.output_item.added", "output_index": 0, "item": item},
        {"type": "response.content_part.added", **place, "part": part},
    ]
    tail: list[Data] = [
        {"type": "response.output_item.done", "output_index": 0, "item": item},
        {"type": "response.completed", "response": {**response, "status": "completed", "usage": usage}},
    ]
    deltas = [
        {
            "type": "response.output_text.delta",
            **place,
            "delta": text,
            "logprobs": [],
            "obfuscation": "kD3mPq",
        }
        for text in _texts(events - len(head) - len(tail))
    ]
    numbered = ({**data, "sequence_number": number} for number, data in enumerate(head + deltas + tail))
    return b"".join(_named(data) for data in numbered)


def openai_completions(events: int) -> bytes:
    """Chunks of a Chat Completions answer, with their last line `[DONE]`."""
    base: Data = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "m"}

    def chunk(delta: Data, finish_reason: str | None = None) -> Data:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish_reason}
        return {**base, "choices": [choice], "usage": None}

    deltas = [chunk({"content": text}) for text in _texts(events - 4)]
    usage = {"prompt_tokens": 12, "completion_tokens": 9, "total_tokens": 21}
    chunks = [chunk({"role": "assistant", "content": ""}), *deltas, chunk({}, "stop")]
    chunks.append({**base, "choices": [], "usage": usage})
    return b"".join(b"data: %b\n\n" % _json(data) for data in chunks) + b"data: [DONE]\n\n"


def gemini(events: int) -> bytes:
    """A streamed generateContent answer: every event repeats counters and names, and lines end as Google's do."""
    responses = []
    for number, text in enumerate(_texts(events), start=1):
        candidate: Data = {"content": {"parts": [{"text": text}], "role": "model"}, "index": 0}
        if number == events:
            candidate["finishReason"] = "STOP"
        counters = {
            "promptTokenCount": 12, "candidatesTokenCount": number, "totalTokenCount": 12 + number,
            "promptTokensDetails": [{"modality": "TEXT", "tokenCount": 12}],
        }  # fmt: skip
        responses.append(
            {"candidates": [candidate], "usageMetadata": counters, "modelVersion": "m", "responseId": "r1"}
        )
    return b"".join(b"data: %b\r\n\r\n" % _json(data) for data in responses)


def _texts(count: int) -> Iterator[str]:
    return (f" {WORDS[number % len(WORDS)]}" for number in range(count))


def _named(data: Data) -> bytes:
    return b"event: %b\ndata: %b\n\n" % (data["type"].encode(), _json(data))


def _json(data: Data) -> bytes:
    return json.dumps(data, separators=(",", ":")).encode()
