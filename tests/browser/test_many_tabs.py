"""What one tab does, the others show: messages, answers, titles, deletions, and on every page what is running."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import WebSocketRoute, expect

from tests.browser.steps import Tab, from_menu, rename, text_of

pytestmark = pytest.mark.browser
NewTab = Callable[..., Tab]
SLOW = "Explain the history of the lighthouse.\n/simulate pace 15\n/simulate length 2000"
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True}


def test_a_new_conversation_streams_into_the_rail_and_pages_of_other_tabs(new_tab: NewTab) -> None:
    tab, other = new_tab().open(), new_tab().open()
    tab.ask(SLOW)
    tab.page.wait_for_url(re.compile("/c/"))
    row = other.page.locator(f'.conv[href="{tab.page.url.removeprefix(tab.url)}"]')
    expect(row).to_have_attribute("data-running", "")
    watcher = new_tab().open(tab.page.url)
    for each in (tab, watcher):
        expect(each.answers.first.locator(".prose")).to_have_text(re.compile(r"\w{3}"))
    watcher.page.click("#stop")
    for each in (tab, watcher):
        expect(each.answers.first).to_have_attribute("data-status", "stopped")
    expect(row).not_to_have_attribute("data-running", "")
    assert text_of(tab.answers.first) == text_of(watcher.answers.first)


def test_a_new_title_shows_in_other_tabs_and_a_deletion_is_said(new_tab: NewTab) -> None:
    tab = new_tab().open()
    tab.ask_to_the_end("What is the capital of France?")
    other = new_tab().open(tab.page.url)
    rename(tab, "One name for all")
    expect(other.page.locator("#title")).to_have_text("One name for all")
    expect(other.page.locator(".conv[aria-current]")).to_contain_text("One name for all")
    from_menu(tab, "delete")
    expect(other.page.locator("[data-trouble=deleted]")).to_contain_text("was deleted")
    expect(other.page.locator("#conversations .conv:has-text('One name for all')")).to_have_count(0)


def test_a_tab_that_was_away_shows_what_it_missed_without_a_reload(new_tab: NewTab) -> None:
    tab = new_tab().open()
    tab.ask_to_the_end("What is the capital of France?")
    away = new_tab()
    sockets: list[WebSocketRoute] = []
    gate = {"open": True}

    def connect(socket: WebSocketRoute) -> None:
        if gate["open"]:
            socket.connect_to_server()
            sockets.append(socket)
        else:
            socket.close()

    away.page.route_web_socket(re.compile("/ws/chat/"), connect)
    away.open(tab.page.url)
    away.page.fill("#prompt", "half a thought")
    away.page.evaluate("window.stayed = true")
    gate["open"] = False
    sockets[-1].close()
    away.page.wait_for_selector("body[data-connection=waiting]")
    tab.ask_to_the_end("What is the capital of Italy?")
    tab.ask_to_the_end("What is the capital of Spain?")
    gate["open"] = True
    expect(away.answers).to_have_count(3)
    expect(away.answers.nth(1)).to_contain_text("Rome")
    expect(away.answers.nth(2)).to_contain_text("Madrid")
    assert away.page.evaluate("window.stayed") is True
    expect(away.page.locator("#prompt")).to_have_value("half a thought")
    away.page.fill("#prompt", "")


@pytest.mark.parametrize("path", ["/sessions/", "/sessions/add/", "/accounts/password/"])
def test_every_page_says_what_is_being_answered(new_tab: NewTab, path: str) -> None:
    tab = new_tab().open()
    page = new_tab().open(path)
    note = page.page.locator("#running-now")
    expect(note).to_be_hidden()
    tab.ask(SLOW)
    tab.page.wait_for_url(re.compile("/c/"))
    expect(note).to_be_visible()  # by its own look
    page.page.reload()
    expect(note).to_contain_text("1 conversation is being answered")
    note.click()
    page.page.click("#running-list a:has-text('lighthouse')")
    page.page.wait_for_url(tab.page.url)
    page.page.click("#stop")
    expect(tab.answers.first).to_have_attribute("data-status", "stopped")


@pytest.mark.parametrize("path", ["/sessions/", "/"])
def test_the_note_takes_no_button_off_a_phone(new_tab: NewTab, path: str) -> None:
    tab, phone = new_tab().open(), new_tab(**PHONE)
    tab.ask(SLOW)
    tab.page.wait_for_url(re.compile("/c/"))
    phone.open(path)
    expect(phone.page.locator("#running-now")).to_be_visible()
    shown = (
        "[...document.querySelectorAll('body > header *, main > header *')].filter(e => e.checkVisibility())"
    )
    assert phone.page.evaluate(f"Math.max(...{shown}.map(e => e.getBoundingClientRect().right))") <= 390
    tab.page.click("#stop")
    expect(tab.answers.first).to_have_attribute("data-status", "stopped")


def test_a_phone_says_in_the_head_what_else_is_being_answered(new_tab: NewTab) -> None:
    tab, phone = new_tab().open(), new_tab(**PHONE).open()
    note = phone.page.locator("#running-now")
    expect(note).to_be_hidden()
    tab.ask(SLOW)
    tab.page.wait_for_url(re.compile("/c/"))
    expect(note).to_be_visible()
    note.tap()
    phone.page.tap("#running-list a:has-text('lighthouse')")
    phone.page.wait_for_url(tab.page.url)
    expect(note).to_be_hidden()  # this page shows it
    phone.page.tap("#stop")
    expect(phone.answers.first).to_have_attribute("data-status", "stopped")
