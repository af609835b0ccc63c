"""Text as words that can be searched: lower case, without accents, marks and punctuation. Pure.

Both databases store and are asked for these words and nothing else, so that they find the same, whatever their own
rules for words, languages and character sets are. Scripts that write no spaces are taken apart into characters,
which a search joins to phrases again.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import NamedTuple

LONGEST = 40  # characters of a word that count; longer ones are hashes, keys and encoded data
# Thai, Lao, Burmese, Khmer; kana, Han (https://www.unicode.org/reports/tr29/ names the scripts that need dictionaries).
_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
# What stands above and below letters and is left out by most who search: Latin, Hebrew, Arabic.
_LEFT_OUT = re.compile("[\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0670]")
_PLAIN = re.compile(r"[^\W_]+")


class Word(NamedTuple):
    """A word and where it stands in the text."""

    text: str
    start: int
    end: int


def words_of(text: str) -> list[str]:
    """The words of a text, in order."""
    if text.isascii():
        return [word[:LONGEST] for word in _PLAIN.findall(text.lower())]
    return [word.text for word in found_words(text)]


def found_words(text: str) -> Iterator[Word]:
    """The same with their places."""
    pattern = _PLAIN if text.isascii() else _any_script()
    for found in pattern.finditer(text):
        if word := _plain(found.group()):
            yield Word(word, found.start(), found.end())


@lru_cache(maxsize=8192)  # texts repeat their words
def _plain(word: str) -> str:
    if word.isascii():
        return word.lower()[:LONGEST]
    taken_apart = unicodedata.normalize("NFKD", word.casefold())
    joined = unicodedata.normalize("NFC", _LEFT_OUT.sub("", taken_apart))
    return "".join(char for char in joined if _belongs(char))[:LONGEST]


def _belongs(char: str) -> bool:
    return char.isalnum() or unicodedata.category(char)[0] == "M"


@cache
def _any_script() -> re.Pattern[str]:
    """Letters and digits with the marks that belong to them; a character of a script without spaces is a word."""
    marks = _marks()
    letter = f"(?![{_UNSPACED}])[^\\W_]"
    return re.compile(f"[{_UNSPACED}][{marks}]*|{letter}(?:{letter}|[{marks}])*")


def _marks() -> str:
    """All combining marks, as ranges of a character class: Python's `re` has no name for them."""
    ranges: list[tuple[int, int]] = []
    for code in range(0x300, 0x1EA00):
        if unicodedata.category(chr(code))[0] != "M":
            continue
        if ranges and ranges[-1][1] == code - 1:
            ranges[-1] = (ranges[-1][0], code)
        else:
            ranges.append((code, code))
    return "".join(f"{chr(first)}-{chr(last)}" for first, last in ranges)
