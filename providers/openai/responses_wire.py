"""The shapes of a streamed Responses answer, as msgspec decodes them straight from bytes.

Only what we use is named; msgspec skips other fields. Source: the types of the vendor's Python SDK 3.54. What
comes once per token is kept from the garbage collector (`gc=False`): it cannot be part of a cycle.
"""

from __future__ import annotations

import msgspec

from providers.events import Usage
from providers.messages import JsonObject
from providers.openai.errors import WireError
from providers.openai.usage import split_usage


class InputDetails(msgspec.Struct, frozen=True):
    cached_tokens: int | None = None
    cache_write_tokens: int | None = None
    cache_write_tokens_details: CacheWriteDetails | None = None


class CacheWriteDetails(msgspec.Struct, frozen=True):
    ttl_12h_tokens: int | None = None


class OutputDetails(msgspec.Struct, frozen=True):
    reasoning_tokens: int | None = None


class WireUsage(msgspec.Struct, frozen=True):
    input_tokens: int = 0
    output_tokens: int = 0
    input_tokens_details: InputDetails | None = None
    output_tokens_details: OutputDetails | None = None

    def counted(self, *, web_searches: int) -> Usage:
        """As our counters, which are apart from each other."""
        details = self.input_tokens_details or InputDetails()
        written = details.cache_write_tokens_details or CacheWriteDetails()
        output = self.output_tokens_details or OutputDetails()
        return split_usage(
            input_tokens=self.input_tokens,
            output_tokens=self.output_tokens,
            cached=details.cached_tokens,
            written=details.cache_write_tokens,
            written_long=written.ttl_12h_tokens,
            reasoning=output.reasoning_tokens,
            web_searches=web_searches,
        )


class WebSearches(msgspec.Struct, frozen=True):
    num_requests: int = 0


class ToolUsage(msgspec.Struct, frozen=True):
    web_search: WebSearches | None = None


class IncompleteDetails(msgspec.Struct, frozen=True):
    reason: str | None = None


class Response(msgspec.Struct, frozen=True):
    id: str = ""
    model: str = ""
    usage: WireUsage | None = None
    tool_usage: ToolUsage | None = None
    incomplete_details: IncompleteDetails | None = None
    error: WireError | None = None

    def counted(self) -> Usage:
        """The usage, as far as it was told."""
        tools = self.tool_usage or ToolUsage()
        searches = tools.web_search or WebSearches()
        return (self.usage or WireUsage()).counted(web_searches=searches.num_requests)


class ResponseEvent(msgspec.Struct, frozen=True):
    """`response.created` and the terminal events."""

    response: Response


class PartDelta(msgspec.Struct, frozen=True, gc=False):
    """More of one part of one item; which of the two part numbers is there depends on the kind."""

    delta: str
    output_index: int = 0
    content_index: int = 0
    summary_index: int = 0


class Annotated(msgspec.Struct, frozen=True):
    annotation: JsonObject
    output_index: int = 0
    content_index: int = 0


class Item(msgspec.Struct, frozen=True):
    """What a function call has; of other items only the type matters here."""

    type: str = ""
    call_id: str = ""
    name: str = ""
    arguments: str = ""
    encrypted_content: str | None = None


class ItemEvent(msgspec.Struct, frozen=True):
    item: msgspec.Raw
    output_index: int = 0


class ErrorEvent(msgspec.Struct, frozen=True):
    """Seen both flat, as documented, and with the error in a field of its own."""

    message: str = ""
    code: str | int | None = None
    error: WireError | None = None

    def told(self) -> WireError:
        """The error, wherever it was."""
        return self.error or WireError(message=self.message, code=self.code)


class Typed(msgspec.Struct, frozen=True):
    """Anything with a type."""

    type: str = ""


# Items that arrive whole and that nobody but the vendor understands: tools that it runs itself.
WHOLE_ITEMS = frozenset({
    "web_search_call", "file_search_call", "code_interpreter_call", "image_generation_call", "computer_call",
    "mcp_call", "mcp_list_tools", "mcp_approval_request", "shell_call", "shell_call_output",
    "local_shell_call", "apply_patch_call", "apply_patch_call_output", "custom_tool_call", "tool_search_call",
    "tool_search_output", "compaction",
})  # fmt: skip
# Events that repeat what others bring.
SILENT_EVENTS = frozenset({
    "response.queued", "response.in_progress", "response.content_part.added", "response.content_part.done",
    "response.output_text.done", "response.refusal.done", "response.reasoning_summary_part.added",
    "response.reasoning_summary_part.done", "response.reasoning_summary_text.done",
    "response.reasoning_text.done", "response.function_call_arguments.done",
    "response.web_search_call.in_progress", "response.web_search_call.searching",
    "response.web_search_call.completed", "keepalive",
})  # fmt: skip
