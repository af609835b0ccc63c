"""Blocks and sources in words: known shapes of every vendor, unknown ones, and nonsense."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.anthropic import shown as anthropic
from providers.gemini import shown as gemini
from providers.openai import shown as openai
from providers.shown import LONGEST, JsonObject, Shown, Source

PAGE = {"type": "web_search_result", "url": "https://example.org/", "title": "Example"}
EXAMPLE = Source(title="Example", url="https://example.org/")


def used(name: str, **given: str) -> JsonObject:
    return {"type": "server_tool_use", "id": "s", "name": name, "input": given}


def result(tool: str, content: object, **more: object) -> JsonObject:
    return {"type": f"{tool}_tool_result", "tool_use_id": "s", "content": content, **more}


@pytest.mark.parametrize(
    ("block", "words"),
    [
        (used("web_search", query="tides"), Shown(title="Searched the web", detail="tides")),
        (used("web_fetch", url="https://a.b/"), Shown(title="Opened a page", detail="https://a.b/")),
        (used("code_execution", code="1 + 1"), Shown(title="Ran a program", text="1 + 1")),
        (used("bash_code_execution", command="ls"), Shown(title="Ran a command", text="ls")),
        (result("web_search", [PAGE, PAGE]), Shown(title="Found 2 pages", sources=(EXAMPLE, EXAMPLE))),
        (result("web_search", []), Shown(title="Found nothing")),
        (
            result("web_search", {"type": "web_search_tool_result_error", "error_code": "max_uses_exceeded"}),
            Shown(title="That did not work", detail="max uses exceeded", is_error=True),
        ),
        (
            result("web_fetch", {"url": "https://example.org/", "content": {"title": "Example"}}),
            Shown(title="Read the page", sources=(EXAMPLE,)),
        ),
        (
            result("code_execution", {"stdout": "2\n", "stderr": "", "return_code": 0}),
            Shown(title="Its output", text="2"),
        ),
        (
            result("bash_code_execution", {"stdout": "", "stderr": "no", "return_code": 1}),
            Shown(title="It failed", text="no", is_error=True),
        ),
        (
            result("mcp", [{"type": "text", "text": "sun"}], is_error=False),
            Shown(title="Result of the tool", text="sun"),
        ),
        (
            {"type": "redacted_thinking", "data": "x"},
            Shown(title="Reasoning", detail="The provider encrypted this part."),
        ),
        ({"type": "new_thing"}, Shown(title="New thing", text='{\n  "type": "new_thing"\n}')),
    ],
)
def test_blocks_of_anthropic(block: JsonObject, words: Shown) -> None:
    assert anthropic.shown(block) == words


@pytest.mark.parametrize(
    ("item", "words"),
    [
        (
            {"type": "web_search_call", "action": {"type": "search", "query": "tides", "sources": [PAGE]}},
            Shown(title="Searched the web", detail="tides", sources=(EXAMPLE,)),
        ),
        (
            {"type": "web_search_call", "action": {"type": "open_page", "url": "https://a.b/"}},
            Shown(title="Opened a page", detail="https://a.b/"),
        ),
        (
            {"type": "file_search_call", "queries": ["a", "b"], "results": [{"filename": "notes.txt"}]},
            Shown(title="Searched the files", detail="a, b", sources=(Source(title="notes.txt"),)),
        ),
        (
            {"type": "code_interpreter_call", "code": "1", "outputs": [{"type": "logs", "logs": "2"}]},
            Shown(title="Ran a program", text="1\n2"),
        ),
        (
            {"type": "mcp_call", "name": "read", "server_label": "files", "arguments": "{}", "output": "x"},
            Shown(title="Used read", detail="files", text="{}\nx"),
        ),
        (
            {"type": "shell_call"},
            Shown(title="Shell", text='{\n  "type": "shell_call"\n}'),
        ),
    ],
)
def test_items_of_openai(item: JsonObject, words: Shown) -> None:
    assert openai.shown(item) == words


@pytest.mark.parametrize(
    ("kind", "part", "words"),
    [
        ("executable_code", {"executableCode": {"code": "1"}}, Shown(title="Ran a program", text="1")),
        (
            "code_execution_result",
            {"codeExecutionResult": {"outcome": "OUTCOME_OK", "output": "2"}},
            Shown(title="Its output", text="2"),
        ),
        (
            "code_execution_result",
            {"codeExecutionResult": {"outcome": "OUTCOME_FAILED", "output": "no"}},
            Shown(title="It failed", text="no", is_error=True),
        ),
        (
            "inline_data",
            {"inlineData": {"mimeType": "image/png"}},
            Shown(title="Made a file", detail="image/png"),
        ),
    ],
)
def test_parts_of_gemini(kind: str, part: JsonObject, words: Shown) -> None:
    assert gemini.shown({"type": kind, "part": part}) == words


@pytest.mark.parametrize(
    ("source_of", "citation", "source"),
    [
        (
            anthropic.source_of,
            {**PAGE, "cited_text": "Tides rise."},
            Source(title="Example", url="https://example.org/", passage="Tides rise."),
        ),
        (
            anthropic.source_of,
            {"type": "page_location", "document_title": "Notes"},
            Source(title="Notes"),
        ),
        (openai.source_of, {"type": "url_citation", **PAGE}, EXAMPLE),
        (openai.source_of, {"type": "file_citation", "filename": "a.txt"}, Source(title="a.txt")),
        (gemini.source_of, {"web": {"uri": "https://example.org/", "title": "Example"}}, EXAMPLE),
        (gemini.source_of, {"uri": "https://example.org/", "title": "Example"}, EXAMPLE),
    ],
)
def test_sources(source_of: Callable[[JsonObject], Source], citation: JsonObject, source: Source) -> None:
    assert source_of(citation) == source


def test_a_very_long_text_is_cut() -> None:
    words = anthropic.shown(used("code_execution", code="x" * 2 * LONGEST))
    assert len(words.text) == LONGEST


_keys = st.sampled_from(
    ["content", "input", "action", "sources", "url", "part", "web", "error_code", "results"]
)
_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_keys, inner, max_size=3),
    max_leaves=6,
)
_types = st.sampled_from(
    ["server_tool_use", "web_search_tool_result", "web_search_call", "mcp_call", "inline_data"]
)


@given(st.dictionaries(_keys, _json, max_size=4), _types)
def test_no_shape_is_an_error(block: JsonObject, kind: str) -> None:
    for vendor in (anthropic, openai, gemini):
        assert vendor.shown({**block, "type": kind}).title
        assert isinstance(vendor.source_of(block), Source)
