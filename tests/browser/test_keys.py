"""Everything goes without a mouse: the sheet of keys, and a whole visit with the keyboard alone."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.scenes.stage import simulate
from tests.browser.steps import PASSWORD, Tab
from tests.system.servers import running_server

pytestmark = pytest.mark.browser
NewTab = Callable[..., Tab]
FAR = 60  # presses of Tab after which something counts as out of reach


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def tab_to(page: Page, selector: str, *, back: bool = False) -> None:
    """Press Tab until the element has the focus, which must be visible there."""
    for _ in range(FAR):
        if page.locator(f"{selector} >> nth=0").evaluate("one => one === document.activeElement"):
            break
        page.keyboard.press("Shift+Tab" if back else "Tab")
    focused = page.locator(":focus")
    assert focused.evaluate("(one, selector) => one.matches(selector)", selector), f"no way to {selector}"
    ring = focused.evaluate(
        "one => { const own = getComputedStyle(one), group = one.closest('.composer, label, .field');"
        " return own.outlineStyle !== 'none' || (group && getComputedStyle(group).outlineStyle !== 'none')"
        " || one.matches('#prompt') }"  # the composer's edge shows it
    )
    assert ring, f"the focus is not to be seen at {selector}"


def test_a_question_mark_shows_every_key_and_escape_closes_it(new_tab: NewTab) -> None:
    tab = new_tab().open()
    page, sheet = tab.page, tab.page.locator("#keys-sheet")
    expect(page.locator("#prompt")).to_be_focused()
    page.keyboard.type("Why?")
    expect(sheet).not_to_be_visible()
    expect(page.locator("#prompt")).to_have_value("Why?")
    press(page, "Control+/")
    expect(sheet).to_be_visible()
    for key in ("Enter", "Shift", "Esc", "Alt", "Ctrl", "K", "?", "/"):
        expect(sheet.locator("kbd", has_text=re.compile(f"^{re.escape(key)}$")).first).to_be_visible()
    press(page, "Escape")
    expect(sheet).not_to_be_visible()
    expect(page.locator("#prompt")).to_be_focused()
    page.locator("#thread").focus()
    press(page, "?")
    expect(sheet).to_be_visible()
    sheet.get_by_role("button", name="Close").click()
    page.locator("#rail [data-keys]").click()
    expect(sheet).to_be_visible()
    press(page, "Escape")
    tab.open("/sessions/")
    press(page, "?")
    expect(sheet).to_be_visible()


def test_escape_closes_the_sheet_before_it_stops_an_answer(new_tab: NewTab) -> None:
    tab = new_tab().open()
    answer = tab.ask("Explain the history of the lighthouse.\n/simulate pace 15\n/simulate length 2000")
    expect(answer.locator(".prose")).to_have_text(re.compile(r"\w{3}"))
    press(tab.page, "Control+/", "Escape")
    expect(tab.page.locator("#keys-sheet")).not_to_be_visible()
    expect(answer).to_have_attribute("data-status", "streaming")
    press(tab.page, "Escape")
    expect(answer).to_have_attribute("data-status", "stopped")


def test_a_whole_visit_without_a_mouse(new_context: Callable[..., BrowserContext], tmp_path: Path) -> None:
    """Set up, add two sessions, chat, stop, switch the session, search, open what was found."""
    with running_server(tmp_path / "data") as server:
        tab = Tab(new_context().new_page(), server.url)
        page = tab.page
        simulate(tab, pace=0)
        page.goto(server.setup_link)
        tab_to(page, "#id_username")
        page.keyboard.type("ada")
        for field in ("#id_password1", "#id_password2"):
            tab_to(page, field)
            page.keyboard.type(PASSWORD)
        press(page, "Enter")
        page.wait_for_selector("#composer")
        for name in ("personal_claude", "work_claude"):
            add_by_keyboard(tab, name)
        tab.open()
        expect(page.locator("#prompt")).to_be_focused()

        page.keyboard.type("What is the capital of France?")
        press(page, "Enter")
        expect(tab.answers.first).to_contain_text("Paris")
        expect(tab.answers.first).to_have_attribute("data-status", "complete")
        simulate(tab, pace=15, length=2000)
        page.keyboard.type("Explain the history of the lighthouse.")
        press(page, "Enter")
        expect(tab.answers.nth(1).locator(".prose")).to_have_text(re.compile(r"\w{3}"))
        press(page, "Escape")
        expect(tab.answers.nth(1)).to_have_attribute("data-status", "stopped")
        simulate(tab)

        press(page, "Alt+2")
        expect(page.locator("#payer")).to_contain_text("work_claude")
        tab_to(page, "#payer")
        press(page, "Enter")
        expect(page.locator("#picker")).to_be_visible()
        tab_to(page, "#picker-sessions input:checked")
        press(page, "ArrowUp")
        expect(page.locator("#payer")).to_contain_text("personal_claude")
        press(page, "Escape")
        expect(page.locator("#picker")).not_to_be_visible()

        tab_to(page, "a.new", back=True)
        press(page, "Enter")
        page.wait_for_selector("body[data-connection=ready]")
        press(page, "Control+k")
        expect(page.locator("#search-field")).to_be_focused()
        page.keyboard.type("lighthouse")
        expect(page.locator("#search-results a").first).to_be_visible()
        press(page, "ArrowDown", "Enter")
        page.wait_for_url(re.compile("/c/"))
        expect(page.locator("#messages")).to_contain_text("lighthouse")
        tab.assert_clean()


def add_by_keyboard(tab: Tab, name: str) -> None:
    page = tab.page
    tab.open("/sessions/add/")
    tab_to(page, "#id_provider")
    page.keyboard.type("Sim")
    tab_to(page, "#id_name")
    page.keyboard.type(name)
    tab_to(page, "#id_api_key")
    page.keyboard.type(f"sk-sim-{name}")
    press(page, "Enter")
    page.wait_for_url(lambda url: not url.endswith("/add/"))
