"""What comes back: every step of an answer as a frozen, typed value, in one file and one union.

The terminal rule: a stream yields exactly one `Completed` or `Failed`, last, or is closed by its
caller. `index` is the position of a content block in the answer, from 0; blocks may interleave.
Words and counters follow the vendor's documentation where ours has none better.
"""

from __future__ import annotations

from typing import Any

import msgspec

from providers.errors import ProviderError
from providers.limits import Limit
from providers.messages import JsonObject
from providers.shown import Shown, Source


class Usage(msgspec.Struct, frozen=True, kw_only=True):
    """Token counters of one answer, raw and apart. All input together is `input_tokens` +
    `cache_write_tokens` + `cache_read_tokens`; `thinking_tokens` is contained in `output_tokens`.
    `cache_write_1h_tokens` is the part of `cache_write_tokens` that is kept longer and costs more: for an
    hour at one vendor, for twelve at another."""

    input_tokens: int = 0
    output_tokens: int = 0
    cache_write_tokens: int = 0
    cache_read_tokens: int = 0
    cache_write_1h_tokens: int = 0
    thinking_tokens: int = 0
    web_search_requests: int = 0


class _Event(msgspec.Struct, frozen=True, kw_only=True, tag_field="type"):
    """Base of all events; in JSON each names itself in `type`."""


class MessageStarted(_Event, frozen=True, kw_only=True, tag="message_started"):
    """The provider accepted the request. `request_id` is the one to quote to its support, `limits` what was left of
    its rate limits then, if it said so."""

    message_id: str
    model: str
    usage: Usage
    request_id: str | None = None
    limits: tuple[Limit, ...] = ()


class TextDelta(_Event, frozen=True, kw_only=True, gc=False, tag="text_delta"):
    """More text of block `index`."""

    text: str
    index: int = 0


class CitationReceived(_Event, frozen=True, kw_only=True, tag="citation"):
    """A source for the text of block `index`, in the provider's own format and in words."""

    citation: JsonObject
    index: int = 0
    source: Source = Source()


class ThinkingDelta(_Event, frozen=True, kw_only=True, gc=False, tag="thinking_delta"):
    """More of the model's reasoning."""

    text: str
    index: int = 0


class ThinkingSigned(_Event, frozen=True, kw_only=True, tag="thinking_signed"):
    """The signature of the reasoning in block `index`; replaces an earlier one."""

    signature: str
    index: int = 0


class ToolUseStarted(_Event, frozen=True, kw_only=True, tag="tool_use_started"):
    """The model begins to ask for a tool of ours; its input follows in pieces."""

    id: str
    name: str
    index: int = 0


class ToolInputDelta(_Event, frozen=True, kw_only=True, gc=False, tag="tool_input_delta"):
    """More of the tool's input, as JSON text that is not yet complete."""

    partial_json: str
    index: int = 0


class ToolUseReady(_Event, frozen=True, kw_only=True, tag="tool_use_ready"):
    """The tool request is complete and its input parsed."""

    id: str
    name: str
    input: JsonObject
    index: int = 0


class BlockReceived(_Event, frozen=True, kw_only=True, tag="block"):
    """A complete block in the provider's own format: server tools, their results, redacted
    reasoning. `block["type"]` names it, `provider` who understands it; `shown` is for people."""

    block: JsonObject
    index: int = 0
    provider: str = ""
    shown: Shown | None = None


class UsageReported(_Event, frozen=True, kw_only=True, tag="usage"):
    """Totals so far; they replace earlier ones."""

    usage: Usage


class StopReason(msgspec.Struct, frozen=True, kw_only=True):
    """Why the model stopped. `reason` is one word for all vendors: `end_turn`, `max_tokens`, `stop_sequence`,
    `tool_use`, `pause_turn`, `refusal` (the model's or a filter's), `model_context_window_exceeded`; or the
    provider's own where none of them fits. `sequence` is the stop sequence met; `category` (the provider's
    word) and `explanation` belong to a refusal."""

    reason: str
    sequence: str | None = None
    category: str | None = None
    explanation: str | None = None


class Completed(_Event, frozen=True, kw_only=True, tag="completed"):
    """Terminal: the provider sent its last event."""

    stop_reason: StopReason
    usage: Usage


class Failed(_Event, frozen=True, kw_only=True, tag="failed"):
    """Terminal: no complete answer. What arrived before is valid and kept."""

    error: ProviderError


Event = (
    MessageStarted
    | TextDelta
    | CitationReceived
    | ThinkingDelta
    | ThinkingSigned
    | ToolUseStarted
    | ToolInputDelta
    | ToolUseReady
    | BlockReceived
    | UsageReported
    | Completed
    | Failed
)


def _encode_error(value: Any) -> Any:
    if isinstance(value, ProviderError):
        return value.describe()
    raise NotImplementedError(f"no JSON form for {type(value).__name__}")


_encoder = msgspec.json.Encoder(enc_hook=_encode_error)


def encode_event(event: Event) -> bytes:
    """One event as one JSON object (UTF-8, no line break): `{"type": "text_delta", "text": …}`."""
    return _encoder.encode(event)
