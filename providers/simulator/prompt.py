"""What the user asked, read out of a Messages API body; and how many tokens any text counts.

Knows the request's shape, not whether it is allowed (`validation` does). A token is four characters
here, everywhere and always, so that counters can be compared exactly.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from providers.messages import JsonObject

CHARACTERS_PER_TOKEN = 4
IMAGE_TOKENS = 1500
BASE64_PER_TOKEN = 64  # a PDF's bytes say little about its text; enough to make bigger files cost more


def count_text(text: str) -> int:
    """Tokens of a text; an empty one has none."""
    return -(-len(text) // CHARACTERS_PER_TOKEN)


def blocks_of(content: str | list[JsonObject]) -> list[JsonObject]:
    """A message's or system prompt's content as blocks, whichever way it was written."""
    return [{"type": "text", "text": content}] if isinstance(content, str) else content


def text_of(content: str | list[JsonObject]) -> str:
    """The text blocks, joined."""
    return "\n".join(
        str(block.get("text", "")) for block in blocks_of(content) if block.get("type") == "text"
    )


def user_texts(body: JsonObject) -> list[str]:
    """What the user wrote, piece by piece, oldest first. Pieces, because after an answer that failed two prompts
    share one message, and only the newer one is meant."""
    users = (message for message in body["messages"] if message["role"] == "user")
    texts = (text_of([block]) for message in users for block in blocks_of(message["content"]))
    return [text for text in texts if text]


def last_prompt(body: JsonObject) -> str:
    """The newest thing the user wrote, or an empty text."""
    texts = user_texts(body)
    return texts[-1] if texts else ""


def begun_text(messages: Sequence[JsonObject]) -> str:
    """The beginning of the answer, if the last message is one."""
    last = messages[-1]
    texts = [
        str(block.get("text", "")) for block in blocks_of(last["content"]) if block.get("type") == "text"
    ]
    return "".join(texts) if last["role"] == "assistant" else ""


def tool_results(body: JsonObject) -> list[JsonObject]:
    """The tool results in the last message."""
    blocks = blocks_of(body["messages"][-1]["content"])
    return [block for block in blocks if block.get("type") == "tool_result"]


def count_input(body: JsonObject) -> int:
    """Input tokens of a request: system prompt, messages and tools."""
    total = sum(_count_blocks(blocks_of(body.get("system") or "")))
    for message in body["messages"]:
        total += sum(_count_blocks(blocks_of(message["content"])))
    for tool in body.get("tools") or ():
        total += count_text(msgspec.json.encode(tool).decode())
    return max(total, 1)


def count_block(block: JsonObject) -> int:
    """Input tokens of one block."""
    return sum(_count_blocks([block]))


def _count_blocks(blocks: list[JsonObject]) -> Iterator[int]:
    for block in blocks:
        match block.get("type"):
            case "image":
                yield IMAGE_TOKENS
            case "document":
                yield len(_source_data(block)) // BASE64_PER_TOKEN + 1
            case "tool_result":
                yield from _count_blocks(blocks_of(block.get("content") or ""))
            case "text":
                yield count_text(str(block.get("text", "")))
            case _:
                yield count_text(msgspec.json.encode(block).decode())


def _source_data(block: JsonObject) -> str:
    source: Any = block.get("source") or {}
    return str(source.get("data") or "")
