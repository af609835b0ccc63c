"""Conversations as a whole: renamed, pinned, archived, deleted and brought back, by pointer, finger and keyboard."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.steps import Tab, choose_session, from_menu, rename

pytestmark = pytest.mark.browser
NewTab = Callable[..., Tab]
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True}
SLOW = "Explain the history of the lighthouse.\n/simulate pace 15\n/simulate length 2000"


def start(tab: Tab, title: str) -> Tab:
    """A conversation with this title, which the tab shows."""
    tab.open()
    tab.ask_to_the_end(f"{title}\n/simulate pace 0")
    expect(tab.page.locator("#title")).to_have_text(title)
    return tab


def row(tab: Tab, title: str) -> Locator:
    return tab.page.locator("#conversations .conv-row", has_text=title)


def choose(tab: Tab, title: str, deed: str) -> None:
    """In the menu of a row."""
    row(tab, title).hover()
    row(tab, title).locator(".conv-more").click()
    tab.page.click(f"#conversation-menu [data-deed={deed}]")


def heading_of(tab: Tab, title: str) -> str:
    """The heading under which a row stands."""
    found = row(tab, title).evaluate(
        "row => { while (row && row.tagName !== 'H2') row = row.previousElementSibling; return row?.textContent }"
    )
    return str(found)


def test_a_pinned_conversation_stands_on_top_in_every_tab(new_tab: NewTab) -> None:
    tab = start(new_tab(), "Pin the first one")
    start(tab, "Pin the second one")
    other = new_tab().open()
    choose(tab, "Pin the first one", "pin")
    for each in (tab, other):
        expect(each.page.locator("#conversations h2").first).to_have_text("Pinned")
        assert heading_of(each, "Pin the first one") == "Pinned"
        assert heading_of(each, "Pin the second one") == "Today"
    other.page.reload()
    expect(other.page.locator("#conversations .conv").first).to_contain_text("Pin the first one")
    choose(tab, "Pin the first one", "unpin")
    for each in (tab, other):
        expect(each.page.locator("#conversations [data-pinned]")).to_have_count(0)


def test_an_archived_conversation_leaves_the_list_until_a_message_brings_it_back(new_tab: NewTab) -> None:
    tab = start(new_tab(), "Archive this one")
    url, other = tab.page.url, new_tab().open()
    from_menu(tab, "archive")
    for each in (tab, other):
        expect(row(each, "Archive this one")).to_have_count(0)
    tab.page.click(".toast >> text=Undo")
    expect(row(other, "Archive this one")).to_have_count(1)
    from_menu(tab, "archive")
    expect(row(other, "Archive this one")).to_have_count(0)
    other.page.click("text=Archived")
    other.page.click("a:has-text('Archive this one')")
    other.page.wait_for_url(url)
    other.open(url)
    other.ask_to_the_end("And now?\n/simulate pace 0")
    for each in (tab, other):
        expect(row(each, "Archive this one")).to_have_count(1)


def test_a_deleted_conversation_is_gone_everywhere_and_one_click_brings_it_back(new_tab: NewTab) -> None:
    tab, other = start(new_tab(), "Delete this one"), new_tab().open()
    tab.open()  # the tab shows another page
    choose(tab, "Delete this one", "delete")
    for each in (tab, other):
        expect(row(each, "Delete this one")).to_have_count(0)
    expect(tab.page.locator(".toast")).to_contain_text("Deleted “Delete this one”.")
    tab.page.click(".toast >> text=Undo")
    for each in (tab, other):
        expect(row(each, "Delete this one")).to_have_count(1)


def test_the_undo_survives_a_reload_and_stops_the_answer_of_the_deleted(new_tab: NewTab) -> None:
    tab = new_tab().open()
    tab.ask(SLOW)
    tab.page.wait_for_url(re.compile("/c/"))
    url, watcher = tab.page.url, new_tab().open(tab.page.url)
    from_menu(tab, "delete")
    tab.page.wait_for_url(tab.url + "/")
    expect(watcher.page.locator("[data-trouble=deleted]")).to_contain_text("was deleted")
    expect(watcher.answers.first).to_have_attribute("data-status", "stopped")
    tab.page.reload()
    tab.page.click(".toast >> text=Undo")
    expect(watcher.page.locator("[data-trouble=deleted]")).to_have_count(0)
    tab.page.click(".toast >> text=Open")
    tab.page.wait_for_url(url)
    expect(tab.answers.first).to_have_attribute("data-status", "stopped")


def test_the_page_of_the_archived_brings_back_or_deletes_for_good(new_tab: NewTab) -> None:
    tab = start(new_tab(), "Deleted and regretted")
    url = tab.page.url
    from_menu(tab, "delete")
    tab.page.wait_for_url(tab.url + "/")
    tab.open("/chat/archived/")
    tab.page.get_by_role("button", name="Restore: Deleted and regretted").click()
    tab.page.wait_for_url(url)
    tab.open(url)
    from_menu(tab, "delete")
    tab.page.wait_for_url(tab.url + "/")
    tab.open("/chat/archived/")
    tab.page.get_by_role("button", name="Delete for good: Deleted and regretted").click()
    expect(tab.page.locator("dialog[open]")).to_contain_text("cannot be undone")
    tab.page.click("dialog button.danger")
    expect(tab.page.get_by_text("Deleted and regretted")).to_have_count(0)


def test_who_was_written_over_while_renaming_is_told_and_loses_nothing(new_tab: NewTab) -> None:
    tab = start(new_tab(), "Two tabs name this")
    other = new_tab().open(tab.page.url)
    from_menu(other, "rename")
    other.page.fill("#rename-title", "Name of the second tab")
    rename(tab, "Name of the first tab")
    expect(other.page.locator("#rename-note")).to_contain_text("renamed to “Name of the first tab”")
    expect(other.page.locator("#rename-title")).to_have_value("Name of the second tab")
    other.page.click("#rename-form button[type=submit]")
    for each in (tab, other):
        expect(each.page.locator("#title")).to_have_text("Name of the second tab")
        expect(row(each, "Name of the second tab")).to_have_count(1)
    expect(tab.page.locator(".toast")).to_contain_text("Your title was “Name of the first tab”")
    tab.page.click(".toast >> text=Use mine")
    expect(other.page.locator("#title")).to_have_text("Name of the first tab")


def test_the_menu_works_with_the_keyboard_alone(new_tab: NewTab) -> None:
    tab = start(new_tab(), "By keyboard alone")
    row(tab, "By keyboard alone").locator("a").focus()
    tab.page.keyboard.press("Tab")
    button = row(tab, "By keyboard alone").locator(".conv-more")
    expect(button).to_be_focused()
    tab.page.keyboard.press("Enter")
    expect(tab.page.locator("#conversation-menu [data-deed=rename]")).to_be_focused()
    tab.page.keyboard.press("ArrowDown")
    expect(tab.page.locator("#conversation-menu [data-deed=pin]")).to_be_focused()
    tab.page.keyboard.press("Escape")
    expect(tab.page.locator("#conversation-menu")).to_be_hidden()
    expect(button).to_be_focused()
    tab.page.keyboard.press("Enter")
    tab.page.keyboard.press("ArrowUp")
    expect(tab.page.locator("#conversation-menu [data-deed=delete]")).to_be_focused()
    tab.page.keyboard.press("Enter")
    expect(row(tab, "By keyboard alone")).to_have_count(0)


def test_a_phone_has_the_menu_without_hovering(new_tab: NewTab) -> None:
    start(new_tab(), "On the phone")
    phone = new_tab(**PHONE).open()
    phone.page.tap("#menu")
    button = row(phone, "On the phone").locator(".conv-more")
    box = button.bounding_box()
    assert box is not None
    assert round(min(box["width"], box["height"])) >= 44
    button.tap()
    menu = phone.page.locator("#conversation-menu").bounding_box()
    assert menu is not None
    assert menu["x"] >= 0
    assert menu["x"] + menu["width"] <= 390
    phone.page.tap("#conversation-menu [data-deed=delete]")
    phone.page.tap(".toast >> text=Undo")
    expect(row(phone, "On the phone")).to_have_count(1)


def test_the_list_can_show_what_one_session_pays(new_tab: NewTab) -> None:
    tab = start(new_tab(), "Paid by the personal one")
    tab.open()
    choose_session(tab, "work_claude")
    tab.ask_to_the_end("Paid by the one at work\n/simulate pace 0")
    tab.page.select_option("#rail-payer", label="work_claude")
    expect(row(tab, "Paid by the one at work")).to_be_visible()
    expect(row(tab, "Paid by the personal one")).to_be_hidden()
    tab.page.select_option("#rail-payer", label="All sessions")
    expect(row(tab, "Paid by the personal one")).to_be_visible()
