"""From OpenAI's counters to ours: there the parts of the input are contained in it, here they are apart."""

from __future__ import annotations

from providers.events import Usage


def split_usage(
    *,
    input_tokens: int,
    output_tokens: int,
    cached: int | None,
    written: int | None,
    written_long: int | None = None,
    reasoning: int | None = None,
    web_searches: int = 0,
) -> Usage:
    """Our usage. `cached` and `written` are parts of `input_tokens`; `None` counts as 0."""
    read, write = cached or 0, written or 0
    return Usage(
        input_tokens=max(0, input_tokens - read - write),
        output_tokens=output_tokens,
        cache_read_tokens=read,
        cache_write_tokens=write,
        cache_write_1h_tokens=written_long or 0,
        thinking_tokens=reasoning or 0,
        web_search_requests=web_searches,
    )
