"""From `ChatRequest` to the JSON body of the Chat Completions API. Pure.

Source: https://platform.openai.com/docs/api-reference/chat/create. Other servers know an older form of it: they
call the limit `max_tokens`, take content that is only text as one string, and know no `developer` role.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from providers.messages import (
    ChatRequest,
    ContentPart,
    DocumentPart,
    ImagePart,
    JsonObject,
    TextPart,
    ToolDefinition,
    ToolResultPart,
    ToolUsePart,
)
from providers.openai.turns import Role, data_url, joined_text, result_text, turns_of

_MOST_STOPS = 4


def encode_completion(request: ChatRequest, *, provider: str, takes_sampling: bool, is_vendor: bool) -> bytes:
    """Body of a streaming request. Sampling parameters go only to models that take them."""
    limit = "max_completion_tokens" if is_vendor else "max_tokens"
    body: JsonObject = {
        "model": request.model,
        "messages": list(_messages(request, provider)),
        limit: request.max_tokens,
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    body |= _tools(request)
    if request.stop_sequences:
        body["stop"] = request.stop_sequences[:_MOST_STOPS]
    if request.thinking and request.thinking.mode == "disabled":
        body["reasoning_effort"] = "none"
    if request.effort:
        body["reasoning_effort"] = request.effort
    if request.metadata_user_id and is_vendor:
        body["safety_identifier"] = request.metadata_user_id
    if takes_sampling:
        chosen = {"temperature": request.temperature, "top_p": request.top_p}
        chosen |= {} if is_vendor else {"top_k": request.top_k}
        body |= {name: value for name, value in chosen.items() if value is not None}
    return msgspec.json.encode(body)


def _messages(request: ChatRequest, provider: str) -> Iterator[JsonObject]:
    if request.system.strip():
        yield {"role": "system", "content": request.system}
    for role, parts in turns_of(request.messages, provider=provider):
        for part in parts:
            if isinstance(part, ToolResultPart):
                yield {"role": "tool", "tool_call_id": part.tool_use_id, "content": result_text(part)}
        message = _assistant(parts) if role == "assistant" else _user(role, parts)
        if message is not None:
            yield message


def _assistant(parts: Sequence[ContentPart]) -> JsonObject | None:
    text = joined_text(parts)
    calls = [_call(part) for part in parts if isinstance(part, ToolUsePart)]
    if not text and not calls:
        return None
    return {"role": "assistant", "content": text or None} | ({"tool_calls": calls} if calls else {})


def _user(role: Role, parts: Sequence[ContentPart]) -> JsonObject | None:
    content = [block for part in parts if (block := _content(part)) is not None]
    if not content:
        return None
    is_plain = all(block["type"] == "text" for block in content)
    return {"role": role, "content": joined_text(parts) if is_plain else content}


def _content(part: ContentPart) -> JsonObject | None:
    match part:
        case TextPart():
            return {"type": "text", "text": part.text}
        case ImagePart():
            return {"type": "image_url", "image_url": {"url": data_url(part)}}
        case DocumentPart():
            file = {"filename": part.title or "document.pdf", "file_data": data_url(part)}
            return {"type": "file", "file": file}
        case _:
            return None


def _call(part: ToolUsePart) -> JsonObject:
    arguments = msgspec.json.encode(part.input).decode()
    return {"id": part.id, "type": "function", "function": {"name": part.name, "arguments": arguments}}


def _tools(request: ChatRequest) -> JsonObject:
    body: JsonObject = {}
    tools = [_tool(tool) for tool in request.tools] + list(request.server_tools)
    if tools:
        body["tools"] = tools
    if request.tool_choice in {"auto", "none"}:
        body["tool_choice"] = request.tool_choice
    elif request.tool_choice == "any":
        body["tool_choice"] = "required"
    elif request.tool_choice:
        body["tool_choice"] = {"type": "function", "function": {"name": request.tool_choice}}
    return body


def _tool(tool: ToolDefinition) -> JsonObject:
    function = {"name": tool.name, "description": tool.description, "parameters": tool.input_schema}
    return {"type": "function", "function": function}
