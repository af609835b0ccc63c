"""What a page does not need at first is fetched when it is opened, once; where that fails, it is said and can be tried again."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.steps import Tab

pytestmark = pytest.mark.browser
NewTab = Callable[..., Tab]
SCRIPTS = re.compile(r"/chat/js/(?!theme|highlight_worker)([\w/]+)\.js$")


def open_search(tab: Tab) -> None:
    tab.page.keyboard.press("Control+k")


def open_compare(tab: Tab) -> None:
    tab.page.click("#compare-open")


def test_nothing_of_search_and_compare_is_fetched_before_they_are_opened(new_tab: NewTab) -> None:
    tab = new_tab()
    fetched: list[str] = []
    tab.page.on("request", lambda request: fetched.extend(SCRIPTS.findall(request.url)))
    tab.open()
    assert set(fetched) == {"chat"}
    open_search(tab)
    expect(tab.page.locator("#search-status")).to_contain_text("Words of a title")
    assert set(fetched) == {"chat", "search"}
    tab.page.keyboard.press("Escape")
    open_compare(tab)
    expect(tab.page.locator(".compare-row")).to_have_count(2)
    assert set(fetched) == {"chat", "search", "compare"}, "each with what only it needs"
    tab.page.click("#compare-close")
    open_compare(tab)
    expect(tab.page.locator(".compare-row")).to_have_count(2)
    assert fetched.count("search") == fetched.count("compare") == 1


def test_what_is_typed_while_the_search_is_fetched_is_looked_for(new_tab: NewTab) -> None:
    tab = new_tab()
    waiting = []
    tab.page.route(re.compile(r"/js/search\.js$"), lambda route: waiting.append(route))
    tab.open()
    with tab.page.expect_request(re.compile(r"/js/search\.js$")):
        open_search(tab)
    tab.page.keyboard.type("xylophone")
    expect(tab.page.locator("#search-field")).to_have_value("xylophone")
    waiting[0].continue_()
    expect(tab.page.locator("#search-status")).to_contain_text("Nothing found for “xylophone”")


@pytest.mark.parametrize(
    ("module", "opens", "seen"),
    [("search", open_search, "#search-status"), ("compare", open_compare, ".compare-row >> nth=0")],
)
def test_what_cannot_be_fetched_is_said_and_tried_again(
    new_tab: NewTab, module: str, opens: Callable[[Tab], None], seen: str
) -> None:
    tab = new_tab()
    tab.expected = re.compile("Failed to load resource")
    address = re.compile(rf"/js/{module}\.js$")
    tab.page.route(address, lambda route: route.abort())
    tab.open()
    opens(tab)
    expect(tab.page.locator(".toast").first).to_contain_text("That did not reach the server.")
    expect(tab.page.locator(seen)).to_be_hidden()
    tab.page.unroute(address)
    opens(tab)
    expect(tab.page.locator(seen)).to_be_visible()
    expect(tab.page.locator(seen)).not_to_be_empty()
