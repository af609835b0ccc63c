"""Whether a Messages API body is allowed, with the vendor's kind of sentence when it is not.

https://platform.claude.com/docs/en/api/messages-create. Shapes first (msgspec), then the rules between
fields. Raises `AnswerError` only.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Literal

import msgspec

from providers.messages import JsonObject
from providers.simulator.auth import LATEST_VERSION
from providers.simulator.failures import AnswerError
from providers.simulator.models import PREFILL_MODELS, SAMPLING_MODELS, thinking_modes, usable_model
from providers.simulator.prompt import begun_text, blocks_of, count_input

MAX_BODY_BYTES = 32 * 1024 * 1024
MAX_BREAKPOINTS = 4
MIN_THINKING_BUDGET = 1024
SAMPLING = ("temperature", "top_p", "top_k")
CITATIONS = frozenset({
    "char_location", "page_location", "content_block_location", "web_search_result_location",
    "search_result_location",
})  # fmt: skip
IMAGE_TYPES = ("image/jpeg", "image/png", "image/gif", "image/webp")
USER_BLOCKS = frozenset({"text", "image", "document", "tool_result", "search_result", "container_upload"})
ASSISTANT_BLOCKS = frozenset({
    "text", "thinking", "redacted_thinking", "tool_use", "server_tool_use", "web_search_tool_result",
    "web_fetch_tool_result", "code_execution_tool_result", "document",
})  # fmt: skip
# What each block must have besides `type`.
REQUIRED: Mapping[str, Mapping[str, type]] = {
    "text": {"text": str},
    "image": {"source": dict},
    "document": {"source": dict},
    "thinking": {"thinking": str, "signature": str},
    "redacted_thinking": {"data": str},
    "tool_use": {"id": str, "name": str, "input": dict},
    "tool_result": {"tool_use_id": str},
}

Positive = Annotated[int, msgspec.Meta(ge=1)]
Fraction = Annotated[float, msgspec.Meta(ge=0, le=1)]


class _Message(msgspec.Struct):
    role: Literal["user", "assistant", "system"]
    content: str | list[JsonObject]


class _SystemBlock(msgspec.Struct):
    type: Literal["text"]
    text: str


class _Schema(msgspec.Struct):
    type: str | None = None
    properties: dict[str, JsonObject] = {}
    required: list[str] = []


class _Tool(msgspec.Struct):
    name: Annotated[str, msgspec.Meta(min_length=1)]
    type: str | None = None
    input_schema: _Schema | None = None


class _ToolChoice(msgspec.Struct):
    type: Literal["auto", "any", "tool", "none"]
    name: str | None = None


class _Prompt(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """The fields that count_tokens takes too."""

    model: str
    messages: Annotated[list[_Message], msgspec.Meta(min_length=1, max_length=100_000)]
    system: str | list[_SystemBlock] | None = None
    tools: list[_Tool] | None = None
    tool_choice: _ToolChoice | None = None
    thinking: JsonObject | None = None
    output_config: JsonObject | None = None
    cache_control: JsonObject | None = None
    temperature: Fraction | None = None
    top_p: Fraction | None = None
    top_k: Annotated[int, msgspec.Meta(ge=0)] | None = None


class _Create(_Prompt, kw_only=True, forbid_unknown_fields=True):
    max_tokens: Positive
    stream: bool = False
    stop_sequences: list[str] | None = None
    metadata: JsonObject | None = None
    service_tier: Literal["auto", "standard_only"] | None = None
    container: str | JsonObject | None = None
    inference_geo: str | None = None
    speed: Literal["standard", "fast"] | None = None


def parse_body(raw: bytes, content_type: str, *, counting: bool = False) -> JsonObject:
    """The body as checked JSON. Raises `AnswerError`: 400 for its shape, 404 for its model."""
    if not content_type.startswith("application/json"):
        raise AnswerError(400, "content-type: must be application/json")
    try:
        body = msgspec.json.decode(raw, type=JsonObject)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise AnswerError(400, f"The request body is not valid JSON: {error}") from error
    try:
        msgspec.convert(body, _Prompt if counting else _Create)
    except msgspec.ValidationError as error:
        raise AnswerError(400, str(error)) from error
    return body


def check_rules(body: JsonObject, *, version: str) -> None:
    """The rules between fields, for a body from `parse_body`."""
    model = usable_model(body["model"])
    _check_sampling(body, version)
    _check_thinking(body, model)
    _check_last(body["messages"][-1], body["model"])
    _check_messages(body["messages"], version)
    _check_tools(body, model)
    _check_breakpoints(body)
    if (answer := body.get("max_tokens", 1)) > model["max_tokens"]:
        limit = model["max_tokens"]
        raise AnswerError(
            400, f"max_tokens: {answer} > {limit}, which is the maximum allowed for {model['id']}"
        )
    if (tokens := count_input(body)) > model["max_input_tokens"]:
        raise AnswerError(400, f"prompt is too long: {tokens} tokens > {model['max_input_tokens']} maximum")


def _check_sampling(body: JsonObject, version: str) -> None:
    for name in SAMPLING:
        if body.get(name) is None:
            continue
        if version == LATEST_VERSION:
            raise AnswerError(400, f"{name}: Extra inputs are not permitted")
        if body["model"] not in SAMPLING_MODELS:
            raise AnswerError(400, f"`{name}` is deprecated for this model")


def _check_thinking(body: JsonObject, model: JsonObject) -> None:
    thinking = body.get("thinking")
    if thinking is None:
        return
    mode, modes = thinking.get("type"), thinking_modes(model)
    if mode not in modes:
        raise AnswerError(400, f"thinking.type: {mode!r} is not supported by this model; use one of {modes}")
    if mode == "enabled":
        budget = thinking.get("budget_tokens")
        if not isinstance(budget, int) or budget < MIN_THINKING_BUDGET:
            raise AnswerError(400, f"thinking.budget_tokens: must be at least {MIN_THINKING_BUDGET}")
        if budget >= body.get("max_tokens", budget + 1):
            raise AnswerError(400, "thinking.budget_tokens: must be less than max_tokens")


def _check_last(message: JsonObject, model: str) -> None:
    if message["role"] != "assistant" or _is_paused(message):
        return
    if model not in PREFILL_MODELS:
        raise AnswerError(400, "messages: the final message must be a user message; prefill is not supported")
    if begun_text([message]) != begun_text([message]).rstrip():
        raise AnswerError(400, "messages: final assistant content cannot end with trailing whitespace")


def _is_paused(message: JsonObject) -> bool:
    """A turn with tools of the vendor's own may have been interrupted, and goes on when it is sent back."""
    return any(block.get("type") == "server_tool_use" for block in blocks_of(message["content"]))


