"""Search: from anywhere with one key, results while typing, and a link that leads to the message."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.comparing import column, compare, wait_for
from tests.browser.steps import Tab

pytestmark = pytest.mark.browser
NewTab = Callable[..., Tab]
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True}


def tell(tab: Tab, *prompts: str) -> str:
    """A conversation with these prompts; its address."""
    tab.open()
    for prompt in prompts:
        tab.ask_to_the_end(f"{prompt}\n/simulate pace 0")
    return tab.page.url


def search(tab: Tab, query: str) -> None:
    """Look for it until it is there: what was just said is indexed a moment later."""
    tab.page.keyboard.press("Control+k")
    expect(tab.page.locator("#search-field")).to_be_focused()
    tab.page.fill("#search-field", query)


@pytest.mark.parametrize("device", [{}, PHONE], ids=["desktop", "phone"])
def test_a_word_of_a_message_leads_to_that_message(new_tab: NewTab, device: dict[str, object]) -> None:
    word = "zanzibar" if device else "timbuktu"
    url = tell(
        new_tab(),
        f"A letter from {word}",
        "What is the capital of Italy?",
        "How would you write a FastAPI application?",
    )
    tab = new_tab(**device).open()
    hit = tab.page.locator("#search-results .found-hit").first
    expect_found(tab, f"letter {word[:4]}")
    expect(hit.locator("mark").first).to_have_text(re.compile("letter", re.IGNORECASE))
    hit.click()
    tab.page.wait_for_url(re.compile(re.escape(url)))
    sought = tab.page.locator(".message.sought")
    expect(sought).to_be_in_viewport()
    expect(sought).to_contain_text(word)
    expect(tab.page).to_have_url(url)
    below = "(box => box.scrollHeight - box.scrollTop - box.clientHeight)(document.getElementById('thread'))"
    assert tab.page.evaluate(below) > 200  # the page did not go on to the end


def expect_found(tab: Tab, query: str, *, message: str | None = None) -> None:
    """A hit, or that of this message: another conversation may be found while the newest is not indexed yet."""
    hit = f".found-hit[href$='message={message}']" if message else ".found-hit"
    search(tab, query)
    for _ in range(20):
        if tab.page.locator(f"#search-results {hit}").count():
            return
        with tab.page.expect_response(re.compile("/chat/search/")):
            tab.page.locator("#search-field").dispatch_event("input")
    raise AssertionError("nothing was found")


@pytest.mark.parametrize("device", [{}, PHONE], ids=["desktop", "phone"])
def test_a_hit_on_another_branch_opens_that_branch(new_tab: NewTab, device: dict[str, object]) -> None:
    word = "reykjavik" if device else "ljubljana"
    writer = new_tab()
    url = tell(writer, f"A letter from {word}", "What is the capital of Italy?")
    prompt = writer.page.locator(".message.you").first
    prompt.hover()
    prompt.locator("[data-act=rewrite]").click()
    writer.page.locator(".editor textarea").fill("A letter from nowhere\n/simulate pace 0")
    writer.page.keyboard.press("Enter")
    expect(writer.answers).to_have_count(1)
    expect(writer.answers.first).to_have_attribute("data-status", "complete")
    expect(writer.page.locator("#messages")).not_to_contain_text(word)
    tab = new_tab(**device).open()
    expect_found(tab, word)
    tab.page.locator("#search-results .found-hit", has_text="You:").first.click()
    sought = tab.page.locator(".message.sought")
    expect(sought).to_contain_text(word)
    expect(sought).to_be_in_viewport()
    expect(sought).to_be_focused()
    expect(sought.locator("[data-part=version]")).to_have_text("1/2")
    expect(tab.page).to_have_url(url)
    expect(tab.answers).to_have_count(2)  # with all that follows on it
    expect(writer.page.locator("#messages")).to_contain_text(word)  # every page shows the branch


def test_a_hit_in_a_column_brings_that_column_forward_on_a_phone(new_tab: NewTab) -> None:
    writer = new_tab().open()
    compare(writer, "What is the capital of Hungary, said by columns?\n/simulate pace 0")
    wait_for(writer, "complete")
    ids = [writer.answers.nth(number).get_attribute("data-message") for number in range(2)]
    for number in (1, 0):
        tab = new_tab(**PHONE).open()
        expect_found(tab, "hungary", message=ids[number])
        tab.page.locator(f"#search-results .found-hit[href$='message={ids[number]}']").click()
        expect(tab.answers.nth(number)).to_be_in_viewport()
        expect(tab.answers.nth(number)).to_be_focused()
        expect(tab.answers.nth(1 - number)).to_be_hidden()
        expect(column(tab, number)).to_have_attribute("data-read", "")
        expect(tab.page.locator(".column-tab").nth(number)).to_have_attribute("aria-pressed", "true")
        expect(tab.page.locator(".column-tab").nth(1 - number)).to_have_attribute("aria-pressed", "false")


def test_a_hit_in_a_column_of_another_branch_is_brought_forward_too(new_tab: NewTab) -> None:
    writer = new_tab().open()
    compare(writer, "What is the capital of Hungary, left behind?\n/simulate pace 0")
    wait_for(writer, "complete")
    second = writer.answers.nth(1).get_attribute("data-message")
    prompt = writer.page.locator(".message.you").first
    prompt.hover()
    prompt.locator("[data-act=rewrite]").click()
    writer.page.locator(".editor textarea").fill("What is the capital of Spain?")
    writer.page.keyboard.press("Enter")
    expect(writer.page.locator(".comparison")).to_have_count(0)
    expect(writer.answers.first).to_have_attribute("data-status", "complete")
    tab = new_tab(**PHONE).open()
    expect_found(tab, "budapest hungary", message=second)
    tab.page.locator(f"#search-results .found-hit[href$='message={second}']").click()
    sought = tab.page.locator(f"[data-message='{second}']")
    expect(sought).to_be_in_viewport()
    expect(sought).to_be_focused()


def test_the_keyboard_alone_finds_and_opens(new_tab: NewTab) -> None:
    url = tell(new_tab(), "Only by keyboard: ouagadougou")
    tab = new_tab().open()
    expect_found(tab, "ouaga")
    tab.page.keyboard.press("ArrowDown")
    expect(tab.page.locator("#search-results .found-title").first).to_be_focused()
    tab.page.keyboard.press("ArrowUp")
    expect(tab.page.locator("#search-field")).to_be_focused()
    tab.page.keyboard.press("ArrowDown")
    tab.page.keyboard.press("Enter")
    tab.page.wait_for_url(url)
    tab.page.keyboard.press("Control+k")
    tab.page.keyboard.press("Escape")
    expect(tab.page.locator("#search")).to_be_hidden()


def test_nothing_found_says_what_was_searched(new_tab: NewTab) -> None:
    tab = new_tab().open()
    tab.page.click("#open-search")
    tab.page.fill("#search-field", "xylophone <b>quagga</b>")
    status = tab.page.locator("#search-status")
    expect(status).to_contain_text("Nothing found for “xylophone <b>quagga</b>”")
    expect(status).to_contain_text("xylophone, b, quagga, b")
    tab.page.select_option("#search-payer", label="work_claude")
    expect(status).to_contain_text("in conversations of work_claude")
    tab.page.fill("#search-field", "***")
    expect(status).to_contain_text("no words to look for")
