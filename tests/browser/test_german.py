"""The pages in another language: the server's sentences and those of the scripts, and room for longer words."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.steps import Tab

pytestmark = pytest.mark.browser
NewTab = Callable[..., Tab]
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True}


def overflow(page: Page) -> int:
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


def test_server_and_scripts_speak_the_language_of_the_browser(new_tab: NewTab) -> None:
    tab = new_tab(locale="de-DE").open()
    page = tab.page
    expect(page.locator("html")).to_have_attribute("lang", "de")
    expect(page.locator("#open-search")).to_contain_text("Suchen")
    expect(page.locator("#payer")).to_have_accessible_name(
        "Antwortet und zahlt: personal_claude Simulator Large"
    )
    answer = tab.ask_to_the_end("What is the capital of France?\n/simulate pace 0")
    expect(answer.get_by_role("heading", name="Antwort von personal_claude")).to_be_attached()
    expect(answer.locator("[data-part=another]")).to_have_text("Noch einmal mit personal_claude")
    page.click("[data-theme-toggle] >> nth=0")
    expect(page.locator("[data-theme-toggle]").first).to_have_accessible_name("Farben: hell")
    page.click("#messages .you [data-act=remove]")
    expect(page.get_by_role("dialog")).to_contain_text("Das lässt sich nicht rückgängig machen.")


def test_a_page_in_english_loads_no_catalogue(new_tab: NewTab) -> None:
    tab = new_tab()
    asked: list[str] = []
    tab.page.on("request", lambda request: asked.append(request.url))
    tab.open()
    assert asked
    assert not [url for url in asked if "/words/" in url]


@pytest.mark.parametrize("path", ["/", "/sessions/", "/sessions/add/", "/sessions/usage/", "/chat/archived/"])
def test_longer_words_fit_a_phone(new_tab: NewTab, path: str) -> None:
    tab = new_tab(locale="de-DE", **PHONE).open(path)
    expect(tab.page.locator("html")).to_have_attribute("lang", "de")
    assert overflow(tab.page) == 0
