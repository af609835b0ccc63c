"""Screen readers hear an answer while it is written: whole sentences, some at a time, and once."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.steps import Tab

pytestmark = pytest.mark.browser
NewTab = Callable[..., Tab]
LISTEN = """() => {
  window.heard = [];
  new MutationObserver((changes) => changes.forEach((change) => change.addedNodes.forEach((node) =>
    window.heard.push([performance.now(), node.textContent])))).observe(document.getElementById('spoken'), {childList: true});
}"""
FEED = """async ({text, cuts}) => {
  const {Sentences} = await import('/static/chat/js/sentences.js');
  const sentences = new Sentences(), found = [];
  let from = 0;
  for (const cut of [...cuts, text.length]) { found.push(...sentences.feed(text.slice(from, cut))); from = cut; }
  return [...found, ...sentences.rest()];
}"""
WITHOUT_CODE = """(answer) => {
  const copy = answer.querySelector('.prose').cloneNode(true);
  for (const code of copy.querySelectorAll('.code')) code.remove();
  return copy.textContent;
}"""
ANSWER = """## What belongs where

Keep **Stripe** as the _source_ of truth. Version 1.5 is [older](https://example.org/a_b)!

1. Checkout creates it.
2. Webhooks tell you `what_changed`

| Part | Role |
|------|------|
| Gate | reads |

```python
def f():
    return 1. + 2.
```
> Only the webhook is proof"""
HEARD = [
    "What belongs where.", "Keep Stripe as the source of truth.", "Version 1.5 is older!", "Checkout creates it.",
    "Webhooks tell you what_changed.", "Part, Role.", "Gate, reads.", "2 lines of code.", "Only the webhook is proof.",
]  # fmt: skip


def heard(tab: Tab) -> list[tuple[float, str]]:
    found: list[Any] = tab.page.evaluate("window.heard")
    return [(at, text) for at, text in found]


@pytest.mark.parametrize("step", [1, 7, 400])
def test_sentences_are_the_same_however_the_text_is_cut(new_tab: NewTab, step: int) -> None:
    tab = new_tab().open()
    cuts = list(range(step, len(ANSWER), step))
    assert tab.page.evaluate(FEED, {"text": ANSWER, "cuts": cuts}) == HEARD


def test_finished_sentences_are_said_some_at_a_time_and_none_twice(new_tab: NewTab) -> None:
    tab = new_tab().open()
    tab.page.evaluate(LISTEN)
    answer = tab.ask("Explain the history of the lighthouse.\n/simulate pace 40\n/simulate length 220")
    expect(answer).to_have_attribute("data-status", "complete")
    said = heard(tab)
    tokens = int(re.sub(r"\D", "", answer.locator("[data-part=tokens]").inner_text()))
    assert 2 <= len(said) < tokens / 20
    times = [at for at, _ in said[:-1]]  # the last addition comes with the end
    assert all(later - earlier > 1900 for earlier, later in pairwise(times))
    for _, text in said:
        assert re.search(r"[.!?:]$", text), f"not a finished sentence: {text}"

    def letters(text: str) -> str:
        return re.sub(r"\d+ lines of code|One line of code|\W", "", text)

    assert letters(" ".join(text for _, text in said)) == letters(answer.evaluate(WITHOUT_CODE))
    expect(tab.page.locator("#said")).to_have_text("personal_claude has answered.")
    expect(tab.page.locator("#spoken")).to_have_attribute("role", "log")
