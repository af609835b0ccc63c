"""Formulas that mean harm, one by one: none runs, loads or names anything, none paints outside of its place, and the page
stays alive: the formula behind it is set, and something that can be read stands in its place."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.harmless import assert_harmless, listening
from tests.browser.payloads import RUN, SPY
from tests.browser.steps import Tab
from tests.browser.test_looks import overflow

pytestmark = pytest.mark.browser
NewTab = Callable[..., Tab]
HOSTILE = {
    "href-script": rf"\href{{javascript:{RUN}}}{{click here}}",
    "href-host": rf"\href{{{SPY}}}{{click here}}",
    "url-script": rf"\url{{javascript:{RUN}}}",
    "url-host": rf"\url{{{SPY}}}",
    "includegraphics": rf"\includegraphics{{{SPY}.png}}",
    "includegraphics-sized": rf"\includegraphics[width=9em, height=9em, alt=x]{{{SPY}.png}}",
    "htmlClass": r"\htmlClass{composer}{x}",
    "htmlId": r"\htmlId{composer}{x}",
    "htmlData": rf"\htmlData{{act=remove, onclick={RUN}}}{{x}}",
    "htmlStyle": rf"\htmlStyle{{position: fixed; inset: 0; background: url({SPY})}}{{x}}",
    "hidden-href": rf"\def\go{{\href{{javascript:{RUN}}}{{x}}}}\frac{{\go}}{{\go}}",
    "redefined": rf"\gdef\sin{{\htmlData{{onclick={RUN}}}{{x}}}}\sin",
    "markup-in-text": rf"\text{{<img src=x onerror={RUN}>}}",
    "colour": rf"\color{{red;background:url({SPY})}}x",
    "def-endless": r"\def\x{\x}\x",
    "def-doubling": r"\def\x{\x\x}\x",
    "def-mutual": r"\def\a{\b\b}\def\b{\a\a}\a",
    "def-bomb": "".join(
        rf"\def\{one}{{\{two}\{two}\{two}\{two}}}" for one, two in zip("abcdefgh", "bcdefghi", strict=True)
    )
    + r"\def\i{laugh}\a",
    "def-long-argument": r"\def\x#1{#1#1#1#1}" + r"\x{" * 12 + "y" + "}" * 12,
    "rule-huge": r"\rule{99999em}{99999em} x",
    "rule-negative": r"\rule{-9999em}{9999em} x",
    "kern-huge": r"\kern99999em x \kern-99999em y",
    "raisebox-huge": r"\raisebox{9999em}{x}",
    "space-huge": r"x\hspace{99999em}y\\[9999em]z",
    "smash-over-the-payer": r"\smash{\raisebox{50em}{\fbox{Answer of work\_claude}}}",
    "nested-fractions": r"\frac{1}{" * 390 + "x" + "}" * 390,
    "nested-braces": "{" * 1900 + "x" + "}" * 1900,
    "nested-roots": r"\sqrt{" * 500 + "x" + "}" * 500,
    "nested-left": r"\left(" * 300 + "x" + r"\right)" * 290,
    "nested-matrices": r"\begin{matrix}" * 100 + "x" + r"\end{matrix}" * 100,
    "towers": "x^{" * 900 + "x" + "}" * 900,
    "wide": "x" * 3900,
    "unclosed": r"\begin{array}{" + "c|" * 1500,
}
GOOD = "a^2 + b^2 = c^2"
INSIDE = """() => [...document.querySelectorAll('.math.set *')]
  .filter((node) => ['a', 'img'].includes(node.localName) || node.id || ['href', 'src', 'data-act'].some((name) => node.hasAttribute(name)))
  .map((node) => node.outerHTML.slice(0, 200))"""
ON_TOP = """(name) => {
  name.scrollIntoView({block: 'center'});
  const box = name.getBoundingClientRect();
  return document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2) === name;
}"""


def answered(tab: Tab, *formulas: str) -> Locator:
    """An answer with these formulas, after the last one was set: they are set in order, so all have had their turn."""
    text = "\n\n".join(f"$$\n{formula}\n$$" for formula in (*formulas, GOOD))
    answer = tab.ask_to_the_end(f"Repeat: {text}\n/simulate pace 0")
    expect(answer.locator(".prose .math").last).to_have_class(re.compile(r"\bset\b"))
    return answer


@pytest.mark.parametrize("formula", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_formula_does_no_harm_and_can_be_read(new_tab: NewTab, formula: str) -> None:
    assert len(formula) <= 4000  # longer ones are not set at all
    tab = listening(new_tab()).open()
    answer = answered(tab, formula)
    assert re.search(r"\S", answer.locator(".prose > *").first.inner_text()), "nothing can be read"
    assert_harmless(tab.page)
    assert tab.page.evaluate(INSIDE) == []
    assert answer.locator("[data-part=name]").evaluate(ON_TOP), "something is drawn over who pays"
    assert overflow(tab.page) == 0
    assert tab.page.locator("#thread").evaluate("box => box.scrollWidth - box.clientWidth") == 0
    assert answer.bounding_box()["height"] < 20_000  # type: ignore[index]
    tab.page.fill("#prompt", "The page still answers.")
    expect(tab.page.locator("#send")).to_be_enabled()


def test_a_definition_ends_with_its_formula(new_tab: NewTab) -> None:
    tab = new_tab().open()
    second = answered(tab, r"\gdef\pi{\text{three}} \pi", r"\pi").locator(".prose .math").nth(1)
    expect(second).to_contain_text("π")
    expect(second).not_to_contain_text("three")
