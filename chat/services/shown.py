"""The parts of an answer as a page shows them: its text with marks for its sources, these numbered, and everything that is
no text as blocks in words."""

from __future__ import annotations

from django.utils.translation import gettext as _

from chat.parts import StoredPart, text_of_parts
from providers.messages import (
    DocumentPart,
    ImagePart,
    ProviderPart,
    RedactedThinkingPart,
    TextPart,
    ToolResultPart,
    ToolUsePart,
)
from providers.shown import Shown, Source, as_json, encrypted, named

# Characters of private use around a number: the page's Markdown makes a footnote's mark of it, and no model means anything
# by them.
MARK = "\ue200{}\ue201"


class _Numbers:
    """Gives each source its number; the same page has the same one everywhere."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], int] = {}
        self.sources: list[Source] = []

    def marks(self, part: TextPart) -> str:
        """One mark for each source of a text."""
        return "".join(MARK.format(number) for number in dict.fromkeys(map(self._number, part.sources)))

    def _number(self, source: Source) -> int:
        key = (source.url, source.title if source.url or source.title else source.passage)
        if key not in self._known:
            self.sources.append(source)
            self._known[key] = len(self.sources)
        return self._known[key]


def text_with_sources(parts: tuple[StoredPart, ...]) -> tuple[str, tuple[Source, ...]]:
    """The Markdown source with a mark behind each passage that has sources, and these in the order of their numbers."""
    numbers = _Numbers()
    return text_of_parts(parts, behind=numbers.marks), tuple(numbers.sources)


def block_of(part: StoredPart) -> Shown | None:
    """A part that is no text and no readable reasoning; `None` for those."""
    match part:
        case ToolUsePart():
            return Shown(
                title=_("Asked for the tool %(name)s") % {"name": part.name}, text=as_json(part.input)
            )
        case ToolResultPart():
            return Shown(title=_("Result of the tool"), text=part.text, is_error=part.is_error)
        case ProviderPart():
            return part.shown or named(str(part.block.get("type", "")), part.block)
        case RedactedThinkingPart():
            return encrypted()
        case ImagePart():
            return Shown(title=_("Image"), detail=part.media_type)
        case DocumentPart():
            return Shown(title=_("Document"), detail=part.title or part.media_type)
        case _:
            return None
