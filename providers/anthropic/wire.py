"""The shapes of a streamed Messages answer, as msgspec decodes them straight from bytes.

Only what we use is named; msgspec skips other fields, because the vendor adds fields and variants
without notice. Source: https://platform.claude.com/docs/en/build-with-claude/streaming and the
types of the vendor's Python SDK 2.12. What comes once per token is kept from the garbage collector
(`gc=False`): it cannot be part of a cycle, and there is a lot of it.
"""

from __future__ import annotations

import msgspec

from providers.events import Usage
from providers.messages import JsonObject


class CacheCreation(msgspec.Struct, frozen=True):
    ephemeral_1h_input_tokens: int | None = None


class ServerToolUse(msgspec.Struct, frozen=True):
    web_search_requests: int | None = None


class OutputDetails(msgspec.Struct, frozen=True):
    thinking_tokens: int | None = None


class WireUsage(msgspec.Struct, frozen=True):
    """Counters are totals that replace earlier ones; an omitted or null one keeps its value."""

    input_tokens: int | None = None
    output_tokens: int | None = None
    cache_creation_input_tokens: int | None = None
    cache_read_input_tokens: int | None = None
    cache_creation: CacheCreation | None = None
    server_tool_use: ServerToolUse | None = None
    output_tokens_details: OutputDetails | None = None

    def over(self, old: Usage) -> Usage:
        """`old` with every counter that came replaced."""
        details = self.output_tokens_details or OutputDetails()
        tools = self.server_tool_use or ServerToolUse()
        cache = self.cache_creation or CacheCreation()
        return Usage(
            input_tokens=_newer(self.input_tokens, old.input_tokens),
            output_tokens=_newer(self.output_tokens, old.output_tokens),
            cache_write_tokens=_newer(self.cache_creation_input_tokens, old.cache_write_tokens),
            cache_read_tokens=_newer(self.cache_read_input_tokens, old.cache_read_tokens),
            cache_write_1h_tokens=_newer(cache.ephemeral_1h_input_tokens, old.cache_write_1h_tokens),
            thinking_tokens=_newer(details.thinking_tokens, old.thinking_tokens),
            web_search_requests=_newer(tools.web_search_requests, old.web_search_requests),
        )


def _newer(new: int | None, old: int) -> int:
    return old if new is None else new


class Message(msgspec.Struct, frozen=True):
    id: str = ""
    model: str = ""
    usage: WireUsage = WireUsage()


class MessageStart(msgspec.Struct, frozen=True):
    message: Message


class BlockStart(msgspec.Struct, frozen=True):
    index: int
    content_block: msgspec.Raw


class BlockStop(msgspec.Struct, frozen=True):
    index: int


class WireTextDelta(msgspec.Struct, frozen=True, gc=False, tag="text_delta"):
    text: str


class InputJsonDelta(msgspec.Struct, frozen=True, gc=False, tag="input_json_delta"):
    partial_json: str


class WireThinkingDelta(msgspec.Struct, frozen=True, gc=False, tag="thinking_delta"):
    thinking: str


class SignatureDelta(msgspec.Struct, frozen=True, gc=False, tag="signature_delta"):
    signature: str


class CitationsDelta(msgspec.Struct, frozen=True, tag="citations_delta"):
    citation: JsonObject


class CompactionDelta(msgspec.Struct, frozen=True, tag="compaction_delta"):
    content: str | None = None
    encrypted_content: str | None = None


Delta = WireTextDelta | InputJsonDelta | WireThinkingDelta | SignatureDelta | CitationsDelta | CompactionDelta


class BlockDelta(msgspec.Struct, frozen=True, gc=False):
    index: int
    delta: Delta


class StopDetails(msgspec.Struct, frozen=True):
    category: str | None = None
    explanation: str | None = None


class MessageChange(msgspec.Struct, frozen=True):
    stop_reason: str | None = None
    stop_sequence: str | None = None
    stop_details: StopDetails | None = None


class MessageDelta(msgspec.Struct, frozen=True):
    delta: MessageChange = MessageChange()
    usage: WireUsage = WireUsage()


class ErrorDetails(msgspec.Struct, frozen=True):
    error_code: str | None = None


class WireError(msgspec.Struct, frozen=True):
    type: str = ""
    message: str = ""
    details: ErrorDetails | None = None


class ErrorBody(msgspec.Struct, frozen=True):
    """An error as the body of an answer with a bad status, or as the `error` event of a stream."""

    error: WireError
    request_id: str | None = None


class TextBlock(msgspec.Struct, frozen=True, tag="text"):
    text: str = ""
    citations: list[JsonObject] | None = None


class ThinkingBlock(msgspec.Struct, frozen=True, tag="thinking"):
    thinking: str = ""
    signature: str = ""


class ToolUseBlock(msgspec.Struct, frozen=True, tag="tool_use"):
    id: str
    name: str
    input: JsonObject = {}


class ServerToolUseBlock(msgspec.Struct, frozen=True, tag="server_tool_use"):
    """Its input comes in pieces, like that of a tool of ours; the block as a whole is the vendor's."""

    id: str
    name: str
    input: JsonObject = {}


class CompactionBlock(msgspec.Struct, frozen=True, tag="compaction"):
    content: str | None = None


StartedBlock = TextBlock | ThinkingBlock | ToolUseBlock | ServerToolUseBlock | CompactionBlock
STARTED_BLOCK_TYPES = frozenset({"text", "thinking", "tool_use", "server_tool_use", "compaction"})
# Blocks that arrive whole in their start event; nothing in them is ours to understand.
WHOLE_BLOCK_TYPES = frozenset(
    {
        "redacted_thinking",
        "web_search_tool_result",
        "web_fetch_tool_result",
        "code_execution_tool_result",
        "bash_code_execution_tool_result",
        "text_editor_code_execution_tool_result",
        "tool_search_tool_result",
        "container_upload",
        "fallback",
    }
)
DELTA_TYPES = frozenset(
    {
        "text_delta",
        "input_json_delta",
        "thinking_delta",
        "signature_delta",
        "citations_delta",
        "compaction_delta",
    }
)


class Typed(msgspec.Struct, frozen=True):
    """Anything with a type: to tell an unknown variant, which is skipped, from a broken one."""

    type: str = ""


class TypedDelta(msgspec.Struct, frozen=True):
    delta: Typed = Typed()
