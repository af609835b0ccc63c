"""From `ChatRequest` to the JSON body of Anthropic's Messages API. Pure.

Source: https://platform.claude.com/docs/en/api/messages. What the API would refuse for sure and a
stored conversation may well hold (empty texts, unsigned reasoning, another vendor's blocks) is left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

import msgspec

from providers.messages import (
    CacheTtl,
    ChatMessage,
    ChatRequest,
    ContentPart,
    DocumentPart,
    ImagePart,
    JsonObject,
    ProviderPart,
    RedactedThinkingPart,
    TextPart,
    ThinkingConfig,
    ThinkingPart,
    ToolResultPart,
    ToolUsePart,
)

_MAX_BREAKPOINTS = 4
_MIN_THINKING_BUDGET = 1024
_CITATION = "_location"  # char_location, page_location, web_search_result_location, …
_NO_CACHE_BLOCKS = frozenset({"thinking", "redacted_thinking"})


def encode_chat(request: ChatRequest, *, provider: str, takes_sampling: bool) -> bytes:
    """Body of a streaming request. Sampling parameters go only to models that take them."""
    body = _prompt(request, provider=provider)
    body |= {"max_tokens": request.max_tokens, "stream": True}
    if request.stop_sequences:
        body["stop_sequences"] = request.stop_sequences
    if request.metadata_user_id:
        body["metadata"] = {"user_id": request.metadata_user_id}
    is_thinking = request.thinking is not None and request.thinking.is_on
    if takes_sampling and not is_thinking:
        chosen = {"temperature": request.temperature, "top_p": request.top_p, "top_k": request.top_k}
        body |= {name: value for name, value in chosen.items() if value is not None}
    return msgspec.json.encode(body)


def encode_token_count(request: ChatRequest, *, provider: str) -> bytes:
    """Body of a count_tokens request: the prompt without what only an answer needs."""
    return msgspec.json.encode(_prompt(request, provider=provider))


def _prompt(request: ChatRequest, *, provider: str) -> JsonObject:
    body: JsonObject = {"model": request.model, "messages": _messages(request, provider)}
    if request.system.strip():
        body["system"] = _system(request)
    tools = [msgspec.to_builtins(tool) for tool in request.tools] + list(request.server_tools)
    if tools:
        body["tools"] = tools
    if request.tool_choice:
        body["tool_choice"] = _tool_choice(request.tool_choice)
    if request.thinking:
        body["thinking"] = _thinking(request.thinking, request.max_tokens)
    if request.effort:
        body["output_config"] = {"effort": request.effort}
    if request.cache_prompt:
        body["cache_control"] = _cache_control(request.cache_prompt)
    return body


def _system(request: ChatRequest) -> str | list[JsonObject]:
    """With a breakpoint of its own, because it repeats in other conversations too."""
    if not request.cache_prompt:
        return request.system
    return [{"type": "text", "text": request.system, "cache_control": _cache_control(request.cache_prompt)}]


def _messages(request: ChatRequest, provider: str) -> list[JsonObject]:
    """Turns of one role in a row become one; turns that have nothing to send disappear."""
    turns = [(message.role, list(_blocks(message, provider))) for message in request.messages]
    merged: list[JsonObject] = []
    for role, group in groupby((turn for turn in turns if turn[1]), key=lambda turn: turn[0]):
        blocks = [block for _, group_blocks in group for block in group_blocks]
        # The API wants the answers to its tool requests before anything else in the turn.
        blocks.sort(key=lambda block: block["type"] != "tool_result")
        merged.append({"role": role, "content": blocks})
    taken = (1 + bool(request.system.strip())) if request.cache_prompt else 0
    _limit_breakpoints(merged, allowed=_MAX_BREAKPOINTS - taken)
    return merged


def _blocks(message: ChatMessage, provider: str) -> Iterator[JsonObject]:
    for part in message.parts:
        block = _block(part, is_answer=message.role == "assistant", provider=provider)
        if block is None:
            continue
        if part.cache and block["type"] not in _NO_CACHE_BLOCKS:
            block["cache_control"] = _cache_control(part.cache)
        yield block


def _block(part: ContentPart, *, is_answer: bool, provider: str) -> JsonObject | None:
    match part:
        case TextPart():
            return _text(part, is_answer=is_answer)
        case ThinkingPart():
            return _signed_thinking(part)
        case RedactedThinkingPart():
            return {"type": "redacted_thinking", "data": part.data}
        case ToolUsePart():
            return {"type": "tool_use", "id": part.id, "name": part.name, "input": part.input}
        case ToolResultPart():
            return _tool_result(part)
        case ImagePart():
            return {"type": "image", "source": _base64(part.media_type, part.data)}
        case DocumentPart():
            block = {"type": "document", "source": _base64(part.media_type, part.data)}
            return block | ({"title": part.title} if part.title else {})
        case ProviderPart():
            return dict(part.block) if part.provider == provider else None


def _text(part: TextPart, *, is_answer: bool) -> JsonObject | None:
    if not part.text.strip():
        return None  # the API refuses blank text
    block: JsonObject = {"type": "text", "text": part.text}
    # Only the model may cite; a user's text with citations is refused by newer API versions. An answer of another
    # vendor brought that vendor's citations, in another form.
    citations = [cited for cited in part.citations if str(cited.get("type", "")).endswith(_CITATION)]
    if citations and is_answer:
        block["citations"] = citations
    return block


def _signed_thinking(part: ThinkingPart) -> JsonObject | None:
    if not part.signature:
        return None  # reasoning that was cut off; the API takes it back only with its signature
    return {"type": "thinking", "thinking": part.text, "signature": part.signature}


def _tool_result(part: ToolResultPart) -> JsonObject:
    block: JsonObject = {"type": "tool_result", "tool_use_id": part.tool_use_id, "content": part.text}
    return block | ({"is_error": True} if part.is_error else {})


def _base64(media_type: str, data: str) -> JsonObject:
    return {"type": "base64", "media_type": media_type, "data": data}


def _cache_control(ttl: CacheTtl) -> JsonObject:
    return {"type": "ephemeral", "ttl": ttl}


def _limit_breakpoints(messages: list[JsonObject], *, allowed: int) -> None:
    """Keep the last breakpoints, which cover the longest prompts; the API refuses more than four."""
    marked = [block for message in messages for block in message["content"] if "cache_control" in block]
    for block in marked[: max(0, len(marked) - allowed)]:
        del block["cache_control"]


def _tool_choice(choice: str) -> JsonObject:
    if choice in {"auto", "any", "none"}:
        return {"type": choice}
    return {"type": "tool", "name": choice}


def _thinking(config: ThinkingConfig, max_tokens: int) -> JsonObject:
    match config.mode:
        case "adaptive":
            # Newer models leave the reasoning out unless it is asked for.
            return {"type": "adaptive", "display": "summarized"}
        case "enabled":
            budget = config.budget_tokens or max(_MIN_THINKING_BUDGET, max_tokens // 2)
            return {"type": "enabled", "budget_tokens": budget}
        case "disabled":
            return {"type": "disabled"}
