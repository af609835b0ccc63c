"""Another try of any answer, by whom, and that no payer changes in silence: buttons, the menu of payers, marks in the thread."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.steps import Tab, choose_session, text_of

pytestmark = pytest.mark.browser
NewTab = Callable[..., Tab]
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
SIZES = pytest.mark.parametrize("size", [{}, PHONE], ids=["1280", "390"])


def another(answer: Locator) -> Locator:
    return answer.locator("[data-part=another]")


def name_of(answer: Locator) -> Locator:
    return answer.locator("b[data-part=name]")


def mark(answer: Locator) -> Locator:
    return answer.locator("[data-part=turn]")


def open_menu(tab: Tab, answer: Locator) -> Locator:
    answer.hover()
    answer.get_by_role("button", name="Another session or model").click()
    return tab.page.locator("#other-payer")


def two_turns(tab: Tab) -> None:
    tab.open()
    tab.ask_to_the_end("What is the capital of France?")
    tab.ask_to_the_end("And of Italy?")


def test_any_answer_can_be_tried_again_and_the_button_says_who_pays(new_tab: NewTab) -> None:
    tab = new_tab()
    two_turns(tab)
    other = new_tab().open(tab.page.url)
    first = tab.answers.first.get_attribute("data-message")
    tab.answers.first.hover()
    expect(another(tab.answers.first)).to_have_text(re.compile("Try again with personal_claude"))
    another(tab.answers.first).dblclick()
    for each in (tab, other):
        expect(each.answers).to_have_count(1)
        expect(each.answers.first).not_to_have_attribute("data-message", str(first))
        expect(each.answers.first).to_have_attribute("data-status", "complete")
        expect(each.answers.first.locator("[data-part=version]")).to_have_text("2/2")
    other.answers.first.get_by_role("button", name="Earlier version").click()
    for each in (tab, other):
        expect(each.answers).to_have_count(2)
        expect(each.answers.first).to_have_attribute("data-message", str(first))
    tab.page.reload()
    expect(tab.answers).to_have_count(2)


@SIZES
def test_another_session_and_model_are_chosen_from_a_menu(new_tab: NewTab, size: dict[str, object]) -> None:
    tab = new_tab(**size)
    two_turns(tab)
    other = new_tab().open(tab.page.url)
    menu = open_menu(tab, tab.answers.first)
    expect(menu.get_by_role("button", name="Try again with personal_claude")).to_be_visible()
    expect(menu.locator("#other-continue")).to_be_hidden()  # something follows on this answer
    menu.locator("label", has_text="work_claude").click()
    menu.locator("label", has_text="Simulator Small").click()
    menu.get_by_role("button", name="Try again with work_claude · Simulator Small").click()
    for each in (tab, other):
        expect(each.answers).to_have_count(1)
        expect(name_of(each.answers.first)).to_have_text("work_claude")
        expect(each.answers.first.locator(".meta [data-part=model]")).to_have_text("Simulator Small")
        expect(each.answers.first).to_have_attribute("data-status", "complete")
    expect(tab.page.locator("#payer")).to_contain_text("personal_claude")  # the composer stays


def test_the_menu_is_used_by_keyboard(new_tab: NewTab) -> None:
    tab = new_tab()
    two_turns(tab)
    button = tab.answers.last.get_by_role("button", name="Another session or model")
    button.focus()
    tab.page.keyboard.press("Enter")
    expect(tab.page.locator("#other-sessions input:checked")).to_be_focused()
    tab.page.keyboard.press("ArrowDown")
    expect(tab.page.locator("#other-retry")).to_have_text(re.compile("Try again with work_claude"))
    tab.page.keyboard.press("Escape")
    expect(tab.page.locator("#other-payer")).to_be_hidden()
    expect(button).to_be_focused()
    expect(tab.answers).to_have_count(2)


@SIZES
def test_a_conversation_goes_on_with_another_session_and_says_from_where(
    new_tab: NewTab, size: dict[str, object]
) -> None:
    tab = new_tab(**size)
    two_turns(tab)
    other = new_tab().open(tab.page.url)
    menu = open_menu(tab, tab.answers.last)
    menu.locator("label", has_text="work_claude").click()
    menu.get_by_role("button", name=re.compile("Continue with work_claude")).click()
    expect(tab.page.locator("#prompt")).to_be_focused()
    expect(tab.page.locator("#payer")).to_contain_text("work_claude")
    expect(tab.page.locator("#next-payer")).to_have_text("From here work_claude pays · Simulator Large")
    expect(other.page.locator("#next-payer")).to_be_hidden()
    tab.ask_to_the_end("And of Spain?")
    expect(tab.page.locator("#next-payer")).to_be_hidden()
    for each in (tab, other):
        expect(mark(each.answers.nth(2))).to_have_text("From here work_claude pays · Simulator Large")
        expect(mark(each.answers.nth(1))).to_be_hidden()
    tab.page.reload()
    expect(mark(tab.answers.nth(2))).to_have_text("From here work_claude pays · Simulator Large")
    expect(tab.page.locator("#payer")).to_contain_text("work_claude")
    tab.ask_to_the_end("And of Portugal?")
    for each in (tab, other):
        expect(mark(each.answers.nth(3))).to_be_hidden()


def test_the_marks_follow_the_version_that_is_shown(new_tab: NewTab) -> None:
    tab = new_tab()
    two_turns(tab)
    choose_session(tab, "work_claude")
    another(tab.answers.last).click()
    expect(name_of(tab.answers.last)).to_have_text("work_claude")
    expect(mark(tab.answers.last)).to_be_visible()
    expect(tab.answers.last).to_have_attribute("data-status", "complete")
    tab.answers.last.get_by_role("button", name="Earlier version").click()
    expect(name_of(tab.answers.last)).to_have_text("personal_claude")
    expect(mark(tab.answers.last)).to_be_hidden()
    expect(tab.page.locator("#next-payer")).to_be_visible()  # the composer names another one


CLIPBOARD = {"permissions": ["clipboard-read", "clipboard-write"]}
FASTAPI = (
    "How would you write a FastAPI application that handles Stripe-based subscriptions?\n/simulate pace 0"
)


def copied(tab: Tab) -> str:
    text: str = tab.page.evaluate("navigator.clipboard.readText()")
    return text


@SIZES
def test_a_message_is_copied_as_text_or_as_markdown(new_tab: NewTab, size: dict[str, object]) -> None:
    tab = new_tab(**size, **CLIPBOARD).open()
    answer = tab.ask_to_the_end(FASTAPI)
    answer.hover()
    answer.locator("[data-act=copy]").click()
    expect(tab.page.locator("#said")).to_have_text("Copied")
    seen = copied(tab)
    assert "Stripe keeps the truth about money, your database keeps the truth about access" in seen
    assert "• Store one example of every event type as a file" in seen
    assert not re.search(r"\*\*|^#|^\| |```|Wrap\n|\nCopy\n", seen, re.MULTILINE)
    for line in text_of(answer).splitlines():
        assert (
            line.strip() in {"", "Wrap", "Copy", "python", "sql", "text", "http"} or line.strip() in seen
        ), line
    answer.get_by_role("button", name="Copy as Markdown").click()
    expect(answer.locator("[data-act=copy-markdown]")).to_have_attribute("data-copied", "")
    source = copied(tab)
    assert source.startswith("## A FastAPI application for Stripe subscriptions")
    assert "**Stripe keeps the truth about money" in source
    assert "```python" in source
    prompt = tab.page.locator("#messages .you")
    prompt.hover()
    prompt.get_by_role("button", name="Copy").click()
    expect(prompt.get_by_role("button", name="Copied")).to_be_visible()
    assert copied(tab) == FASTAPI


def test_sources_are_copied_along(new_tab: NewTab) -> None:
    tab = new_tab(**CLIPBOARD).open()
    answer = tab.ask_to_the_end("What is the capital of France?\n/simulate search\n/simulate pace 0")
    answer.locator("[data-act=copy]").click()
    expect(answer.locator("[data-act=copy]")).to_have_attribute("data-copied", "")
    address = "https://simulator.test/almanac"
    assert copied(tab) == f"The capital of France is Paris.[1]\n\n[1] The simulated almanac – {address}"
    answer.get_by_role("button", name="Copy as Markdown").click()
    expect(answer.locator("[data-act=copy-markdown]")).to_have_attribute("data-copied", "")
    assert copied(tab) == f"The capital of France is Paris.[^1]\n\n[^1]: [The simulated almanac](<{address}>)"
