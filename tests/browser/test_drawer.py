"""The settings drawer: what it shows for which model, what a setting does, and that other pages follow."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.steps import Tab, text_of

pytestmark = pytest.mark.browser
NewTab = Callable[..., Tab]
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True}


def opened(tab: Tab) -> Locator:
    """The drawer, with the fields of the chosen model."""
    tab.page.click("#tune")
    drawer = tab.page.locator("#drawer")
    expect(drawer.locator("#drawer-model")).to_contain_text("What Simulator")
    return drawer


def choose_model(tab: Tab, label: str) -> None:
    tab.page.click("#payer")
    tab.page.click(f"#picker-models label:has-text('{label}')")
    tab.page.keyboard.press("Escape")
    expect(tab.page.locator("#payer")).to_contain_text(label)


def shown_fields(drawer: Locator) -> set[str]:
    boxes = drawer.locator("[id$=-box]:visible").all()
    return {(box.get_attribute("id") or "").removeprefix("set-").removesuffix("-box") for box in boxes}


def test_it_shows_what_the_model_takes_and_nothing_else(new_tab: NewTab) -> None:
    tab = new_tab().open()
    drawer = opened(tab)
    assert shown_fields(drawer) == {"system", "effort", "thinking", "max_tokens", "cache"}
    expect(drawer.locator("label:has-text('Extra high')")).to_be_hidden()
    expect(drawer.locator("#set-max_tokens-help")).to_contain_text("1 to 128,000")
    tab.page.keyboard.press("Escape")
    choose_model(tab, "Simulator Small")
    tab.page.click("#tune")
    expect(drawer.locator("#drawer-model")).to_contain_text("Simulator Small")
    assert shown_fields(drawer) == {"system", "thinking", "max_tokens", "temperature", "cache"}
    expect(drawer.locator("#set-temperature-help")).to_contain_text("0 to 1.")


def test_where_models_cannot_be_listed_it_shows_what_every_model_takes(new_tab: NewTab) -> None:
    tab = new_tab()
    tab.expected = re.compile("status of 502")
    tab.page.route(
        "**/models/", lambda route: route.fulfill(status=502, json={"error": {"message": "Away."}})
    )
    tab.open()
    tab.page.click("#tune")
    assert shown_fields(tab.page.locator("#drawer")) == {"system", "max_tokens"}


def test_a_first_message_is_answered_as_the_drawer_says_and_other_pages_follow(new_tab: NewTab) -> None:
    tab, other = new_tab().open(), new_tab()
    drawer = opened(tab)
    drawer.get_by_text("High", exact=True).click()
    drawer.locator("#set-max_tokens").fill("9")
    tab.page.keyboard.press("Escape")
    expect(tab.page.locator("#tune")).to_have_text(re.compile("Effort: high, 1 set"))
    answer = tab.ask_to_the_end("Explain the history of the lighthouse.")
    expect(answer.locator("[data-part=trouble]")).to_contain_text("length limit")
    assert len(text_of(answer)) < 60
    other.open(tab.page.url.removeprefix(tab.url))
    expect(other.page.locator("#tune")).to_contain_text("Effort: high, 1 set")
    opened(other).locator("#set-max_tokens").fill("")
    other.page.keyboard.press("Tab")
    expect(tab.page.locator("#tune")).to_have_text(re.compile("^\\s*Effort: high\\s*$"))
    answer = tab.ask_to_the_end("Explain the history of the lighthouse.")
    assert len(text_of(answer)) > 60


def test_a_number_out_of_range_is_refused_in_place_and_not_kept(new_tab: NewTab) -> None:
    tab = new_tab().open()
    tab.ask_to_the_end("What is the capital of France?")
    drawer = opened(tab)
    field = drawer.locator("#set-max_tokens")
    field.fill("128001")
    field.press("Tab")
    expect(drawer.locator("#drawer-error")).to_have_text(re.compile("number from 1 to 128,000"))
    expect(field).to_have_attribute("aria-invalid", "true")
    tab.page.reload()
    expect(tab.page.locator("#tune")).to_have_text(re.compile("^\\s*Settings\\s*$"))
    opened(tab)
    field.fill("128000")
    field.press("Tab")
    expect(tab.page.locator("#tune")).to_contain_text("1 set")
    drawer.locator("#drawer-reset").click()
    expect(field).to_have_value("")
    expect(tab.page.locator("#tune")).to_have_text(re.compile("^\\s*Settings\\s*$"))


def test_what_is_typed_in_one_page_survives_a_change_in_another(new_tab: NewTab) -> None:
    tab = new_tab().open()
    tab.ask_to_the_end("What is the capital of France?")
    other = new_tab().open(tab.page.url.removeprefix(tab.url))
    box = opened(tab).locator("#set-system")
    box.press_sequentially("Be bri")
    opened(other).get_by_text("Low", exact=True).click()
    expect(tab.page.locator("#tune")).to_contain_text("Effort: low")
    box.press_sequentially("ef.")
    box.press("Tab")
    expect(other.page.locator("#set-system")).to_have_value("Be brief.")
    expect(other.page.locator("#tune")).to_contain_text("Effort: low, 1 set")


def test_it_fits_a_phone_and_needs_no_mouse(new_tab: NewTab) -> None:
    tab = new_tab(**PHONE).open()
    tab.page.focus("#tune")
    tab.page.keyboard.press("Enter")
    drawer = tab.page.locator("#drawer")
    expect(drawer.locator("#drawer-model")).to_contain_text("What Simulator")
    box = drawer.bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390
    assert box["y"] >= 0
    drawer.locator("input[name=effort]").first.focus()
    tab.page.keyboard.press("ArrowRight")
    tab.page.keyboard.press("Escape")
    expect(drawer).not_to_be_visible()
    expect(tab.page.get_by_role("button", name="Effort: low")).to_be_visible()


def test_the_part_of_a_prompt_that_came_from_the_cache_is_shown(new_tab: NewTab) -> None:
    tab = new_tab().open()
    first = tab.ask_to_the_end("What is the capital of France? " + "word " * 1000)
    expect(first.locator("[data-part=cached]")).to_have_text("")
    second = tab.ask_to_the_end("What is the capital of Italy?")
    cached = second.locator("[data-part=cached]")
    expect(cached).to_have_text(re.compile(r"^\d\d % from cache$"))
    words = cached.inner_text()
    tab.page.reload()
    expect(tab.answers.nth(1).locator("[data-part=cached]")).to_have_text(words)


def test_a_long_prompt_says_its_tokens_before_it_is_sent(new_tab: NewTab) -> None:
    tab = new_tab().open()
    line = tab.page.locator("#estimate")
    tab.page.fill("#prompt", "short")
    expect(line).to_be_hidden()
    tab.page.fill("#prompt", "word " * 2000)
    expect(line).to_have_text("2,500 tokens")
    tab.page.fill("#prompt", "word " * 4000)
    expect(line).to_have_text("5,000 tokens")
    tab.page.fill("#prompt", "")
    expect(line).to_be_hidden()


def test_a_prompt_that_cannot_be_counted_says_so_and_can_be_sent(new_tab: NewTab) -> None:
    tab = new_tab().open()
    tab.expected = re.compile("ERR_FAILED")
    tab.page.route("**/chat/estimate/", lambda route: route.abort())
    tab.page.fill("#prompt", "What is the capital of France? " + "word " * 1000)
    expect(tab.page.locator("#estimate")).to_have_text("– tokens")
    tab.page.press("#prompt", "Enter")
    expect(tab.answers.first).to_have_attribute("data-status", "complete")
