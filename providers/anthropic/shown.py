"""Anthropic's server tools, their results and its citations in words.

Shapes: https://platform.claude.com/docs/en/agents-and-tools/tool-use/web-search-tool and its neighbours,
https://platform.claude.com/docs/en/build-with-claude/citations
"""

from __future__ import annotations

from collections.abc import Callable

from providers.shown import (
    JsonObject,
    Shown,
    Source,
    as_json,
    encrypted,
    found,
    named,
    objects_at,
    output_of,
    text_at,
)

_RESULT = "_tool_result"


def source_of(citation: JsonObject) -> Source:
    """Any kind of citation: of a web page, a search result, or a document that was sent."""
    return Source(
        title=text_at(citation, "title") or text_at(citation, "document_title"),
        url=text_at(citation, "url") or text_at(citation, "source"),
        passage=text_at(citation, "cited_text"),
    )


def shown(block: JsonObject) -> Shown:
    """A complete block."""
    kind = text_at(block, "type")
    if kind in ("server_tool_use", "mcp_tool_use"):
        return _used(block)
    if kind.endswith(_RESULT):
        return _result(kind.removesuffix(_RESULT), block)
    if kind == "redacted_thinking":
        return encrypted()
    if kind == "compaction":
        return Shown(title="Summarised the older messages", text=text_at(block, "content"))
    return named(kind, block)


def _used(block: JsonObject) -> Shown:
    name, wanted = text_at(block, "name"), block.get("input")
    match name:
        case "web_search":
            return Shown(title="Searched the web", detail=text_at(wanted, "query"))
        case "web_fetch":
            return Shown(title="Opened a page", detail=text_at(wanted, "url"))
        case "code_execution":
            return Shown(title="Ran a program", text=text_at(wanted, "code"))
        case "bash_code_execution":
            return Shown(title="Ran a command", text=text_at(wanted, "command"))
        case "text_editor_code_execution":
            return Shown(title="Worked on a file", detail=text_at(wanted, "path"), text=as_json(wanted))
        case _:
            return Shown(
                title=f"Used {name or 'a tool'}", detail=text_at(block, "server_name"), text=as_json(wanted)
            )


def _result(tool: str, block: JsonObject) -> Shown:
    content = block.get("content")
    if isinstance(content, dict) and (code := text_at(content, "error_code")):
        return Shown(title="That did not work", detail=code.replace("_", " "), is_error=True)
    return _RESULTS.get(tool, _any_result)(block)


def _search_result(block: JsonObject) -> Shown:
    return found(source_of(page) for page in objects_at(block, "content"))


def _fetch_result(block: JsonObject) -> Shown:
    page = block.get("content")
    title = text_at(page, "content", "title")
    return Shown(title="Read the page", sources=(Source(title=title, url=text_at(page, "url")),))


def _program_result(block: JsonObject) -> Shown:
    content = block.get("content")
    failed = isinstance(content, dict) and content.get("return_code") not in (0, None)
    text = output_of(text_at(content, "stdout"), text_at(content, "stderr"))
    return Shown(title="It failed" if failed else "Its output", text=text, is_error=failed)


def _any_result(block: JsonObject) -> Shown:
    texts = [text_at(one, "text") for one in objects_at(block, "content")]
    text = output_of(*texts) or as_json(block.get("content"))
    return Shown(title="Result of the tool", text=text, is_error=block.get("is_error") is True)


_RESULTS: dict[str, Callable[[JsonObject], Shown]] = {
    "web_search": _search_result,
    "web_fetch": _fetch_result,
    "code_execution": _program_result,
    "bash_code_execution": _program_result,
}
