"""From the bodies of OpenAI's two APIs to the simulator's own form, which is a Messages body.

Shapes are checked here with the vendor's kind of sentence; the rules between fields are `validation`'s.
Sources: the request types of the vendor's Python SDK 3.54. Raises `AnswerError` only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import groupby
from typing import Annotated, Any, Literal

import msgspec

from providers.messages import JsonObject
from providers.simulator.failures import AnswerError

DEFAULT_MAX_TOKENS = 4096
Positive = Annotated[int, msgspec.Meta(ge=1)]
Content = str | list[JsonObject] | None
Turn = tuple[str, list[JsonObject]]


class _Function(msgspec.Struct):
    name: Annotated[str, msgspec.Meta(min_length=1)]
    description: str | None = None
    parameters: JsonObject | None = None
    strict: bool | None = None


class _Prompt(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    model: str
    tools: list[JsonObject] | None = None
    tool_choice: str | JsonObject | None = None
    temperature: Annotated[float, msgspec.Meta(ge=0, le=2)] | None = None
    top_p: Annotated[float, msgspec.Meta(ge=0, le=1)] | None = None
    stream: bool = False
    store: bool | None = None
    metadata: JsonObject | None = None
    parallel_tool_calls: bool | None = None
    safety_identifier: str | None = None
    prompt_cache_key: str | None = None
    service_tier: str | None = None
    stream_options: JsonObject | None = None
    user: str | None = None


class _Reasoning(msgspec.Struct):
    effort: Literal["none", "minimal", "low", "medium", "high", "xhigh", "max"] | None = None
    summary: Literal["auto", "concise", "detailed"] | None = None


class _Response(_Prompt, kw_only=True, forbid_unknown_fields=True):
    input: str | Annotated[list[JsonObject], msgspec.Meta(min_length=1)]
    instructions: str | None = None
    max_output_tokens: Positive | None = None
    reasoning: _Reasoning | None = None
    include: list[str] | None = None
    text: JsonObject | None = None
    truncation: str | None = None


class _Completion(_Prompt, kw_only=True, forbid_unknown_fields=True):
    messages: Annotated[list[JsonObject], msgspec.Meta(min_length=1)]
    max_tokens: Positive | None = None
    max_completion_tokens: Positive | None = None
    stop: str | list[str] | None = None
    n: Literal[1] | None = None
    reasoning_effort: str | None = None
    top_k: int | None = None


def read_response(raw: bytes) -> tuple[JsonObject, JsonObject]:
    """The body of POST /responses as it came, and in our form."""
    body = _decode(raw)
    checked = _convert(body, _Response)
    reasoning = checked.reasoning or _Reasoning()
    items = checked.input
    if isinstance(items, str):
        items = [{"role": "user", "content": items}]
    system, turns = _split([_item(item) for item in items])
    return body, _body(
        checked,
        system=[checked.instructions or "", *system],
        turns=turns,
        max_tokens=checked.max_output_tokens,
        thinks=None if checked.reasoning is None else reasoning.effort != "none",
    )


def read_completion(raw: bytes) -> tuple[JsonObject, JsonObject]:
    """The body of POST /chat/completions as it came, and in our form."""
    body = _decode(raw)
    checked = _convert(body, _Completion)
    system, turns = _split([_message(message) for message in checked.messages])
    effort = checked.reasoning_effort
    stops = [checked.stop] if isinstance(checked.stop, str) else checked.stop
    ours = _body(
        checked,
        system=system,
        turns=turns,
        max_tokens=checked.max_completion_tokens or checked.max_tokens,
        thinks=None if effort is None else effort != "none",
    )
    return body, ours | ({"stop_sequences": stops} if stops else {})


def _decode(raw: bytes) -> JsonObject:
    try:
        return msgspec.json.decode(raw, type=JsonObject)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise AnswerError(400, "We could not parse the JSON body of your request.") from error


def _convert(body: JsonObject, kind: Any) -> Any:
    try:
        return msgspec.convert(body, kind)
    except msgspec.ValidationError as error:
        raise AnswerError(400, f"Invalid request: {error}", error_code="invalid_type") from error


def _body(
    checked: _Prompt, *, system: list[str], turns: list[Turn], max_tokens: int | None, thinks: bool | None
) -> JsonObject:
    messages = [
        {"role": role, "content": [block for _, blocks in group for block in blocks]}
        for role, group in groupby(turns, key=lambda turn: turn[0])
    ]
    if not messages:
        raise AnswerError(400, "Invalid request: no message of the user.", error_code="invalid_value")
    body: JsonObject = {
        "model": checked.model,
        "messages": messages,
        "max_tokens": max_tokens or DEFAULT_MAX_TOKENS,
        "cache_control": {"type": "ephemeral"},  # this vendor caches without being asked
    }
    if text := "\n\n".join(filter(None, system)):
        body["system"] = text
    if checked.tools:
        body["tools"] = [_tool(tool) for tool in checked.tools]
    if checked.tool_choice is not None:
        body["tool_choice"] = _tool_choice(checked.tool_choice)
    if thinks is not None:
        body["thinking"] = {"type": "adaptive" if thinks else "disabled"}
    sampling = {"temperature": checked.temperature, "top_p": checked.top_p}
    return body | {name: value for name, value in sampling.items() if value is not None}


def _split(turns: Iterable[Turn]) -> tuple[list[str], list[Turn]]:
    """What belongs to the system prompt, and the rest."""
    found = [turn for turn in turns if turn[1]]
    system = [str(block.get("text", "")) for role, blocks in found if role == "system" for block in blocks]
    return system, [turn for turn in found if turn[0] != "system"]


def _item(item: JsonObject) -> Turn:
    """One input item of the Responses API."""
    match item.get("type", "message"):
        case "message":
            return _role(item), _blocks(item.get("content"))
        case "function_call":
            return "assistant", [_tool_use(item.get("call_id"), item)]
        case "function_call_output":
            return "user", [_tool_result(item.get("call_id"), item.get("output"))]
        case "reasoning":
            return "assistant", []
        case kind:
            raise AnswerError(400, f"Invalid value: {kind!r} is no input item.", error_code="invalid_value")


def _message(message: JsonObject) -> Turn:
    """One message of the Chat Completions API."""
    if message.get("role") == "tool":
        return "user", [_tool_result(message.get("tool_call_id"), message.get("content"))]
    calls = message.get("tool_calls") or []
    if not isinstance(calls, list) or not all(isinstance(call, dict) for call in calls):
        raise AnswerError(400, "Invalid type for 'tool_calls'.", error_code="invalid_type")
    uses = [_tool_use(call.get("id"), call.get("function")) for call in calls]
    return _role(message), _blocks(message.get("content")) + uses


def _role(item: JsonObject) -> str:
    roles = {"user": "user", "assistant": "assistant", "system": "system", "developer": "system"}
    role = str(item.get("role"))
    if role not in roles:
        raise AnswerError(400, f"Invalid value: role {role!r}.", error_code="invalid_value")
    return roles[role]


def _blocks(content: Any) -> list[JsonObject]:
    if content is None or content == "":
        return []
    if isinstance(content, str):
        return [{"type": "text", "text": content}]
    if not isinstance(content, list) or not all(isinstance(part, dict) for part in content):
        raise AnswerError(400, "Invalid type for 'content'.", error_code="invalid_type")
    return [_block(part) for part in content]


def _block(part: JsonObject) -> JsonObject:
    read = _PARTS.get(str(part.get("type")))
    if read is None:
        raise AnswerError(
            400, f"Invalid value: {part.get('type')!r} is no content part.", error_code="invalid_value"
        )
    return read(part)


def _text(part: JsonObject) -> JsonObject:
    text = part.get("text", part.get("refusal"))
    if not isinstance(text, str) or not text:
        raise AnswerError(400, "Missing required parameter: 'text'.", error_code="missing_required_parameter")
    return {"type": "text", "text": text}


def _image(part: JsonObject) -> JsonObject:
    url = part.get("image_url")
    url = url.get("url") if isinstance(url, dict) else url
    return _file("image", url)


def _document(part: JsonObject) -> JsonObject:
    inner = part.get("file")
    return _file("document", (inner if isinstance(inner, dict) else part).get("file_data"))


def _file(kind: str, url: Any) -> JsonObject:
    head, comma, data = str(url).partition(";base64,")
    if not comma or not head.startswith("data:"):
        raise AnswerError(400, f"Invalid {kind}: send it as a data URL.", error_code="invalid_value")
    return {
        "type": kind,
        "source": {"type": "base64", "media_type": head.removeprefix("data:"), "data": data},
    }


_PARTS: dict[str, Callable[[JsonObject], JsonObject]] = {
    **dict.fromkeys(("text", "input_text", "output_text", "refusal"), _text),
    **dict.fromkeys(("image_url", "input_image"), _image),
    **dict.fromkeys(("file", "input_file"), _document),
}


def _tool_use(call_id: Any, function: Any) -> JsonObject:
    try:
        arguments = msgspec.json.decode(str(function["arguments"]) or "{}", type=JsonObject)
        return {"type": "tool_use", "id": str(call_id), "name": str(function["name"]), "input": arguments}
    except (msgspec.DecodeError, TypeError, KeyError) as error:
        raise AnswerError(
            400, "Invalid function call: name and JSON arguments needed.", error_code="invalid_value"
        ) from error


def _tool_result(call_id: Any, output: Any) -> JsonObject:
    return {"type": "tool_result", "tool_use_id": str(call_id), "content": _blocks(output)}


def _tool(tool: JsonObject) -> JsonObject:
    if tool.get("type") != "function":
        return {"type": str(tool.get("type")), "name": str(tool.get("type"))}
    function: _Function = _convert(tool.get("function", tool), _Function)
    schema = {"type": "object", **(function.parameters or {})}
    return {"name": function.name, "description": function.description, "input_schema": schema}


def _tool_choice(choice: str | JsonObject) -> JsonObject:
    if isinstance(choice, str):
        kinds = {"auto": "auto", "none": "none", "required": "any"}
        if choice not in kinds:
            raise AnswerError(400, f"Invalid value: tool_choice {choice!r}.", error_code="invalid_value")
        return {"type": kinds[choice]}
    inner = choice.get("function")
    return {"type": "tool", "name": str((inner if isinstance(inner, dict) else choice).get("name", ""))}
