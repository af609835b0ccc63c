"""A generateContent body: whether it is allowed, and the same in the simulator's own form.

https://ai.google.dev/api/generate-content. Shapes first (msgspec), then the rules between fields. Raises
`AnswerError` only.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import Annotated, Any, Literal, TypeVar

import msgspec

from providers.messages import JsonObject
from providers.simulator.failures import AnswerError

MAX_STOP_SEQUENCES = 5
Positive = Annotated[int, msgspec.Meta(ge=1)]
T = TypeVar("T")
_CAMEL = re.compile(r"_([a-z])")
_FREE_FORM = frozenset({"args", "response", "parameters", "parametersJsonSchema"})


class _Base(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """Google refuses fields that it does not know."""


class _Call(_Base, frozen=True):
    name: Annotated[str, msgspec.Meta(min_length=1)]
    args: JsonObject = {}
    id: str = ""


class _Answer(_Base, frozen=True):
    name: Annotated[str, msgspec.Meta(min_length=1)]
    response: JsonObject
    id: str = ""


class _Blob(_Base, frozen=True):
    mime_type: str
    data: str


class _Part(_Base, frozen=True):
    text: str | None = None
    thought: bool = False
    thought_signature: str = ""
    function_call: _Call | None = None
    function_response: _Answer | None = None
    inline_data: _Blob | None = None


class _Content(_Base, frozen=True):
    parts: Annotated[list[_Part], msgspec.Meta(min_length=1)]
    role: Literal["user", "model"] = "user"


class _Function(_Base, frozen=True):
    name: Annotated[str, msgspec.Meta(min_length=1)]
    description: str = ""
    parameters: JsonObject = {}
    parameters_json_schema: JsonObject = {}


class _Tool(_Base, frozen=True):
    function_declarations: list[_Function] = []
    google_search: JsonObject | None = None


class _CallingConfig(_Base, frozen=True):
    mode: Literal["AUTO", "ANY", "NONE", "MODE_UNSPECIFIED", "VALIDATED"] = "AUTO"
    allowed_function_names: list[str] = []


class _ToolConfig(_Base, frozen=True):
    function_calling_config: _CallingConfig = _CallingConfig()


class _Thinking(_Base, frozen=True):
    include_thoughts: bool = False
    thinking_budget: int | None = None
    thinking_level: Literal["MINIMAL", "LOW", "MEDIUM", "HIGH", "XHIGH"] | None = None


class _Generation(_Base, frozen=True):
    max_output_tokens: Positive | None = None
    stop_sequences: Annotated[list[str], msgspec.Meta(max_length=MAX_STOP_SEQUENCES)] = []
    temperature: Annotated[float, msgspec.Meta(ge=0, le=2)] | None = None
    top_p: Annotated[float, msgspec.Meta(ge=0, le=1)] | None = None
    top_k: Positive | None = None
    candidate_count: Literal[1] = 1
    seed: int | None = None
    thinking_config: _Thinking = _Thinking()


class GenerateRequest(_Base, frozen=True):
    """The body, also inside that of countTokens."""

    contents: Annotated[list[_Content], msgspec.Meta(min_length=1)]
    system_instruction: _Content | None = None
    tools: list[_Tool] = []
    tool_config: _ToolConfig = _ToolConfig()
    generation_config: _Generation = _Generation()
    safety_settings: list[JsonObject] = []
    model: str = ""


class CountRequest(_Base, frozen=True):
    """The body of countTokens: contents alone, or a whole request."""

    contents: list[_Content] = []
    generate_content_request: GenerateRequest | None = None


def parse_generate(raw: bytes) -> GenerateRequest:
    """The body of generateContent, checked."""
    request = _decode(raw, GenerateRequest)
    _check(request)
    return request


def parse_count(raw: bytes) -> GenerateRequest:
    """The request whose tokens are to be counted, checked."""
    body = _decode(raw, CountRequest)
    if body.generate_content_request is not None and body.contents:
        raise AnswerError(400, "contents, generateContentRequest: only one of them may be set.")
    if body.generate_content_request is None and not body.contents:
        raise AnswerError(400, "* CountTokensRequest.contents: contents is not specified")
    request = body.generate_content_request or GenerateRequest(contents=body.contents)
    _check(request)
    return request


def to_messages(request: GenerateRequest, model: JsonObject) -> JsonObject:
    """The request in the simulator's own form."""
    config = request.generation_config
    body: JsonObject = {
        "model": model["id"],
        "max_tokens": config.max_output_tokens or model["max_tokens"],
        "messages": [_message(content) for content in request.contents],
        "stop_sequences": config.stop_sequences,
        "thinking": _thinking(config.thinking_config),
        "tools": _tools(request),
        "tool_choice": _tool_choice(request.tool_config.function_calling_config),
        "cache_control": {"type": "ephemeral"},  # Google caches by itself what repeats
    }
    if request.system_instruction is not None:
        body["system"] = _message(request.system_instruction)["content"]
    return body


