"""What of a text is shown for a search: the surroundings of the first hit, with every hit in them marked. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from chat.models.search import Term
from chat.words import Word, found_words

Pieces = tuple[tuple[str, bool], ...]  # text and whether it is a hit, in order

_BEFORE, _AFTER = 50, 110  # characters around the first hit
_SPACE = re.compile(r"\s+")
# Markdown's signs around words tell nothing in one line.
_SIGNS = re.compile(r"[*_`#>|]+")


def marked(text: str, terms: Sequence[Term]) -> Pieces:
    """The whole text with its hits."""
    return tuple(_pieces(text, list(_hits(found_words(text), terms))))


def excerpt(text: str, terms: Sequence[Term]) -> Pieces:
    """A line of the text around its first hit; its beginning if there is none."""
    hits = _hits(found_words(text), terms)
    first = next(hits, (0, 0))
    start, end = _edges(text, first[0])
    shown = [first]
    for hit in hits:
        if hit[1] > end:
            break
        shown.append(hit)
    inside = [(max(one[0], start) - start, min(one[1], end) - start) for one in shown]
    pieces = [(_one_line(piece), is_hit) for piece, is_hit in _pieces(text[start:end], inside)]
    before, after = ("… " if start else ""), (" …" if end < len(text) else "")
    return tuple(piece for piece in ((before, False), *pieces, (after, False)) if piece[0])


def _edges(text: str, hit: int) -> tuple[int, int]:
    """Where the line begins and ends: between words, where there are any near."""
    start, end = max(0, hit - _BEFORE), min(len(text), hit + _AFTER)
    if start:
        blank = text.find(" ", start, hit)
        start = blank + 1 if blank >= 0 else start
    if end < len(text):
        blank = text.rfind(" ", hit + _AFTER // 2, end)
        end = blank if blank >= 0 else end
    return start, end


def _one_line(piece: str) -> str:
    return _SPACE.sub(" ", _SIGNS.sub("", piece))


def _pieces(text: str, hits: Sequence[tuple[int, int]]) -> Iterator[tuple[str, bool]]:
    at = 0
    for start, end in hits:
        if start >= end or start < at:
            continue
        yield text[at:start], False
        yield text[start:end], True
        at = end
    yield text[at:], False


def _hits(words: Iterator[Word], terms: Sequence[Term]) -> Iterator[tuple[int, int]]:
    """Where terms stand, in order of their last words."""
    longest = max((len(term.words) for term in terms), default=0)
    last: list[Word] = []
    for word in words:
        last = [*last[-longest + 1 :], word] if longest > 1 else [word]
        for term in terms:
            if _ends_here(term, last):
                yield last[-len(term.words)].start, word.end
                break


def _ends_here(term: Term, last: Sequence[Word]) -> bool:
    if len(last) < len(term.words):
        return False
    *before, end = (word.text for word in last[-len(term.words) :])
    *wanted, wanted_end = term.words
    return before == wanted and (end.startswith(wanted_end) if term.is_prefix else end == wanted_end)
