"""A conversation of a thousand messages: there at once, whole when the reader wants it, and nothing jumps."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Route, expect

from tests.browser.rows import long_talk, stored_conversation
from tests.browser.steps import Tab
from tests.system.servers import Server

pytestmark = pytest.mark.browser
NewTab = Callable[..., Tab]
SIZES = [{}, {"viewport": {"width": 390, "height": 844}, "has_touch": True}]
MESSAGES = 1000


@pytest.fixture(scope="module")
def long_path(server: Server, state: Any) -> str:
    """A thousand messages of the user whose cookies are `state`."""
    assert state
    return stored_conversation(server, long_talk(MESSAGES), title="A thousand messages")


def shown(tab: Tab) -> list[int]:
    """The numbers of the messages on the page, in order."""
    texts = tab.page.locator("#messages > .message").evaluate_all(
        "all => all.map((one) => one.querySelector('[data-part=text]').textContent)"
    )
    return [int(re.search(r"number (\d+)", text).group(1)) for text in texts]  # type: ignore[union-attr]


def top_of(tab: Tab, number: int) -> float:
    """Where a message stands on the screen."""
    return float(
        tab.page.evaluate(
            "(n) => [...document.querySelectorAll('#messages > .message')].find((one) => one.textContent.includes(`number ${n} `) || one.textContent.includes(`number ${n}?`)).getBoundingClientRect().top",
            number,
        )
    )


def at_rest(tab: Tab, number: int) -> float:
    """The same once it has not moved for ten frames: sizes are guessed until they were seen."""
    return float(
        tab.page.evaluate(
            """async (n) => {
              const own = (one) => one.textContent.includes(`number ${n} `) || one.textContent.includes(`number ${n}?`);
              const message = [...document.querySelectorAll('#messages > .message')].find(own);
              let [last, still] = [NaN, 0];
              while (still < 10) {
                await new Promise(requestAnimationFrame);
                const { top } = message.getBoundingClientRect();
                still = top === last ? still + 1 : 0;
                last = top;
              }
              return last;
            }""",
            number,
        )
    )


@pytest.mark.parametrize("options", SIZES, ids=["1280", "390"])
def test_it_opens_at_its_end_with_the_newest_messages(
    new_tab: NewTab, long_path: str, options: dict[str, Any]
) -> None:
    tab = new_tab(**options).open(long_path)
    numbers = shown(tab)
    assert numbers == list(range(MESSAGES - len(numbers), MESSAGES))
    assert len(numbers) == 100
    expect(tab.answers.last).to_be_in_viewport()
    expect(tab.answers.last.locator(".prose h3")).to_have_text(f"Part {MESSAGES - 1}")  # rendered
    assert (
        tab.page.evaluate(
            "(() => { const box = document.querySelector('#thread'); return box.scrollHeight - box.scrollTop - box.clientHeight; })()"
        )
        <= 2
    )
    expect(tab.page.locator("#latest")).to_be_hidden()
    expect(tab.page.locator("#prompt")).to_be_enabled()


@pytest.mark.parametrize("options", SIZES, ids=["1280", "390"])
def test_earlier_messages_come_above_and_what_is_read_stays_in_its_place(
    new_tab: NewTab, long_path: str, options: dict[str, Any]
) -> None:
    tab = new_tab(**options)
    held: list[Route] = []
    tab.page.route(re.compile("/earlier/"), lambda route: held.append(route))
    tab.open(long_path)
    first = shown(tab)[0]
    with tab.page.expect_request(re.compile("/earlier/")):
        tab.page.locator("#thread").evaluate("box => box.scrollTop = 500")
    before = at_rest(tab, first + 2)
    held[0].continue_()
    expect(tab.page.locator("#messages > .message").first).not_to_contain_text(f"number {first}?")
    assert abs(at_rest(tab, first + 2) - before) <= 2
    numbers = shown(tab)
    assert numbers == list(range(numbers[0], MESSAGES))
    assert numbers[0] < first


def test_every_message_can_be_reached_with_the_keyboard(new_tab: NewTab, long_path: str) -> None:
    tab = new_tab().open(long_path)
    button = tab.page.locator("#earlier")
    while button.is_visible():
        label = button.inner_text()
        tab.page.focus("#thread")
        tab.page.keyboard.press("Home")
        expect(button).not_to_have_text(label) if button.is_visible() else None
    assert shown(tab) == list(range(MESSAGES))
    tab.page.keyboard.press("End")
    expect(tab.answers.last).to_be_in_viewport()


def test_without_a_connection_the_button_stays_and_says_so(new_tab: NewTab, long_path: str) -> None:
    tab = new_tab()
    tab.expected = re.compile("Failed to load resource")
    tab.page.route(re.compile("/earlier/"), lambda route: route.abort())
    tab.open(long_path)
    tab.page.focus("#earlier")
    tab.page.keyboard.press("Enter")
    expect(tab.page.locator(".toast").first).to_contain_text("Earlier messages could not be had")
    tab.page.unroute(re.compile("/earlier/"))
    first = shown(tab)[0]
    tab.page.keyboard.press("Enter")
    expect(tab.page.locator("#messages > .message").first).not_to_contain_text(f"number {first}?")


def test_what_is_out_of_sight_is_found_by_the_browser(new_tab: NewTab, long_path: str) -> None:
    tab = new_tab().open(long_path)
    first = shown(tab)[0]
    assert tab.page.evaluate(f"window.find('Question number {first + 4}?', false, true, true)")
    tab.page.evaluate("getSelection().anchorNode.parentElement.scrollIntoView()")
    expect(tab.page.locator(f"#messages > .message:has-text('number {first + 4}?')")).to_be_in_viewport()
    assert abs(top_of(tab, first + 4) - tab.page.locator("#thread").bounding_box()["y"]) < 60


def test_a_new_answer_in_a_long_conversation_is_followed(
    new_tab: NewTab, long_path: str, server: Server
) -> None:
    path = stored_conversation(server, long_talk(300), title="Goes on")
    tab = new_tab().open(path)
    tab.ask_to_the_end("Explain the history of the lighthouse.\n/simulate pace 0")
    expect(tab.answers.last.locator(".acts")).to_be_in_viewport()
    assert long_path != path
