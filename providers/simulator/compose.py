"""A complete reply to a request: content blocks, stop reason and usage, before anything is sent.

The same reply is sent whole or as a stream. Block shapes: https://platform.claude.com/docs/en/api/messages
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from providers.messages import JsonObject
from providers.simulator.answers import answer_text, thinking_text
from providers.simulator.caching import split_cached
from providers.simulator.models import get_model, thinking_modes
from providers.simulator.prompt import (
    CHARACTERS_PER_TOKEN,
    begun_text,
    count_input,
    count_text,
    last_prompt,
    tool_results,
)
from providers.simulator.state import SimulatorState
from providers.simulator.switches import Switches, strip_switches

SOURCE_URL = "https://simulator.test/almanac"
SOURCE_TITLE = "The simulated almanac"


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """A finished answer. `usage` is the final one; `blocks` are complete."""

    id: str
    model: str
    blocks: tuple[JsonObject, ...]
    stop_reason: str
    stop_sequence: str | None
    stop_details: JsonObject | None
    usage: JsonObject


def compose(body: JsonObject, switches: Switches, state: SimulatorState) -> Reply:
    """Decide the whole answer to a checked request."""
    if switches.numbered:
        return _numbered(body, switches, state)
    thinking = _thinking_blocks(body, switches)
    search = _search_blocks(body, switches)
    tool = _tool_block(body, switches, state)
    blocks = [*thinking, *search]
    stop_reason, stop_sequence = "end_turn", None
    if tool is not None:
        intro = {"type": "text", "text": f"I will ask the tool {tool['name']}."}
        blocks += [intro, tool]
        stop_reason = "tool_use"
    else:
        text, stop_reason, stop_sequence = _bounded_text(body, switches, spent=output_tokens(blocks))
        citations = [_citation(body)] if search else []
        blocks.append({"type": "text", "text": text, **({"citations": citations} if citations else {})})
    return Reply(
        id=state.next_id("msg"),
        model=body["model"],
        blocks=tuple(blocks),
        stop_reason=switches.stop or stop_reason,
        stop_sequence=stop_sequence,
        stop_details=_refusal() if switches.stop == "refusal" else None,
        usage=_usage(body, blocks, state),
    )


def _numbered(body: JsonObject, switches: Switches, state: SimulatorState) -> Reply:
    """One token, in place of which the stream sends its lines."""
    blocks = ({"type": "text", "text": "many"},)
    return Reply(
        id=state.next_id("msg"),
        model=body["model"],
        blocks=blocks,
        stop_reason="end_turn",
        stop_sequence=None,
        stop_details=None,
        usage=_usage(body, blocks, state) | {"output_tokens": switches.numbered},
    )


def message_body(reply: Reply) -> JsonObject:
    """The reply as one `message` object, as sent without streaming."""
    return {
        "id": reply.id,
        "type": "message",
        "role": "assistant",
        "model": reply.model,
        "content": list(reply.blocks),
        "stop_reason": reply.stop_reason,
        "stop_sequence": reply.stop_sequence,
        "stop_details": reply.stop_details,
        "container": None,
        "usage": reply.usage,
    }


def block_tokens(block: JsonObject) -> int:
    """Output tokens of one block; results of server tools count nothing."""
    match block["type"]:
        case "text":
            return count_text(block["text"])
        case "thinking":
            return count_text(block["thinking"])
        case "tool_use" | "server_tool_use":
            return count_text(input_json(block))
        case _:
            return 0


def input_json(block: JsonObject) -> str:
    """A tool request's input as the JSON text that is streamed."""
    return msgspec.json.encode(block["input"]).decode()


def pieces(text: str, chunk: int) -> Iterator[str]:
    """`text` in deltas of `chunk` tokens, at least one."""
    size = max(chunk, 1) * CHARACTERS_PER_TOKEN
    for start in range(0, len(text), size):
        yield text[start : start + size]


def output_tokens(blocks: Sequence[JsonObject]) -> int:
    """Output tokens of all blocks."""
    return sum(block_tokens(block) for block in blocks)


def _thinking_blocks(body: JsonObject, switches: Switches) -> list[JsonObject]:
    config = body.get("thinking") or {}
    always = "disabled" not in thinking_modes(get_model(body["model"]))
    if not (switches.thinking or always or config.get("type") in ("adaptive", "enabled")):
        return []
    text = "" if config.get("display") == "omitted" else thinking_text(body)
    signature = hashlib.sha256(thinking_text(body).encode()).hexdigest()
    return [{"type": "thinking", "thinking": text, "signature": signature}]


