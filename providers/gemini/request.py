"""From `ChatRequest` to the JSON body of Gemini's generateContent. Pure.

Source: https://ai.google.dev/api/generate-content. What the API would refuse for sure and a stored conversation
may well hold (empty texts, unsigned reasoning, another vendor's blocks) is left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

import msgspec

from providers.gemini.handler import OWN_CALL_ID
from providers.messages import (
    ChatMessage,
    ChatRequest,
    ContentPart,
    DocumentPart,
    ImagePart,
    JsonObject,
    ProviderPart,
    RedactedThinkingPart,
    TextPart,
    ThinkingPart,
    ToolResultPart,
    ToolUsePart,
)
from providers.model_info import Capabilities

# Google's own word for a request for a tool that another model made and that therefore has no signature:
# https://ai.google.dev/gemini-api/docs/thought-signatures
_UNSIGNED = "skip_thought_signature_validator"

_PlainPart = (
    TextPart | ThinkingPart | RedactedThinkingPart | ToolResultPart | ImagePart | DocumentPart | ProviderPart
)


def encode_chat(request: ChatRequest, *, provider: str, model: Capabilities) -> bytes:
    """Body of a streaming request. What is not known to be taken by `model` is left out."""
    body = _prompt(request, provider=provider, model=model)
    body["generationConfig"] = _generation_config(request, model)
    return msgspec.json.encode(body)


def encode_token_count(request: ChatRequest, *, provider: str, model: Capabilities) -> bytes:
    """Body of a countTokens request: the prompt without what only an answer needs."""
    prompt = _prompt(request, provider=provider, model=model)
    return msgspec.json.encode({"generateContentRequest": {"model": resource_name(request.model), **prompt}})


def resource_name(model_id: str) -> str:
    """The name of a model in paths and bodies."""
    return f"models/{model_id}"


def _prompt(request: ChatRequest, *, provider: str, model: Capabilities) -> JsonObject:
    body: JsonObject = {"contents": _contents(request.messages, provider, model)}
    if request.system.strip():
        body["systemInstruction"] = {"parts": [{"text": request.system}]}
    tools = list(request.server_tools)
    if request.tools:
        declarations = [
            {"name": tool.name, "description": tool.description, "parametersJsonSchema": tool.input_schema}
            for tool in request.tools
        ]
        tools.insert(0, {"functionDeclarations": declarations})
    if tools:
        body["tools"] = tools
    if request.tool_choice:
        body["toolConfig"] = {"functionCallingConfig": _tool_choice(request.tool_choice)}
    return body


def _contents(messages: Sequence[ChatMessage], provider: str, model: Capabilities) -> list[JsonObject]:
    """Turns of one role in a row become one; turns that have nothing to send disappear."""
    names = {
        part.id: part.name for message in messages for part in message.parts if isinstance(part, ToolUsePart)
    }
    writer = _PartWriter(names, provider=provider, must_sign=bool(model.efforts))
    turns = [
        ("model" if message.role == "assistant" else "user", list(writer.write(message.parts)))
        for message in messages
    ]
    merged: list[JsonObject] = []
    for role, group in groupby((turn for turn in turns if turn[1]), key=lambda turn: turn[0]):
        merged.append({"role": role, "parts": [part for _, parts in group for part in parts]})
    return merged


class _PartWriter:
    """Writes the parts of messages. `names` are those of the tools asked for, by the id of the request, because
    Google wants them in the answers too. `must_sign`: the model refuses unsigned requests for tools."""

    def __init__(self, names: dict[str, str], *, provider: str, must_sign: bool) -> None:
        self._names = names
        self._provider = provider
        self._must_sign = must_sign

    def write(self, parts: Sequence[ContentPart]) -> Iterator[JsonObject]:
        """The parts of one message, each signature on the part that it came with."""
        signature = ""
        is_first_call = True
        for part in parts:
            if isinstance(part, ToolUsePart):
                # Google signs the first of several requests that were made at once, and checks only that.
                unsigned = _UNSIGNED if self._must_sign and is_first_call else ""
                yield _signed(self._call(part), signature or unsigned)
                signature, is_first_call = "", False
                continue
            if signature:  # that of a text: it came behind it
                yield {"text": "", "thoughtSignature": signature}
                signature = ""
            if isinstance(part, ThinkingPart) and not part.text:
                signature = part.signature
            elif (written := self._part(part)) is not None:
                yield written
        if signature:
            yield {"text": "", "thoughtSignature": signature}

    def _part(self, part: _PlainPart) -> JsonObject | None:
        match part:
            case TextPart():
                return {"text": part.text} if part.text.strip() else None
            case ThinkingPart():
                return (
                    _signed({"text": part.text, "thought": True}, part.signature) if part.signature else None
                )
            case ToolResultPart():
                return self._result(part)
            case ImagePart() | DocumentPart():
                return {"inlineData": {"mimeType": part.media_type, "data": part.data}}
            case ProviderPart():
                return dict(part.block["part"]) if part.provider == self._provider else None
            case RedactedThinkingPart():
                return None  # Google has none

    def _call(self, part: ToolUsePart) -> JsonObject:
        return {"functionCall": {"name": part.name, "args": part.input, **_id(part.id)}}

    def _result(self, part: ToolResultPart) -> JsonObject | None:
        name = self._names.get(part.tool_use_id)
        if name is None:
            return None  # an answer to nothing would be refused
        response = {"error" if part.is_error else "result": part.text}
        return {"functionResponse": {"name": name, "response": response, **_id(part.tool_use_id)}}


def _signed(part: JsonObject, signature: str) -> JsonObject:
    return part | ({"thoughtSignature": signature} if signature else {})


def _id(call_id: str) -> JsonObject:
    return {} if call_id.startswith(OWN_CALL_ID) else {"id": call_id}


def _tool_choice(choice: str) -> JsonObject:
    if choice in {"auto", "any", "none"}:
        return {"mode": choice.upper()}
    return {"mode": "ANY", "allowedFunctionNames": [choice]}


def _generation_config(request: ChatRequest, model: Capabilities) -> JsonObject:
    config: JsonObject = {"maxOutputTokens": request.max_tokens}
    if request.stop_sequences:
        config["stopSequences"] = request.stop_sequences
    if model.sampling is True:
        chosen = {"temperature": request.temperature, "topP": request.top_p, "topK": request.top_k}
        config |= {name: value for name, value in chosen.items() if value is not None}
    if thinking := _thinking(request, model):
        config["thinkingConfig"] = thinking
    return config


def _thinking(request: ChatRequest, model: Capabilities) -> JsonObject:
    """Older models take a number of tokens, newer ones a level; neither takes the other's."""
    config: JsonObject = {}
    modes = model.thinking_modes or ()
    if request.effort and request.effort in (model.efforts or ()):
        config["thinkingLevel"] = request.effort.upper()
    wanted = request.thinking
    if wanted is None or (wanted.mode not in modes and not (wanted.mode == "enabled" and modes)):
        return config
    if wanted.mode == "disabled":
        return {"thinkingBudget": 0}
    config["includeThoughts"] = True
    if wanted.mode == "enabled" and "enabled" in modes and wanted.budget_tokens:
        config["thinkingBudget"] = wanted.budget_tokens
    return config