def _decode(raw: bytes, kind: type[T]) -> T:
    try:
        return msgspec.convert(_camel(msgspec.json.decode(raw)), kind)
    except msgspec.ValidationError as error:
        raise AnswerError(400, f"Invalid JSON payload received. {error}") from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise AnswerError(400, "Invalid JSON payload received. Unexpected token.") from error


def _camel(value: Any) -> Any:
    """Google takes each field by both its names, `maxOutputTokens` and `max_output_tokens`."""
    if isinstance(value, list):
        return [_camel(item) for item in value]
    if not isinstance(value, dict):
        return value
    named = ((_CAMEL.sub(lambda found: found[1].upper(), name), inner) for name, inner in value.items())
    return {name: inner if name in _FREE_FORM else _camel(inner) for name, inner in named}


def _check(request: GenerateRequest) -> None:
    asked = 0
    for number, content in enumerate(request.contents):
        for part in content.parts:
            _check_part(part, f"contents[{number}].parts")
        answered = sum(part.function_response is not None for part in content.parts)
        if answered != asked:
            raise AnswerError(
                400,
                "Please ensure that the number of function response parts is equal to the number of function "
                "call parts of the function call turn.",
            )
        asked = sum(part.function_call is not None for part in content.parts)
    if request.contents[-1].role == "model":
        raise AnswerError(400, "Please ensure that the last turn is that of the user.")


def _check_part(part: _Part, where: str) -> None:
    data = (part.text, part.function_call, part.function_response, part.inline_data)
    if sum(one is not None for one in data) != 1:
        raise AnswerError(400, f"{where}: required oneof field 'data' must have one initialized field")
    for text in (part.thought_signature, part.inline_data.data if part.inline_data else ""):
        try:
            base64.b64decode(text.replace("-", "+").replace("_", "/") + "==")
        except binascii.Error as error:
            raise AnswerError(400, f"Invalid value at '{where}': Base64 decoding failed.") from error


def _message(content: _Content) -> JsonObject:
    role = "assistant" if content.role == "model" else "user"
    return {"role": role, "content": [_block(part) for part in content.parts]}


def _block(part: _Part) -> JsonObject:
    if part.function_call is not None:
        call = part.function_call
        return {"type": "tool_use", "id": call.id or call.name, "name": call.name, "input": call.args}
    if part.function_response is not None:
        return _tool_result(part.function_response)
    if part.inline_data is not None:
        kind = "image" if part.inline_data.mime_type.startswith("image/") else "document"
        return {"type": kind, "source": {"type": "base64", "data": part.inline_data.data}}
    if part.thought:
        return {"type": "thinking", "thinking": part.text, "signature": part.thought_signature}
    return {"type": "text", "text": part.text}


def _tool_result(answer: _Answer) -> JsonObject:
    """Google leaves the shape of the response to the caller, but names `output` and `error`."""
    said = answer.response
    words = next((said[name] for name in ("error", "output", "result") if name in said), said)
    text = words if isinstance(words, str) else msgspec.json.encode(words).decode()
    return {
        "type": "tool_result",
        "tool_use_id": answer.id or answer.name,
        "content": text,
        "is_error": "error" in said,
    }


def _thinking(config: _Thinking) -> JsonObject:
    if config.include_thoughts:
        return {"type": "adaptive"}
    return {"type": "disabled", "display": "omitted"}


def _tools(request: GenerateRequest) -> list[JsonObject]:
    tools: list[JsonObject] = []
    for tool in request.tools:
        tools += [
            {
                "name": function.name,
                "description": function.description,
                "input_schema": _plain(function.parameters_json_schema or function.parameters),
            }
            for function in tool.function_declarations
        ]
        if tool.google_search is not None:
            tools.append({"type": "web_search", "name": "web_search"})
    return tools


def _plain(schema: JsonObject) -> JsonObject:
    """JSON Schema out of Google's own dialect, which writes types in capitals."""
    properties = {name: _plain(inner) for name, inner in (schema.get("properties") or {}).items()}
    kind = {"type": str(schema["type"]).lower()} if "type" in schema else {}
    return schema | kind | ({"properties": properties} if properties else {})


def _tool_choice(config: _CallingConfig) -> JsonObject:
    match config.mode:
        case "NONE":
            return {"type": "none"}
        case "ANY" if config.allowed_function_names:
            return {"type": "tool", "name": config.allowed_function_names[0]}
        case "ANY":
            return {"type": "any"}
        case _:
            return {"type": "auto"}
