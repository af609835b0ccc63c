"""Finds words in templates that nobody can translate: visible text and worded attributes outside of translate tags."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser

from django.template.base import Lexer, Token, TokenType

# Attributes that people read or hear, or that scripts put into a page.
WORDED = frozenset(
    {"aria-label", "aria-description", "title", "placeholder", "alt", "label", "content"}
    | {"data-confirm", "data-confirm-label", "data-example"}
)
_BUTTONS = frozenset({"submit", "button", "reset"})  # inputs of these types show their value
# What stands in these is for machines, or a setting's name, the same in every language.
SILENT = frozenset({"script", "style", "code"})
_NAMES = frozenset({"Maestro", "ms"})  # of the product, and of an SI unit
_NOT_SHOWN = frozenset({"charset", "viewport", "color-scheme", "robots"})  # meta elements
_GIVEN = re.compile(r"""\w=("[^"]*\s[^"]*"|'[^']*\s[^']*')""")  # a sentence that `include` or `with` hands on
_LITERAL = re.compile(r"""\|(\w+):("[^"]*"|'[^']*')""")
_FORMATS = frozenset(
    {"date", "time", "time_element", "slice", "join", "json_script"}
)  # filters whose argument nobody reads
_VALUE = "\ue000"  # stands for what a variable gives


@dataclass(frozen=True)
class Found:
    """Words without a translation, and the line that they stand on."""

    line: int
    words: str


def untranslated(source: str) -> list[Found]:
    """Everything in the source of a template that readers would see in English, whatever their language."""
    page = _Page()
    found: list[Found] = []
    for token in _outside_of_messages(Lexer(source).tokenize()):
        found += [Found(token.lineno, words) for words in _in_token(token)]
        page.take(token)
    page.close()
    return sorted({*found, *page.found}, key=lambda one: (one.line, one.words))


def _outside_of_messages(tokens: list[Token]) -> Iterator[Token]:
    """All but comments and messages; of a message that stands in an attribute or text nothing is left."""
    within = ""
    for token in tokens:
        name = token.contents.split(maxsplit=1)[0] if token.token_type == TokenType.BLOCK else ""
        if within:
            within = "" if name == within else within
        elif name in {"blocktranslate", "comment"} or re.match(r"block \w*_class\b", token.contents):
            within = f"end{name}"
        elif name not in {"translate", "load"} and token.token_type != TokenType.COMMENT:
            yield token


def _in_token(token: Token) -> Iterator[str]:
    """Words that a tag or a variable adds by itself: `default:"New chat"`, `pluralize`."""
    if token.token_type == TokenType.TEXT:
        return
    if re.search(r"\|\s*pluralize\b", token.contents):
        yield "pluralize"
    yield from (literal[1:-1] for literal in _GIVEN.findall(token.contents) if says_something(literal[1:-1]))
    for name, literal in _LITERAL.findall(token.contents):
        if name not in _FORMATS and says_something(literal[1:-1]):
            yield literal[1:-1]


def says_something(text: str) -> bool:
    """Whether there are words in it, beside names."""
    bare = " ".join(text.replace(_VALUE, " ").split()).strip(" ·–—…(),.:")
    return bare not in _NAMES and re.search(r"[^\W\d_]{2}", bare) is not None


class _Page(HTMLParser):
    """The HTML between the tags of a template."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[Found] = []
        self._silent = 0
        self._offset = 0  # of the parser's line numbers: tags were taken out

    def take(self, token: Token) -> None:
        """Read on. What a variable gives counts as a value, tags as nothing."""
        text = token.contents
        if token.token_type != TokenType.TEXT:
            text = _VALUE if token.token_type == TokenType.VAR else ""
        self._offset = (token.lineno or 0) - self.getpos()[0] - self.rawdata.count("\n")
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._silent += tag in SILENT
        given = dict(attrs)
        if tag == "meta" and given.get("name", "charset") in _NOT_SHOWN:
            return
        shown = WORDED | {"value"} if tag == "input" and given.get("type") in _BUTTONS else WORDED
        for name, value in attrs:
            if name in shown and value and says_something(value):
                self._add(value)

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in SILENT

    def handle_data(self, data: str) -> None:
        if not self._silent and says_something(data):
            self._add(data)

    def _add(self, text: str) -> None:
        words = " ".join(text.replace(_VALUE, "…").split())
        blank_lines = text[: len(text) - len(text.lstrip())].count("\n")
        self.found.append(Found(self.getpos()[0] + self._offset + blank_lines, words))
