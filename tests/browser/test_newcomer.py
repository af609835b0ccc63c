"""From the set-up link to answers of two sessions, as a person goes, and how long that takes."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Locator, expect

from tests.browser.steps import (
    Tab,
    add_key_session,
    add_oauth_session,
    choose_session,
    set_up,
    text_of,
)
from tests.system.servers import running_server

pytestmark = pytest.mark.browser
SIZES: dict[str, dict[str, Any]] = {
    "desktop": {"viewport": {"width": 1280, "height": 860}},
    "phone": {"viewport": {"width": 390, "height": 844}, "has_touch": True},
}
# From the start of the server to the first text, and from there to the first text of another session.
FIRST_TEXT_S, SECOND_TEXT_S = 60, 20


def first_text(tab: Tab, prompt: str) -> None:
    """Send what is asked, by the button, and wait until the answer begins."""
    before = tab.answers.count()
    tab.page.fill("#prompt", prompt)
    tab.page.click("#send")
    expect(tab.answers.nth(before).locator(".prose")).to_contain_text("P")


def sizes_while_it_grows(answer: Locator) -> set[int]:
    """The lengths of the text seen until the answer is over."""
    sizes = set()
    while answer.get_attribute("data-status") == "streaming":
        sizes.add(len(answer.locator(".prose").text_content() or ""))
    return sizes


def test_the_first_page_begins_at_its_top_on_a_phone(
    new_context: Callable[..., BrowserContext], tmp_path: Path
) -> None:
    with running_server(tmp_path / "data") as server:
        tab = Tab(new_context(**SIZES["phone"]).new_page(), server.url)
        set_up(tab, server.setup_link)
        tab.page.wait_for_selector("body[data-connection=ready]")
        expect(tab.page.locator("#first-title")).to_be_in_viewport()
        expect(tab.page.locator("#latest")).to_be_hidden()
        hidden = tab.page.locator("#thread").evaluate("(thread) => thread.scrollHeight - thread.clientHeight")
        assert hidden > 48, "there is an end that is not in sight"
        tab.assert_clean()


def test_a_newcomer_gets_answers_from_two_sessions(
    new_context: Callable[..., BrowserContext], tmp_path: Path
) -> None:
    with running_server(tmp_path / "data") as server:
        context = new_context()
        tab = Tab(context.new_page(), server.url)
        set_up(tab, server.setup_link)
        expect(tab.page.locator("#empty")).to_contain_text("Add your first session")
        add_key_session(tab, "by_key")
        add_oauth_session(tab, "by_login")

        tab.open("/")
        for name, prompt in (
            ("by_key", "What is the capital of France?\n/simulate pace 20"),
            (
                "by_login",
                "Repeat: the quick brown fox jumps over the lazy dog, twice, slowly.\n/simulate pace 20",
            ),
        ):
            choose_session(tab, name)
            answer = tab.ask(prompt)
            assert len(sizes_while_it_grows(answer)) > 3  # token by token, not at once
            expect(answer).to_have_attribute("data-status", "complete")
            expect(answer.locator(".meta")).to_contain_text(name)

        shown = [text_of(tab.answers.nth(index)) for index in range(2)]
        assert "Paris" in shown[0]
        assert "lazy dog" in shown[1]
        tab.page.reload()
        tab.page.wait_for_selector("body[data-connection=ready]")
        assert [text_of(tab.answers.nth(index)) for index in range(2)] == shown
        expect(tab.page.locator("#conversations .conv")).to_have_count(1)
        tab.assert_clean()


@pytest.mark.parametrize("size", SIZES)
def test_three_fields_lead_to_the_prompt_and_to_text_in_time(
    new_context: Callable[..., BrowserContext], tmp_path: Path, size: str
) -> None:
    began = time.monotonic()
    with running_server(tmp_path / "data") as server:
        tab = Tab(new_context(**SIZES[size]).new_page(), server.url)
        page = tab.page
        set_up(tab, server.setup_link)
        expect(page.locator("#id_name")).to_be_focused()
        page.fill("#id_name", "work_claude")
        page.select_option("#id_provider", "simulator")
        page.fill("#id_api_key", "sk-sim-revoked-1")
        page.click("#empty button:has-text('Add session')")
        expect(page.locator("#id_api_key_error")).to_contain_text("has been revoked")
        expect(page.locator("#id_api_key")).to_be_focused()
        expect(page.locator("#id_name")).to_have_value("work_claude")
        page.fill("#id_api_key", "sk-sim-work")
        page.click("main form button[type=submit]")
        expect(page.locator("#payer")).to_contain_text("work_claude")
        expect(page.locator("[data-example]")).to_have_count(3)
        if size == "desktop":
            expect(page.locator("#prompt")).to_be_focused()
        first_text(tab, "What is the capital of France?")
        assert time.monotonic() - began < FIRST_TEXT_S

        began = time.monotonic()
        add_key_session(tab, "personal_claude")
        page.get_by_role("link", name="Chat", exact=True).last.click()
        expect(page.locator("#payer")).to_contain_text("personal_claude")
        first_text(tab, "What is the capital of France?")
        assert time.monotonic() - began < SECOND_TEXT_S
        tab.assert_clean()


@pytest.mark.parametrize("size", SIZES)
def test_without_an_account_it_is_one_click_to_the_prompt(
    new_context: Callable[..., BrowserContext], tmp_path: Path, size: str
) -> None:
    with running_server(tmp_path / "data") as server:
        tab = Tab(new_context(**SIZES[size]).new_page(), server.url)
        set_up(tab, server.setup_link)
        tab.page.get_by_role("button", name="Try it without an account").click()
        expect(tab.page.locator("#payer")).to_contain_text("simulator")
        if size == "desktop":
            expect(tab.page.locator("#prompt")).to_be_focused()
        tab.page.locator("[data-example]").first.click()
        expect(tab.page.locator("#prompt")).to_be_focused()
        tab.page.click("#send")
        expect(tab.answers.first).to_contain_text("Paris")
        tab.assert_clean()
