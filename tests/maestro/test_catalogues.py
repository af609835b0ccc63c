"""What ships of other languages is whole, compiled from what is written, and breaks no sentence."""

from __future__ import annotations

import gettext
import re
from pathlib import Path

import pytest

from tests.support.po_files import entries
from tests.system.servers import ROOT

LOCALES = ROOT / "maestro" / "locale"
CATALOGUES = sorted(LOCALES.rglob("*.po"))
# Values and markup, which a translation may move but not lose.
_PARTS = re.compile(r"%\(\w+\)[sd]|<[^>]+>|&\w+;")

pytestmark = pytest.mark.parametrize(
    "catalogue", CATALOGUES, ids=lambda one: one.relative_to(LOCALES).as_posix()
)


def test_what_is_compiled_is_what_is_written(catalogue: Path) -> None:
    with catalogue.with_suffix(".mo").open("rb") as compiled:
        translations = gettext.GNUTranslations(compiled)
    expected: dict[str | tuple[str, int], str] = {}
    for entry in entries(catalogue):
        key = f"{entry.context}\x04{entry.sources[0]}" if entry.context else entry.sources[0]
        plural = {(key, number): said for number, said in enumerate(entry.said)}
        expected |= plural if len(entry.sources) == 2 else {key: entry.said[0]}
    found = dict(translations._catalog)  # type: ignore[attr-defined]  # typeshed leaves it out
    assert found.pop("")
    assert found == expected


def test_a_language_that_ships_is_whole(catalogue: Path) -> None:
    lacking = [one.sources[0] for one in entries(catalogue) if one.is_fuzzy or not all(one.said)]
    assert lacking == [], "scripts/messages adds what is new; translate it"


def test_a_translation_has_the_values_and_the_markup_of_its_sentence(catalogue: Path) -> None:
    for entry in entries(catalogue):
        needed = set(_PARTS.findall(entry.sources[-1]))
        for said in entry.said:
            assert set(_PARTS.findall(said)) == needed, said
