"""Compare: several payers answer the same side by side, on every page and every width."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.comparing import (
    ENDLESS,
    LONG,
    SHORT,
    button,
    column,
    compare,
    metric,
    open_panel,
    wait_for,
)
from tests.browser.steps import Tab, text_of
from tests.browser.test_looks import PHONE, overflow

pytestmark = pytest.mark.browser
NewTab = Callable[..., Tab]


def test_who_pays_is_in_sight_before_it_is_sent(new_tab: NewTab) -> None:
    tab = new_tab().open()
    open_panel(tab)
    composer = tab.page.locator("#composer")
    expect(composer.locator("#compare-words")).to_have_text("personal_claude and work_claude both pay.")
    expect(composer.locator("#payers")).to_contain_text("personal_claude and work_claude both pay")
    expect(composer.locator("#payers .badge")).to_have_text(["PC", "WC"])
    expect(composer.locator("#edges i")).to_have_count(2)
    expect(composer.locator("#payer")).to_be_hidden()
    expect(composer.locator("#send")).to_have_attribute(
        "aria-label", "Send to 2: personal_claude and work_claude"
    )
    expect(composer.locator("#send")).to_have_text("Send to 2")
    tab.page.keyboard.press("Alt+2")  # nobody is switched behind the panel
    expect(tab.page.locator("#said")).to_contain_text("Several are compared")
    expect(tab.page.locator("#prompt")).to_have_attribute(
        "placeholder", "Message personal_claude and work_claude…"
    )
    tab.page.click("#compare-close")
    expect(composer.locator("#payer")).to_contain_text("personal_claude")
    expect(composer.locator("#edges i")).to_have_count(0)
    expect(composer.locator("#send")).to_have_attribute("aria-label", "Send")


def test_two_sessions_answer_together_each_with_its_figures(new_tab: NewTab) -> None:
    tab = new_tab().open()
    compare(tab, LONG)
    for number, name in enumerate(("personal_claude", "work_claude")):
        expect(column(tab, number).locator(".column-payer")).to_contain_text(name)
        expect(column(tab, number).locator(".column-payer")).to_contain_text("Simulator Large")
        expect(metric(tab, number, "first")).to_have_text(re.compile(r"≈ \d"))
        expect(metric(tab, number, "speed")).to_have_text(re.compile(r"≈ \d"))
        expect(metric(tab, number, "tokens")).to_have_text(re.compile(r"≈ \d"))
    wait_for(tab, "complete")
    figures = {}
    for number in range(2):
        expect(metric(tab, number, "first")).to_have_text(re.compile(r"^\d.* s$"))
        expect(metric(tab, number, "speed")).to_have_text(re.compile(r"^\d+"))
        expect(metric(tab, number, "tokens")).to_have_text(re.compile(r"^\d+"))
        expect(metric(tab, number, "cache")).to_have_text(re.compile(r"%$"))
        figures[number] = column(tab, number).locator("dd").all_inner_texts()
    texts = [text_of(tab.answers.nth(number)) for number in range(2)]
    tab.page.reload()
    expect(tab.page.locator("#connection")).to_be_hidden()
    for number in range(2):
        expect(metric(tab, number, "first")).not_to_have_text("–")
        assert column(tab, number).locator("dd").all_inner_texts() == figures[number]
    assert [text_of(tab.answers.nth(number)) for number in range(2)] == texts


def test_other_tabs_and_a_phone_see_the_columns_and_the_choice(new_tab: NewTab) -> None:
    tab = new_tab().open()
    tab.ask_to_the_end(SHORT)
    other, phone = new_tab().open(tab.page.url), new_tab(**PHONE).open(tab.page.url)
    compare(tab, LONG)
    for each in (other, phone):
        expect(each.page.locator(".column")).to_have_count(2)
        wait_for(each, "complete")
    button(other, 1, "pick").click()
    for each in (tab, other, phone):
        expect(each.page.locator(".comparison")).to_have_count(0)
        expect(each.answers).to_have_count(2)
        expect(each.answers.nth(1)).to_contain_text("work_claude")
    assert text_of(tab.answers.nth(1)) == text_of(phone.answers.nth(1))


def test_escape_stops_all(new_tab: NewTab) -> None:
    tab = new_tab().open()
    compare(tab, ENDLESS)
    expect(column(tab, 1).locator(".prose")).to_have_text(re.compile(r"\w{3}"))
    tab.page.keyboard.press("Escape")
    wait_for(tab, "stopped")


def test_the_keyboard_is_enough(new_tab: NewTab) -> None:
    tab = new_tab().open()
    press = tab.page.keyboard.press
    tab.page.focus("#compare-open")
    press("Enter")
    expect(tab.page.locator(".compare-row .payer").first).to_be_focused()
    press("Enter")  # the list of the first row
    expect(tab.page.locator("#compare-picker")).to_be_visible()
    press("Escape")
    expect(tab.page.locator(".compare-row .payer").first).to_be_focused()
    tab.page.focus("#prompt")
    tab.page.keyboard.type(SHORT)
    press("Enter")
    wait_for(tab, "complete")
    expect(tab.page.locator("#said")).to_have_text(
        re.compile("has answered. Pick the answer to go on with.$")
    )
    tab.page.focus(".column [data-compare=pick]")
    press("Enter")
    expect(tab.page.locator("#prompt")).to_be_focused()
    expect(tab.page.locator("#said")).to_have_text("Going on with personal_claude.")
    tab.page.focus("[data-compare=again]")
    press("Enter")
    expect(tab.page.locator(".comparison [data-compare=close]")).to_be_focused()
    press("Enter")
    expect(tab.page.locator("[data-compare=again]")).to_be_focused()


def test_a_phone_shows_one_answer_at_a_time(new_tab: NewTab) -> None:
    tab = new_tab(**PHONE).open()
    compare(tab, LONG, 4)
    assert overflow(tab.page) == 0
    shown = tab.page.locator(".column:visible")
    tabs = tab.page.locator(".column-tab")
    expect(tabs).to_have_count(4)
    expect(shown).to_have_count(1)
    expect(tabs.first).to_have_attribute("aria-pressed", "true")
    tabs.nth(1).tap()
    expect(shown).to_have_count(1)
    expect(shown.locator(".column-payer")).to_contain_text("work_claude")
    expect(tabs.nth(2)).to_have_text(
        re.compile("Simulator")
    )  # the same session once more: told apart by the model
    wait_for(tab, "complete", 4)
    assert overflow(tab.page) == 0
    button(tab, 1, "pick").tap()
    expect(tab.answers).to_have_count(1)
    expect(tab.answers.first).to_contain_text("work_claude")
    assert overflow(tab.page) == 0


@pytest.mark.parametrize("columns", [2, 3, 4])
def test_columns_fit_the_page(new_tab: NewTab, columns: int) -> None:
    tab = new_tab().open()
    compare(tab, SHORT, columns)
    wait_for(tab, "complete", columns)
    assert overflow(tab.page) == 0
    boxes = tab.page.locator(".column").evaluate_all(
        "all => all.map(one => one.getBoundingClientRect().width)"
    )
    assert min(boxes) >= 240
    thread = tab.page.locator("#thread")
    assert thread.evaluate("box => box.scrollWidth - box.clientWidth") == 0
