"""From `ChatRequest` to the JSON body of the Responses API. Pure.

Source: https://platform.openai.com/docs/api-reference/responses/create. Nothing is stored at the vendor
(`store` is false): the conversation is kept here. The wire has no stop sequences and no `top_k`.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

import msgspec

from providers.messages import (
    ChatRequest,
    ContentPart,
    DocumentPart,
    ImagePart,
    JsonObject,
    ProviderPart,
    TextPart,
    ToolDefinition,
    ToolResultPart,
    ToolUsePart,
)
from providers.openai.turns import Role, data_url, joined_text, result_text, turns_of

_IN_MESSAGE = TextPart | ImagePart | DocumentPart


def encode_response(request: ChatRequest, *, provider: str, takes_sampling: bool) -> bytes:
    """Body of a streaming request. Sampling parameters go only to models that take them."""
    body = _prompt(request, provider=provider)
    body |= {"max_output_tokens": request.max_tokens, "stream": True, "store": False}
    if request.tools:
        body["include"] = ["reasoning.encrypted_content"]  # goes back with the tools' results
    if request.metadata_user_id:
        body["safety_identifier"] = request.metadata_user_id
    if takes_sampling:
        chosen = {"temperature": request.temperature, "top_p": request.top_p}
        body |= {name: value for name, value in chosen.items() if value is not None}
    return msgspec.json.encode(body)


def encode_token_count(request: ChatRequest, *, provider: str) -> bytes:
    """Body of a request that counts input tokens: the prompt without what only an answer needs."""
    return msgspec.json.encode(_prompt(request, provider=provider))


def _prompt(request: ChatRequest, *, provider: str) -> JsonObject:
    turns = turns_of(request.messages, provider=provider)
    items = [item for role, parts in turns for item in _items(role, parts)]
    body: JsonObject = {"model": request.model, "input": items}
    if request.system.strip():
        body["instructions"] = request.system
    tools = [_tool(tool) for tool in request.tools] + list(request.server_tools)
    if tools:
        body["tools"] = tools
    if request.tool_choice:
        body["tool_choice"] = _tool_choice(request.tool_choice)
    if reasoning := _reasoning(request):
        body["reasoning"] = reasoning
    return body


def _items(role: Role, parts: list[ContentPart]) -> Iterator[JsonObject]:
    """One turn as items, in its order: reasoning, calls and their results are items of their own."""
    for is_message, group in groupby(parts, key=lambda part: isinstance(part, _IN_MESSAGE)):
        if not is_message:
            yield from (_item(part) for part in group)
        elif role == "assistant":
            yield {"role": role, "content": joined_text(group)}
        else:
            yield {"role": role, "content": [_content(part) for part in group]}


def _item(part: ContentPart) -> JsonObject:
    match part:
        case ToolUsePart():
            arguments = msgspec.json.encode(part.input).decode()
            return {"type": "function_call", "call_id": part.id, "name": part.name, "arguments": arguments}
        case ToolResultPart():
            return {
                "type": "function_call_output",
                "call_id": part.tool_use_id,
                "output": result_text(part),
            }
        case ProviderPart():
            return {name: value for name, value in part.block.items() if name != "status"}
        case _:
            raise TypeError(f"{type(part).__name__} is no item of its own")


def _content(part: ContentPart) -> JsonObject:
    match part:
        case ImagePart():
            return {"type": "input_image", "image_url": data_url(part)}
        case DocumentPart():
            name = part.title or "document.pdf"
            return {"type": "input_file", "filename": name, "file_data": data_url(part)}
        case TextPart():
            return {"type": "input_text", "text": part.text}
        case _:
            raise TypeError(f"{type(part).__name__} is no part of a message")


def _tool(tool: ToolDefinition) -> JsonObject:
    return {
        "type": "function",
        "name": tool.name,
        "description": tool.description,
        "parameters": tool.input_schema,
        "strict": False,  # strict schemas must list every property; ours come from anywhere
    }


def _tool_choice(choice: str) -> JsonObject | str:
    if choice in {"auto", "none"}:
        return choice
    return "required" if choice == "any" else {"type": "function", "name": choice}


def _reasoning(request: ChatRequest) -> JsonObject:
    reasoning: JsonObject = {}
    if request.thinking and request.thinking.mode == "disabled":
        reasoning["effort"] = "none"
    elif request.thinking:
        reasoning["summary"] = "auto"
    if request.effort:
        reasoning["effort"] = request.effort
    return reasoning
