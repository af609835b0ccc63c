"""A language in which every message stands in brackets, so that what nobody marked is seen on the page itself."""

from __future__ import annotations

import gettext
from html.parser import HTMLParser

import pytest
from django.utils.translation import trans_real
from pytest_django import Settings

from tests.support.template_words import SILENT, WORDED, says_something

LANGUAGE = "eo"  # one that Django knows and nobody here writes
_OPEN, _CLOSE = "⟦", "⟧"
_CONTEXT_ENDS = "\x04"


class _Bracketing(gettext.NullTranslations):
    """What Django asks of a catalogue."""

    def gettext(self, message: str) -> str:
        return f"{_OPEN}{message.rpartition(_CONTEXT_ENDS)[2]}{_CLOSE}"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return self.gettext(msgid1 if n == 1 else msgid2)

    def to_language(self) -> str:
        return LANGUAGE


@pytest.fixture
def brackets(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> str:
    """The code of the language, which is offered beside English."""
    settings.LANGUAGES = [("en", "English"), (LANGUAGE, "Brackets")]
    monkeypatch.setitem(trans_real._translations, LANGUAGE, _Bracketing())
    return LANGUAGE


def outside_of_brackets(page: str) -> list[str]:
    """The words of a page that stand in no bracket: text and worded attributes, in their order."""
    reader = _Reader()
    reader.feed(page)
    reader.close()
    return reader.found


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self._depth = self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._silent += tag in SILENT
        for name, value in attrs:
            if tag != "meta" and name in WORDED and value:
                self._keep(_bare(value, 0)[0])

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in SILENT

    def handle_data(self, data: str) -> None:
        if not self._silent:
            words, self._depth = _bare(data, self._depth)
            self._keep(words)

    def _keep(self, words: str) -> None:
        if says_something(words):
            self.found.append(" ".join(words.split()))


def _bare(text: str, depth: int) -> tuple[str, int]:
    """What stands outside of brackets, when `depth` of them are open, and how many are open after it."""
    kept = []
    for character in text:
        depth += (character == _OPEN) - (character == _CLOSE)
        if depth == 0 and character != _CLOSE:
            kept.append(character)
    return "".join(kept), depth