def _check_messages(messages: list[JsonObject], version: str) -> None:
    for position, message in enumerate(messages):
        where = f"messages.{position}"
        if not message["content"]:
            raise AnswerError(400, f"{where}: content must not be empty")
        for place, block in enumerate(blocks_of(message["content"])):
            _check_block(block, message["role"], f"{where}.content.{place}", version)
    _check_tool_results(messages)


def _check_block(block: JsonObject, role: str, where: str, version: str) -> None:
    kind = str(block.get("type"))
    allowed = ASSISTANT_BLOCKS if role == "assistant" else USER_BLOCKS
    if kind not in allowed:
        raise AnswerError(400, f"{where}.type: {kind!r} is not allowed in a message of the {role}")
    for field, expected in REQUIRED.get(kind, {}).items():
        if not isinstance(block.get(field), expected):
            raise AnswerError(400, f"{where}.{kind}.{field}: Field required ({expected.__name__})")
    match kind:
        case "text" if not block["text"]:
            raise AnswerError(400, f"{where}.text: text content blocks must be non-empty")
        case "text" if role == "assistant" and not _are_citations(block.get("citations")):
            raise AnswerError(400, f"{where}.citations: Input tag does not match any of the expected tags")
        case "text" if role == "user" and block.get("citations") and version == LATEST_VERSION:
            raise AnswerError(400, f"{where}.citations: not allowed in a user message")
        case "document" if role == "assistant" and version == LATEST_VERSION:
            raise AnswerError(400, f"{where}: document blocks are not allowed in an assistant message")
        case "image" | "document":
            _check_source(block["source"], kind, where)
        case _:
            pass


def _are_citations(cited: object) -> bool:
    if not cited:
        return True
    return isinstance(cited, list) and all(
        isinstance(one, dict) and str(one.get("type")) in CITATIONS for one in cited
    )


def _check_source(source: JsonObject, kind: str, where: str) -> None:
    if "type" not in source:
        raise AnswerError(400, f"{where}.source.type: Field required")
    if source["type"] != "base64":
        return
    types = IMAGE_TYPES if kind == "image" else ("application/pdf",)
    if source.get("media_type") not in types:
        raise AnswerError(400, f"{where}.source.media_type: must be one of {', '.join(types)}")
    if not source.get("data"):
        raise AnswerError(400, f"{where}.source.data: Field required")


def _check_tool_results(messages: list[JsonObject]) -> None:
    asked: set[str] = set()
    for position, message in enumerate(messages):
        blocks = blocks_of(message["content"])
        answered = {block["tool_use_id"] for block in blocks if block.get("type") == "tool_result"}
        if unknown := answered - asked:
            raise AnswerError(400, f"messages.{position}: unexpected tool_use_id {min(unknown)}")
        if missing := asked - answered:
            raise AnswerError(400, f"messages.{position}: tool_use {min(missing)} has no tool_result")
        asked = {block["id"] for block in blocks if block.get("type") == "tool_use"}


def _check_tools(body: JsonObject, model: JsonObject) -> None:
    for position, tool in enumerate(body.get("tools") or ()):
        is_ours = tool.get("type", "custom") == "custom"
        if is_ours and (tool.get("input_schema") or {}).get("type") != "object":
            raise AnswerError(400, f'tools.{position}.input_schema.type: must be "object"')
    choice = (body.get("tool_choice") or {}).get("type", "auto")
    if choice in ("any", "tool"):
        if not body.get("tools"):
            raise AnswerError(400, "tool_choice: may only be specified while providing tools")
        if "disabled" not in thinking_modes(model):
            raise AnswerError(
                400, "tool_choice: a forced tool is not supported by a model that always thinks"
            )


def _check_breakpoints(body: JsonObject) -> None:
    found = sum(1 for block in _all_blocks(body) if block.get("cache_control"))
    if found > MAX_BREAKPOINTS:
        raise AnswerError(400, f"A maximum of {MAX_BREAKPOINTS} blocks with cache_control may be provided")


def _all_blocks(body: JsonObject) -> Iterator[JsonObject]:
    yield from body.get("tools") or ()
    yield from blocks_of(body.get("system") or "")
    for message in body["messages"]:
        yield from blocks_of(message["content"])
