"""OpenAI's built-in tools and its annotations in words.

Shapes: https://platform.openai.com/docs/api-reference/responses/object
"""

from __future__ import annotations

from collections.abc import Callable

from providers.shown import (
    JsonObject,
    Shown,
    Source,
    as_json,
    encrypted,
    named,
    objects_at,
    output_of,
    text_at,
)


def source_of(annotation: JsonObject) -> Source:
    """A web page, or a file."""
    title = text_at(annotation, "title") or text_at(annotation, "filename")
    return Source(title=title, url=text_at(annotation, "url"))


def shown(item: JsonObject) -> Shown:
    """A complete item of the output."""
    kind = text_at(item, "type")
    return _ITEMS.get(kind, _any)(item)


def _any(item: JsonObject) -> Shown:
    return named(text_at(item, "type").removesuffix("_call"), item)


def _search(item: JsonObject) -> Shown:
    action = item.get("action")
    pages = tuple(source_of(page) for page in objects_at(action, "sources"))
    match text_at(action, "type"):
        case "open_page":
            return Shown(title="Opened a page", detail=text_at(action, "url"), sources=pages)
        case "find_in_page":
            return Shown(title="Looked in a page", detail=text_at(action, "pattern"), sources=pages)
        case _:
            return Shown(title="Searched the web", detail=text_at(action, "query"), sources=pages)


def _files(item: JsonObject) -> Shown:
    queries = item.get("queries")
    asked = [one for one in queries if isinstance(one, str)] if isinstance(queries, list) else []
    results = tuple(source_of(one) for one in objects_at(item, "results"))
    return Shown(title="Searched the files", detail=", ".join(asked), sources=results)


def _program(item: JsonObject) -> Shown:
    logs = (text_at(one, "logs") for one in objects_at(item, "outputs"))
    return Shown(title="Ran a program", text=output_of(text_at(item, "code"), *logs))


def _server(item: JsonObject) -> Shown:
    failure = item.get("error")
    return Shown(
        title=f"Used {text_at(item, 'name') or 'a tool'}",
        detail=text_at(item, "server_label"),
        text=output_of(
            text_at(item, "arguments"), text_at(item, "output"), as_json(failure) if failure else ""
        ),
        is_error=bool(failure),
    )


def _reasoning(item: JsonObject) -> Shown:
    return encrypted()


_ITEMS: dict[str, Callable[[JsonObject], Shown]] = {
    "web_search_call": _search,
    "file_search_call": _files,
    "code_interpreter_call": _program,
    "mcp_call": _server,
    "reasoning": _reasoning,
}