def _search_blocks(body: JsonObject, switches: Switches) -> list[JsonObject]:
    offered = any(str(tool.get("type", "")).startswith("web_search") for tool in body.get("tools") or ())
    prompt = strip_switches(last_prompt(body))
    if not (switches.search or (offered and "search" in prompt.lower())):
        return []
    use_id = "srvtoolu_sim_1"
    result = {
        "type": "web_search_result",
        "url": SOURCE_URL,
        "title": SOURCE_TITLE,
        "encrypted_content": hashlib.sha256(prompt.encode()).hexdigest(),
        "page_age": None,
    }
    return [
        {"type": "server_tool_use", "id": use_id, "name": "web_search", "input": {"query": prompt[:100]}},
        {"type": "web_search_tool_result", "tool_use_id": use_id, "content": [result]},
    ]


def _citation(body: JsonObject) -> JsonObject:
    return {
        "type": "web_search_result_location",
        "url": SOURCE_URL,
        "title": SOURCE_TITLE,
        "encrypted_index": "simulated",
        "cited_text": strip_switches(last_prompt(body))[:80],
    }


def _tool_block(body: JsonObject, switches: Switches, state: SimulatorState) -> JsonObject | None:
    tools = {tool["name"]: tool for tool in body.get("tools") or () if "input_schema" in tool}
    choice = body.get("tool_choice") or {}
    if tool_results(body) or choice.get("type") == "none":
        return None
    name = switches.tool or choice.get("name") or _named_tool(body, list(tools))
    if not name and choice.get("type") == "any":
        name = next(iter(tools), "")
    if not name:
        return None
    schema = tools.get(name, {}).get("input_schema", {})
    return {
        "type": "tool_use",
        "id": state.next_id("toolu"),
        "name": name,
        "input": _tool_input(schema, strip_switches(last_prompt(body))),
    }


def _named_tool(body: JsonObject, names: Sequence[str]) -> str:
    """The tool whose name, or last word of it (get_weather → weather), stands in the prompt."""
    prompt = strip_switches(last_prompt(body)).lower()
    for name in names:
        if name.lower() in prompt or name.lower().rsplit("_", 1)[-1] in prompt:
            return name
    return ""


def _tool_input(schema: JsonObject, prompt: str) -> JsonObject:
    properties: JsonObject = schema.get("properties") or {}
    return {name: _example(properties.get(name, {}), prompt) for name in schema.get("required") or properties}


def _example(schema: JsonObject, prompt: str) -> Any:
    if schema.get("enum"):
        return schema["enum"][0]
    capitalised = [word.strip("?!.,;:") for word in prompt.split()[1:] if word[:1].isupper()]
    examples = {"integer": 1, "number": 1.5, "boolean": True, "array": [], "object": {}, "null": None}
    return examples.get(str(schema.get("type")), capitalised[-1] if capitalised else prompt[:60])


def _bounded_text(body: JsonObject, switches: Switches, *, spent: int) -> tuple[str, str, str | None]:
    """The text, cut at a stop sequence or at max_tokens, with the reason for stopping."""
    text = answer_text(body, length=switches.length).removeprefix(begun_text(body["messages"]))
    limit = max(body["max_tokens"] - spent, 1) * CHARACTERS_PER_TOKEN
    found = [(text.find(stop), stop) for stop in body.get("stop_sequences") or () if stop and stop in text]
    if found and min(found)[0] <= limit:
        position, stop = min(found)
        return text[:position], "stop_sequence", stop
    if len(text) > limit:
        return text[:limit], "max_tokens", None
    return text, "end_turn", None


def _refusal() -> JsonObject:
    return {"type": "refusal", "category": "general_harms", "explanation": "Simulated refusal."}


def _usage(body: JsonObject, blocks: Sequence[JsonObject], state: SimulatorState) -> JsonObject:
    read, written = split_cached(body, state.cached_prefixes)
    one_hour = written if '"ttl":"1h"' in msgspec.json.encode(body).decode() else 0
    searches = sum(1 for block in blocks if block["type"] == "server_tool_use")
    thinking = output_tokens([block for block in blocks if block["type"] == "thinking"])
    return {
        "input_tokens": count_input(body) - read - written,
        "cache_creation_input_tokens": written,
        "cache_read_input_tokens": read,
        "cache_creation": {
            "ephemeral_5m_input_tokens": written - one_hour,
            "ephemeral_1h_input_tokens": one_hour,
        },
        "output_tokens": output_tokens(blocks),
        "output_tokens_details": {"thinking_tokens": thinking},
        "server_tool_use": {"web_search_requests": searches, "web_fetch_requests": 0} if searches else None,
        "service_tier": "standard",
    }
