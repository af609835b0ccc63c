"""Blocks and sources of a vendor in words that a person reads. What the vendor sent stays beside them: only it goes back.

Values and small helpers; each vendor's package has a module `shown` that makes them of its own shapes. Everything in them is
text from outside.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import msgspec

# JSON objects whose shape the vendor or a tool defines; we carry them, and only the vendor's package looks inside.
JsonObject = dict[str, Any]
LONGEST = 20_000  # characters of a text that nobody reads to its end in a fold


class Source(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where something comes from. `url` is empty for a document that was sent along; `passage` is what was cited."""

    title: str = ""
    url: str = ""
    passage: str = ""


class Shown(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A block: `title` says what was done, `detail` with what (a query, an address), `text` what came of it, and
    `sources` what was found."""

    title: str
    detail: str = ""
    text: str = ""
    sources: tuple[Source, ...] = ()
    is_error: bool = False


def text_at(value: object, *path: str) -> str:
    """The text at the end of a path through objects of JSON; empty for anything that is no text."""
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value[:LONGEST] if isinstance(value, str) else ""


def objects_at(value: object, name: str) -> list[JsonObject]:
    """The objects in the list under this name."""
    found = value.get(name) if isinstance(value, dict) else None
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def as_json(value: object) -> str:
    """Readable JSON, for shapes that have no words yet."""
    return json.dumps(value, indent=2, ensure_ascii=False)[:LONGEST]


def named(title: str, block: JsonObject) -> Shown:
    """A block without words of its own: its name, and all of it."""
    return Shown(title=title.replace("_", " ").strip().capitalize() or "Block", text=as_json(block))


def encrypted() -> Shown:
    """Reasoning that nobody but its vendor can read."""
    return Shown(title="Reasoning", detail="The provider encrypted this part.")


def found(pages: Iterable[Source]) -> Shown:
    """What a search gave."""
    sources = tuple(pages)
    count = len(sources)
    title = "Found nothing" if not count else "Found 1 page" if count == 1 else f"Found {count} pages"
    return Shown(title=title, sources=sources)


def output_of(*texts: str) -> str:
    """What a program wrote, without empty pieces."""
    return "\n".join(text.rstrip("\n") for text in texts if text)
