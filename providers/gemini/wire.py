"""The shapes of a streamed answer, as msgspec decodes them straight from bytes.

Every event is a whole GenerateContentResponse with the next piece in it. Only what we use is named; msgspec skips
other fields, because the vendor adds fields and variants without notice. Source:
https://ai.google.dev/api/generate-content and the types of the vendor's Python SDK 3.4. What comes once per
event is kept from the garbage collector (`gc=False`): it cannot be part of a cycle.
"""

from __future__ import annotations

import msgspec

from providers.events import Usage
from providers.gemini.errors import WireError
from providers.messages import JsonObject


class WireUsage(msgspec.Struct, frozen=True, rename="camel", gc=False):
    """Totals so far. The prompt contains what was cached; the answer's tokens do not contain the thoughts."""

    prompt_token_count: int | None = None
    candidates_token_count: int | None = None
    thoughts_token_count: int | None = None
    cached_content_token_count: int | None = None
    tool_use_prompt_token_count: int | None = None

    def counted(self) -> Usage:
        """The same in our counters, where cached input stands apart and thoughts are output."""
        cached = self.cached_content_token_count or 0
        thoughts = self.thoughts_token_count or 0
        fresh = (self.prompt_token_count or 0) - cached
        return Usage(
            input_tokens=max(fresh, 0) + (self.tool_use_prompt_token_count or 0),
            output_tokens=(self.candidates_token_count or 0) + thoughts,
            cache_read_tokens=cached,
            thinking_tokens=thoughts,
        )


class FunctionCall(msgspec.Struct, frozen=True):
    """Complete when it comes."""

    name: str
    id: str = ""
    args: JsonObject | None = None


class Part(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True, gc=False):
    """One of its fields says what it is; `thought` and `thought_signature` may stand beside any."""

    text: str | None = None
    thought: bool = False
    thought_signature: str = ""
    function_call: FunctionCall | None = None
    inline_data: JsonObject | None = None
    file_data: JsonObject | None = None
    executable_code: JsonObject | None = None
    code_execution_result: JsonObject | None = None
    tool_call: JsonObject | None = None
    tool_response: JsonObject | None = None


# Parts that arrive whole; nothing in them is ours to understand.
WHOLE_PARTS = (
    "inline_data",
    "file_data",
    "executable_code",
    "code_execution_result",
    "tool_call",
    "tool_response",
)


class Content(msgspec.Struct, frozen=True, gc=False):
    parts: list[Part] = []


class CitationMetadata(msgspec.Struct, frozen=True, rename="camel"):
    citation_sources: list[JsonObject] = []


class GroundingMetadata(msgspec.Struct, frozen=True, rename="camel"):
    grounding_chunks: list[JsonObject] = []


class Candidate(msgspec.Struct, frozen=True, rename="camel", gc=False):
    """One answer; we ask for one only."""

    content: Content | None = None
    finish_reason: str | None = None
    finish_message: str | None = None
    index: int = 0
    citation_metadata: CitationMetadata | None = None
    grounding_metadata: GroundingMetadata | None = None


class PromptFeedback(msgspec.Struct, frozen=True, rename="camel"):
    block_reason: str | None = None
    block_reason_message: str | None = None


class Response(msgspec.Struct, frozen=True, rename="camel", gc=False):
    """One event."""

    candidates: list[Candidate] = []
    usage_metadata: WireUsage | None = None
    prompt_feedback: PromptFeedback | None = None
    error: WireError | None = None


class FirstResponse(Response, frozen=True, rename="camel", gc=False):
    """The first event; the others repeat who answers, and nobody reads it."""

    model_version: str = ""
    response_id: str = ""


class TokenCount(msgspec.Struct, frozen=True, rename="camel"):
    """The answer to a countTokens call."""

    total_tokens: int
