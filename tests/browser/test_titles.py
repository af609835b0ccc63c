"""Titles that a model writes after the first answer, as every page shows them, and how they are switched off."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.steps import Tab, add_key_session, choose_session, rename
from tests.system.servers import Server, running_server

pytestmark = pytest.mark.browser
NewTab = Callable[..., Tab]
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True}
PROMPT = "Please explain how a lighthouse is built and kept. Who pays for it?\n/simulate pace 0"
BEGINNING = "Please explain how a lighthouse"
TITLE = "How a lighthouse is built and kept"


@pytest.fixture(scope="module")
def own_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The product as it is set up by default: titles are written."""
    with running_server(tmp_path_factory.mktemp("titles") / "data", MAESTRO_AUTO_TITLES="1") as running:
        yield running


def arrange(tab: Tab) -> None:
    """Two sessions, the second of which writes no titles."""
    for name in ("personal_claude", "work_claude"):
        add_key_session(tab, name)


@pytest.mark.parametrize("device", [{}, PHONE], ids=["desktop", "phone"])
def test_after_the_first_answer_every_page_shows_the_title(
    open_tab: NewTab, device: dict[str, object]
) -> None:
    watcher = open_tab().open()
    tab = open_tab(**device).open()
    tab.ask_to_the_end(PROMPT)
    expect(tab.page.locator("#title")).to_have_text(TITLE)
    expect(tab.page).to_have_title(f"{TITLE} · Maestro")
    for each in (tab, watcher):
        row = each.page.locator("#conversations .conv").first
        expect(row).to_contain_text(TITLE)
        expect(row).not_to_contain_text(BEGINNING)
    tab.ask_to_the_end("And the tallest one?\n/simulate pace 0")
    tab.page.reload()
    expect(tab.page.locator("#title")).to_have_text(TITLE)


def test_what_a_title_cost_is_told(open_tab: NewTab) -> None:
    tab = open_tab().open()
    tab.ask_to_the_end(PROMPT)
    expect(tab.page.locator("#title")).to_have_text(TITLE)
    tab.page.click("#more")
    tab.page.click("#usage-link")
    expect(tab.page.locator("main")).to_contain_text(re.compile("title", re.IGNORECASE))


def test_a_title_that_was_chosen_is_not_written_over(open_tab: NewTab) -> None:
    tab = open_tab().open()
    tab.ask("Explain the history of the lighthouse.\n/simulate pace 60\n/simulate length 200")
    tab.page.wait_for_url(re.compile("/c/"))
    rename(tab, "My own words")
    expect(tab.answers.first).to_have_attribute("data-status", "complete")
    tab.ask_to_the_end("And the tallest one?\n/simulate pace 0")
    expect(tab.page.locator("#title")).to_have_text("My own words")


def test_a_session_can_be_told_to_write_none(open_tab: NewTab) -> None:
    tab = open_tab().open("/sessions/")
    tab.page.get_by_role("heading", name="work_claude").get_by_role("link").click()
    box = tab.page.get_by_label(re.compile("title", re.IGNORECASE))
    box.uncheck()
    box.locator("xpath=ancestor::form").locator("button[type=submit]").click()
    expect(tab.page.get_by_label(re.compile("title", re.IGNORECASE))).not_to_be_checked()
    tab.open()
    choose_session(tab, "work_claude")
    tab.ask_to_the_end(PROMPT)
    tab.ask_to_the_end("And the tallest one?\n/simulate pace 0")
    expect(tab.page.locator("#title")).to_contain_text(BEGINNING)
