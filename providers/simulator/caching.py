"""Which part of a prompt comes from the cache, and which is written into it.

As the vendor does it: what stands in front of a breakpoint is kept, a later prompt reads the longest part of it that
was kept before, if that ends at most 20 blocks in front of one of its own breakpoints, and short parts are ignored
without a word. https://platform.claude.com/docs/en/build-with-claude/prompt-caching
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import msgspec

from providers.messages import JsonObject
from providers.simulator.prompt import blocks_of, count_block

MIN_CACHED_TOKENS = 512
LOOK_BACK = 20  # blocks


class _Place(msgspec.Struct, frozen=True):
    """The prompt up to the end of one block: a key for it, and its tokens."""

    key: str
    tokens: int
    is_breakpoint: bool


def split_cached(body: JsonObject, kept: set[str]) -> tuple[int, int]:
    """Tokens read and written; `kept` learns what is written. Both 0 if nothing asks for caching."""
    places = list(_places(body))
    marked = [number for number, place in enumerate(places) if place.is_breakpoint]
    if not marked:
        return 0, 0
    near = (place for number in marked for place in places[max(0, number - LOOK_BACK) : number + 1])
    read = max((place.tokens for place in near if place.key in kept), default=0)
    large = [places[number] for number in marked if places[number].tokens >= MIN_CACHED_TOKENS]
    kept.update(place.key for place in large)
    end = max((place.tokens for place in large), default=0)
    return read, max(0, end - read)


def _places(body: JsonObject) -> Iterator[_Place]:
    digest, tokens = hashlib.sha256(), 0
    blocks = list(_cacheable(body))
    for number, block in enumerate(blocks, start=1):
        digest.update(msgspec.json.encode({**block, "cache_control": None}))
        tokens += count_block(block)
        is_last = number == len(blocks) and bool(body.get("cache_control"))
        yield _Place(digest.hexdigest(), tokens, is_last or bool(block.get("cache_control")))


def _cacheable(body: JsonObject) -> Iterator[JsonObject]:
    yield from body.get("tools") or ()
    yield from blocks_of(body.get("system") or "")
    for message in body["messages"]:
        yield from blocks_of(message["content"])
