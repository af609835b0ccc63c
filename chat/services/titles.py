"""A conversation's title: the first line of its first message, until the owner gives it another."""

from __future__ import annotations

TITLE_LIMIT = 120  # of the database column
_SHOWN = 60


def title_from(text: str) -> str:
    """The beginning of `text`, at most 60 characters, cut between words. Never empty."""
    line = clean_title(next((line for line in text.splitlines() if line.strip()), ""))
    if len(line) <= _SHOWN:
        return line or "New chat"
    cut = line[: _SHOWN - 1]
    return (cut.rsplit(" ", 1)[0] if " " in cut[_SHOWN // 2 :] else cut).rstrip(" ,.;:") + "…"


def clean_title(title: str) -> str:
    """One line without control characters, which a page or PostgreSQL would choke on."""
    printable = "".join(char if char.isprintable() else " " for char in title)
    return " ".join(printable.split())[:TITLE_LIMIT]
