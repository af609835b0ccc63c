"""What both of OpenAI's APIs make of a reply: counters, and how it ended."""

from __future__ import annotations

import time
from typing import NamedTuple

from providers.messages import JsonObject
from providers.simulator.compose import Reply


class Counters(NamedTuple):
    """Tokens in this vendor's way: the cached and the written ones are part of the input."""

    input: int
    cached: int
    written: int
    output: int
    reasoning: int


def counters(reply: Reply) -> Counters:
    """The reply's usage."""
    usage = reply.usage
    cached, written = usage["cache_read_input_tokens"], usage["cache_creation_input_tokens"]
    return Counters(
        input=usage["input_tokens"] + cached + written,
        cached=cached,
        written=written,
        output=usage["output_tokens"],
        reasoning=usage["output_tokens_details"]["thinking_tokens"],
    )


def now() -> int:
    """Seconds since the epoch, as this vendor dates things."""
    return int(time.time())


def text_blocks(reply: Reply) -> list[JsonObject]:
    """The blocks that hold text."""
    return [block for block in reply.blocks if block["type"] == "text"]
