"""What of a conversation can travel to OpenAI: shared by both wires. Pure.

Reasoning of other models and blocks of other vendors stay here; turns of one role in a row become one, because
the templates of many models on other servers accept nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Literal

from providers.messages import (
    ChatMessage,
    ContentPart,
    DocumentPart,
    ImagePart,
    ProviderPart,
    RedactedThinkingPart,
    TextPart,
    ThinkingPart,
    ToolResultPart,
)

Role = Literal["user", "assistant"]


def turns_of(messages: Iterable[ChatMessage], *, provider: str) -> Iterator[tuple[Role, list[ContentPart]]]:
    """Role and parts of each turn that has something to send."""
    for role, group in groupby(messages, key=lambda message: message.role):
        parts = [part for message in group for part in message.parts if _travels(part, provider)]
        if parts:
            yield role, parts


def _travels(part: ContentPart, provider: str) -> bool:
    match part:
        case ThinkingPart() | RedactedThinkingPart():
            return False
        case TextPart():
            return bool(part.text.strip())
        case ProviderPart():
            # Only reasoning in its encrypted form is taken back; items of server tools were stored nowhere.
            return part.provider == provider and part.block.get("type") == "reasoning"
        case _:
            return True


def data_url(part: ImagePart | DocumentPart) -> str:
    """The file as a `data:` address (RFC 2397)."""
    return f"data:{part.media_type};base64,{part.data}"


def result_text(part: ToolResultPart) -> str:
    """A tool's result; the wire has no field for a failure."""
    return f"Error: {part.text}" if part.is_error else part.text


def joined_text(parts: Iterable[ContentPart]) -> str:
    """The text parts as one text."""
    return "\n\n".join(part.text for part in parts if isinstance(part, TextPart))
