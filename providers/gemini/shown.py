"""Gemini's whole parts and its sources in words.

Shapes: https://ai.google.dev/api/caching#Part, https://ai.google.dev/api/generate-content#GroundingChunk
"""

from __future__ import annotations

from providers.shown import JsonObject, Shown, Source, named, text_at

_GROUNDS = ("web", "retrievedContext", "maps")


def source_of(chunk: JsonObject) -> Source:
    """A grounding chunk, or a source that a passage repeats."""
    ground = next((chunk[name] for name in _GROUNDS if name in chunk), chunk)
    return Source(title=text_at(ground, "title"), url=text_at(ground, "uri"), passage=text_at(ground, "text"))


def shown(block: JsonObject) -> Shown:
    """A part that arrived whole, by the name that our handler gave it."""
    kind, part = text_at(block, "type"), block.get("part")
    match kind:
        case "executable_code":
            return Shown(title="Ran a program", text=text_at(part, "executableCode", "code"))
        case "code_execution_result":
            outcome = text_at(part, "codeExecutionResult", "outcome")
            failed = outcome not in ("", "OUTCOME_OK")
            text = text_at(part, "codeExecutionResult", "output")
            return Shown(title="It failed" if failed else "Its output", text=text, is_error=failed)
        case "inline_data":
            return Shown(title="Made a file", detail=text_at(part, "inlineData", "mimeType"))
        case _:
            return named(kind, block)
