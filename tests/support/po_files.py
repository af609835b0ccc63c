"""Reads the text form of a catalogue of messages (gettext's .po), as far as translators need it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_FIELD = re.compile(
    r'^(msgctxt|msgid|msgid_plural|msgstr(?:\[\d+\])?) ((?:"(?:[^"\\]|\\.)*"\n?)+)', re.MULTILINE
)


@dataclass(frozen=True)
class Entry:
    """A message: what stands in the code (two forms where it counts), and what is said instead."""

    sources: tuple[str, ...]
    said: tuple[str, ...]
    is_fuzzy: bool
    context: str = ""


def entries(path: Path) -> Iterator[Entry]:
    """All messages but the header and those that are in use no more."""
    for block in path.read_text().split("\n\n"):
        fields = {name: _joined(quoted) for name, quoted in _FIELD.findall(f"{block}\n")}
        if fields.get("msgid"):
            yield Entry(
                sources=tuple(fields[name] for name in ("msgid", "msgid_plural") if name in fields),
                said=tuple(text for name, text in fields.items() if name.startswith("msgstr")),
                is_fuzzy=re.search(r"^#,.*\bfuzzy\b", block, re.MULTILINE) is not None,
                context=fields.get("msgctxt", ""),
            )


def _joined(quoted: str) -> str:
    return "".join(ast.literal_eval(line) for line in quoted.splitlines())
