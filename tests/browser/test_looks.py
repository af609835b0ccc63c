"""Phone and desktop, light and dark: nothing sticks out, the theme is remembered, the drawer works."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.steps import Tab

pytestmark = pytest.mark.browser
NewTab = Callable[..., Tab]
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True}
PAGES = [
    "/",
    "/sessions/",
    "/sessions/add/",
    "/accounts/password/",
    "/c/00000000-0000-4000-8000-000000000000/",
]


def overflow(page: Page) -> int:
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


def ground(page: Page) -> int:
    """The red part of the page's ground."""
    colour = page.evaluate("getComputedStyle(document.body).backgroundColor")
    return int(colour.split("(")[1].split(",")[0])


@pytest.mark.parametrize("path", PAGES)
def test_no_page_is_wider_than_a_phone(new_tab: NewTab, path: str) -> None:
    tab = new_tab(**PHONE)
    tab.expected = re.compile("status of 404")  # the last page is the one for what is not there
    tab.open(path)
    assert overflow(tab.page) == 0


def test_the_fields_of_usage_stay_in_their_column_on_a_phone(new_tab: NewTab) -> None:
    tab = new_tab(**PHONE).open("/sessions/usage/")
    column = tab.page.locator("main h1").bounding_box()
    assert column is not None
    ends = tab.page.locator("main form").evaluate_all(
        "(forms) => forms.flatMap((form) => [...form.elements]).map((one) => one.getBoundingClientRect().right)"
    )
    assert max(ends) <= 390 - column["x"]


def test_the_bar_of_a_page_is_one_row_on_a_phone_also_for_staff(new_tab: NewTab) -> None:
    tab = new_tab(**PHONE).open("/sessions/")
    bar = tab.page.locator(".topbar")
    parts = bar.locator("nav a, button").filter(visible=True)
    expect(parts).to_have_count(6)
    middles = {
        round(box["y"] + box["height"] / 2)
        for box in map(Locator.bounding_box, parts.all())
        if box is not None
    }
    assert max(middles) - min(middles) <= 2
    assert overflow(tab.page) == 0


def test_a_long_answer_stays_inside_a_phone(new_tab: NewTab) -> None:
    tab = new_tab(**PHONE).open()
    tab.page.fill("#prompt", "How would you write a FastAPI application?\n/simulate pace 0")
    tab.page.tap("#send")
    expect(tab.answers.first).to_have_attribute("data-status", "complete")
    assert overflow(tab.page) == 0
    widths = tab.page.evaluate(
        "[...document.querySelectorAll('.message')].map(m => m.getBoundingClientRect().right)"
    )
    assert max(widths) <= 390


def test_the_rail_is_a_drawer_on_a_phone(new_tab: NewTab) -> None:
    tab = new_tab(**PHONE).open()
    expect(tab.page.locator("#rail")).not_to_be_visible()
    tab.page.tap("#menu")
    expect(tab.page.locator("#rail")).to_be_visible()
    expect(tab.page.locator("#close-menu")).to_be_focused()
    tab.page.keyboard.press("Escape")
    expect(tab.page.locator("#rail")).not_to_be_visible()
    expect(tab.page.locator("#menu")).to_be_focused()


def test_colours_follow_the_system_until_they_are_chosen(new_tab: NewTab) -> None:
    tab = new_tab(color_scheme="dark").open()
    assert ground(tab.page) < 64
    tab.page.click("[data-theme-toggle]")  # light
    assert ground(tab.page) > 192
    tab.page.reload()
    assert ground(tab.page) > 192
    tab.page.click("[data-theme-toggle]")  # dark
    assert ground(tab.page) < 64
