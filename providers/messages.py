"""What we send: one chat request in terms that every provider can translate.

Values only; a conversation, its owner and its storage are known elsewhere. The same part types are
stored in the database as JSON (each with its `type`), so a field added here needs a default.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from providers.shown import JsonObject as JsonObject
from providers.shown import Shown, Source

CacheTtl = Literal["5m", "1h"]
Effort = Literal["low", "medium", "high", "xhigh", "max"]
ImageType = Literal["image/jpeg", "image/png", "image/gif", "image/webp"]


class Part(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", omit_defaults=True):
    """One piece of a message. `cache` asks the provider to cache the prompt up to here."""

    cache: CacheTtl | None = None


class TextPart(Part, frozen=True, kw_only=True, tag="text"):
    """Text; `citations` are the provider's own objects, in the order they arrived, and `sources` the same in words."""

    text: str
    citations: tuple[JsonObject, ...] = ()
    sources: tuple[Source, ...] = ()


class ThinkingPart(Part, frozen=True, kw_only=True, tag="thinking"):
    """The model's reasoning. It must go back unchanged, `signature` included, or not at all."""

    text: str
    signature: str = ""


class RedactedThinkingPart(Part, frozen=True, kw_only=True, tag="redacted_thinking"):
    """Reasoning that the provider encrypted; goes back unchanged."""

    data: str


class ToolUsePart(Part, frozen=True, kw_only=True, tag="tool_use"):
    """The model asks for a tool of ours. `input` is the parsed argument object."""

    id: str
    name: str
    input: JsonObject


class ToolResultPart(Part, frozen=True, kw_only=True, tag="tool_result"):
    """Our answer to a `ToolUsePart` with the same id."""

    tool_use_id: str
    text: str
    is_error: bool = False


class ImagePart(Part, frozen=True, kw_only=True, tag="image"):
    """An image, base64 without line breaks."""

    media_type: ImageType
    data: str


class DocumentPart(Part, frozen=True, kw_only=True, tag="document"):
    """A PDF, base64 without line breaks."""

    data: str
    title: str | None = None
    media_type: Literal["application/pdf"] = "application/pdf"


class ProviderPart(Part, frozen=True, kw_only=True, tag="provider"):
    """A complete block that only its provider understands (server tools and their results); `shown` is for people."""

    provider: str
    block: JsonObject
    shown: Shown | None = None


ContentPart = (
    TextPart
    | ThinkingPart
    | RedactedThinkingPart
    | ToolUsePart
    | ToolResultPart
    | ImagePart
    | DocumentPart
    | ProviderPart
)


class ChatMessage(msgspec.Struct, frozen=True):
    """One turn. Consecutive turns of one role are allowed; providers merge them if they must."""

    role: Literal["user", "assistant"]
    parts: tuple[ContentPart, ...]


class ToolDefinition(msgspec.Struct, frozen=True, kw_only=True):
    """A tool of ours that the model may ask for. `input_schema` is JSON Schema of an object."""

    name: str
    description: str
    input_schema: JsonObject


class ThinkingConfig(msgspec.Struct, frozen=True, kw_only=True):
    """How the model should think. `budget_tokens` (≥ 1,024) is for `enabled` on older models only."""

    mode: Literal["adaptive", "enabled", "disabled"]
    budget_tokens: int | None = None

    @property
    def is_on(self) -> bool:
        """Whether the model may think before it answers."""
        return self.mode != "disabled"


class ChatRequest(msgspec.Struct, frozen=True, kw_only=True):
    """One call of a model.

    `max_tokens` bounds the answer. `temperature`, `top_p` and `top_k` are `None` unless the user
    set them, and are dropped where the model does not take them. `cache_prompt` lets the provider
    cache what repeats. `metadata_user_id` is an opaque id for the provider's abuse checks.
    """

    model: str
    messages: tuple[ChatMessage, ...]
    max_tokens: int = 8192
    system: str = ""
    tools: tuple[ToolDefinition, ...] = ()
    tool_choice: str | None = None  # "auto", "any", "none" or a tool's name
    server_tools: tuple[JsonObject, ...] = ()  # run by the provider, in its own format
    thinking: ThinkingConfig | None = None
    effort: Effort | None = None
    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    stop_sequences: tuple[str, ...] = ()
    cache_prompt: CacheTtl | None = None
    metadata_user_id: str | None = None
