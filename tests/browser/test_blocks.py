"""What an answer has beside its text, as a person reads it: thoughts, searches, sources, and why it ended."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.payloads import PAYLOADS
from tests.browser.steps import Tab, text_of

pytestmark = pytest.mark.browser
NewTab = Callable[..., Tab]
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
SIZES = pytest.mark.parametrize("size", [{}, PHONE], ids=["1280", "390"])
SEARCH = "What is the capital of France?\n/simulate search\n/simulate thinking\n/simulate pace 0"


def shape(answer: Locator) -> str:
    """What stands in an answer, folds included."""
    parts = answer.locator(
        "[data-part=thinking-text], [data-part=blocks], [data-part=text], [data-part=sources]"
    )
    return re.sub(r"\s+", "", " | ".join(parts.all_text_contents()))


def test_thoughts_are_timed_while_they_come_and_afterwards(new_tab: NewTab) -> None:
    tab = new_tab().open()
    answer = tab.ask(
        "What is the capital of France?\n/simulate thinking\n/simulate pace 5\n/simulate length 2000"
    )
    label = answer.locator("[data-part=thinking-label]")
    expect(label).to_have_text(re.compile(r"^Thinking… \d+ s$"))
    first = label.inner_text()
    expect(label).not_to_have_text(first)  # the seconds go up
    late = new_tab().open(tab.page.url)
    expect(late.answers.first.locator("[data-part=thinking-label]")).to_have_text(
        re.compile(r"^Th(inking…|ought for) [2-9]")
    )
    expect(label).to_have_text(re.compile(r"^Thought for \d+ s$"))
    expect(answer.locator(".thinking")).not_to_have_attribute("open", "")
    tab.page.click("#stop")
    expect(answer).to_have_attribute("data-status", "stopped")
    thought = label.inner_text()
    tab.page.reload()
    expect(tab.answers.first.locator("[data-part=thinking-label]")).to_have_text(thought)
    expect(late.answers.first.locator("[data-part=thinking-label]")).to_have_text(thought)


@SIZES
def test_a_search_and_its_sources_can_be_read_and_followed(new_tab: NewTab, size: dict[str, object]) -> None:
    tab = new_tab(**size).open()
    answer = tab.ask_to_the_end(SEARCH)
    blocks = answer.locator(".block")
    expect(blocks.nth(0)).to_have_text("Searched the webWhat is the capital of France?")
    expect(blocks.nth(1)).to_contain_text("Found 1 page")
    expect(blocks.nth(1)).to_have_js_property("open", False)
    blocks.nth(1).locator("summary").click()
    expect(blocks.nth(1).get_by_role("link", name="The simulated almanac")).to_be_visible()
    mark = answer.locator(".prose .cite a")
    expect(mark).to_have_text("1")
    expect(mark).to_have_accessible_name("Source 1")
    source = answer.locator("[data-part=source-list] li")
    expect(source).to_contain_text("The simulated almanac simulator.test")
    expect(source.get_by_role("link")).to_have_attribute("href", "https://simulator.test/almanac")
    mark.focus()
    tab.page.keyboard.press("Enter")
    expect(source).to_be_focused()
    source.get_by_role("button", name="Back to the text").click()
    expect(mark).to_be_focused()


def test_what_is_shown_live_is_what_is_shown_later(new_tab: NewTab) -> None:
    tab = new_tab()
    other = new_tab().open()
    tab.open().ask_to_the_end(SEARCH)
    live = shape(tab.answers.first)
    other.open(tab.page.url)
    assert shape(other.answers.first) == live
    tab.page.reload()
    assert shape(tab.answers.first) == live


@pytest.mark.parametrize(
    ("stop", "words"),
    [
        (
            "refusal",
            "The model declined to answer. Simulated refusal.Edit the message, or try again with another model.",
        ),
        ("max_tokens", "The answer reached its length limit. Continue lets the model go on"),
        ("pause_turn", "The provider paused a long turn. Continue lets the model go on."),
        ("tool_use", "The model asked for a tool that this chat does not run."),
        ("sunset", "The provider stopped the answer and gave “sunset” as its reason."),
    ],
)
def test_why_an_answer_ended_is_said_with_what_to_do(new_tab: NewTab, stop: str, words: str) -> None:
    tab = new_tab().open()
    answer = tab.ask_to_the_end(f"What is the capital of France?\n/simulate stop {stop}")
    for _ in range(2):
        said = re.sub(r"\s*\n\s*", "", answer.locator("[data-part=trouble]").inner_text())
        assert words.replace(" ", "") in said.replace(" ", "").replace("\xa0", "")
        more = answer.locator("[data-part=continue]")
        if stop in ("max_tokens", "pause_turn"):
            expect(more).to_have_text(re.compile("Continue with personal_claude"))
        else:
            expect(more).to_be_hidden()
        tab.page.reload()
        answer = tab.answers.first


def test_a_normal_end_needs_no_words(new_tab: NewTab) -> None:
    answer = new_tab().open().ask_to_the_end("What is the capital of France?")
    expect(answer.locator("[data-part=trouble]")).to_be_hidden()
    assert text_of(answer)


EVENTS = """async (payloads) => {
  const {Answer} = await import('/static/chat/js/answer.js');
  const template = document.getElementById('answer-template').content.firstElementChild;
  const element = document.querySelector('#messages').appendChild(template.cloneNode(true));
  element.dataset.status = 'streaming';
  const answer = new Answer(element);
  for (const [index, text] of payloads.entries()) {
    const source = {title: text, url: text, passage: text};
    answer.apply({type: 'thinking_delta', text, index: 3 * index});
    answer.apply({type: 'block', index: 3 * index + 1, block: {}, shown: {title: text, detail: text, text, sources: [source]}});
    answer.apply({type: 'text_delta', text: 'Word', index: 3 * index + 2});
    answer.apply({type: 'citation', citation: {}, source, index: 3 * index + 2});
  }
  answer.apply({type: 'ended', status: 'complete', stop_reason: {reason: payloads[0], explanation: payloads[1]}, usage: {}});
  return [...element.querySelectorAll('a')].map((link) => link.getAttribute('href'));
}"""


def test_blocks_sources_and_reasons_run_nothing_and_call_nobody(new_tab: NewTab) -> None:
    tab = new_tab()
    tab.open().ask_to_the_end("What is the capital of France?")
    addresses = tab.page.evaluate(EVENTS, PAYLOADS)
    assert addresses
    assert all(address is None or re.match(r"https?:|mailto:|#source-\d+$", address) for address in addresses)
    expect(tab.answers.last.locator("[data-part=source-list] li")).to_have_count(len(set(PAYLOADS)))
    assert tab.page.evaluate("window.hacked") is None
