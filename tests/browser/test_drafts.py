"""What is written and not sent: kept per conversation, and not lost to another tab with the same one."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Locator, expect

from tests.browser.steps import Tab

pytestmark = pytest.mark.browser
NewTab = Callable[..., Tab]


def twins(new_tab: NewTab) -> tuple[Tab, Tab, BrowserContext]:
    """Two tabs of one browser with the same conversation."""
    tab = new_tab().open()
    tab.ask_to_the_end("What is the capital of France?")
    other = Tab(tab.page.context.new_page(), tab.url)
    other.open(tab.page.url.removeprefix(tab.url))
    return tab, other, tab.page.context


def box(tab: Tab) -> Locator:
    return tab.page.locator("#prompt")


KEPT = """(text) => new Promise((done) => {
  const look = () => Object.values(localStorage).some((one) => one.includes(text)) ? done() : requestAnimationFrame(look);
  look();
})"""


def wait_until_kept(tab: Tab, text: str) -> None:
    tab.page.evaluate(KEPT, text)


def test_two_tabs_keep_a_draft_each(new_tab: NewTab) -> None:
    tab, other, context = twins(new_tab)
    box(tab).press_sequentially("Written here")
    box(other).press_sequentially("And this there")
    tab.page.reload()
    expect(box(tab)).to_have_value("Written here")
    other.page.reload()
    expect(box(other)).to_have_value("And this there")
    path = tab.page.url
    tab.page.close()
    other.page.close()
    later = Tab(context.new_page(), tab.url)
    later.page.goto(path)
    expect(box(later)).to_have_value("Written here\n\nAnd this there")


def test_sending_in_one_tab_leaves_the_text_of_the_other(new_tab: NewTab) -> None:
    tab, other, _ = twins(new_tab)
    box(tab).press_sequentially("Not sent yet")
    other.ask_to_the_end("What is the capital of Italy?")
    expect(box(tab)).to_have_value("Not sent yet")
    tab.page.reload()
    expect(box(tab)).to_have_value("Not sent yet")


def test_a_tab_that_shows_a_draft_follows_it_until_it_is_touched(new_tab: NewTab) -> None:
    tab, other, context = twins(new_tab)
    other.page.close()
    box(tab).press_sequentially("Shown in both")
    wait_until_kept(tab, "Shown in both")
    follower = Tab(context.new_page(), tab.url)
    follower.open(tab.page.url.removeprefix(tab.url))
    expect(box(follower)).to_have_value("Shown in both")
    tab.page.press("#prompt", "Enter")
    expect(box(follower)).to_have_value("")
    box(follower).press_sequentially("My own")
    box(tab).press_sequentially("Another")
    wait_until_kept(tab, "Another")
    expect(box(follower)).to_have_value("My own")


def test_a_draft_belongs_to_its_conversation(new_tab: NewTab) -> None:
    tab = new_tab().open()
    tab.ask_to_the_end("What is the capital of France?")
    box(tab).press_sequentially("Only here")
    path = tab.page.url
    tab.page.goto(tab.url)
    expect(box(tab)).to_have_value("")
    tab.page.goto(path)
    expect(box(tab)).to_have_value("Only here")
