"""Blocks of code: wrapped or not as the reader likes it, in all of them, remembered, and nothing jumps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.steps import Tab

pytestmark = pytest.mark.browser
NewTab = Callable[..., Tab]
WIDTHS = [
    {"viewport": {"width": 1280, "height": 860}},
    {"viewport": {"width": 390, "height": 844}, "has_touch": True},
]
LONG_LINE = "call(" + ", ".join(f"argument_{number}" for number in range(60)) + ")"
BLOCKS = "Repeat: " + "\n\n".join(f"```python\n{LONG_LINE}\n```" for _ in range(4)) + "\n/simulate pace 0"


def overflows(pre: Locator) -> bool:
    return bool(pre.evaluate("pre => pre.scrollWidth > pre.clientWidth"))


def top_of(button: Locator) -> float:
    return float(button.evaluate("button => button.getBoundingClientRect().top"))


@pytest.mark.parametrize("options", WIDTHS, ids=["1280", "390"])
def test_one_click_wraps_all_blocks_and_is_remembered(new_tab: NewTab, options: dict[str, Any]) -> None:
    tab = new_tab(**options).open()
    tab.ask_to_the_end(BLOCKS)
    blocks = tab.answers.first.locator(".code pre")
    buttons = tab.answers.first.get_by_role("button", name="Wrap")
    assert overflows(blocks.first)
    place = top_of(buttons.last)
    buttons.last.click()
    assert not overflows(blocks.first)
    expect(buttons.first).to_have_attribute("aria-pressed", "true")
    assert abs(top_of(buttons.last) - place) <= 1
    tab.page.reload()
    expect(buttons.first).to_have_attribute("aria-pressed", "true")
    assert not overflows(blocks.first)
    buttons.first.press("Enter")
    assert overflows(blocks.first)
    tab.page.reload()
    expect(buttons.first).to_have_attribute("aria-pressed", "false")
