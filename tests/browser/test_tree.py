"""Other wordings, other tries, versions and deletions, as a person sees them: in one tab, in two, and after a reload."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, WebSocketRoute, expect

from tests.browser.steps import Tab, choose_session, text_of

pytestmark = pytest.mark.browser
NewTab = Callable[..., Tab]
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
SIZES = pytest.mark.parametrize("size", [{}, PHONE], ids=["1280", "390"])
SLOW = "Explain the history of the lighthouse.\n/simulate pace 15\n/simulate length 2000"


def prompts(tab: Tab) -> Locator:
    return tab.page.locator("#messages .you")


def edit(tab: Tab, number: int, text: str) -> None:
    """Rewrite the message with this number and send it."""
    prompt = prompts(tab).nth(number)
    prompt.hover()
    prompt.get_by_role("button", name="Edit and send again").click()
    prompt.locator(".editor textarea").fill(text)
    prompt.get_by_role("button", name="Save & send").click()


def version(message: Locator) -> Locator:
    return message.locator("[data-part=version]")


def conversation(tab: Tab, *texts: str) -> None:
    """Ask and have answered."""
    tab.open()
    for text in texts:
        tab.ask_to_the_end(text)
    expect(tab.page).to_have_url(re.compile("/c/"))


@SIZES
def test_a_message_is_edited_in_its_place_and_both_wordings_stay(
    new_tab: NewTab, size: dict[str, object]
) -> None:
    tab = new_tab(**size)
    conversation(tab, "What is the capital of France?", "And of Italy?")
    other = new_tab().open(tab.page.url)
    edit(tab, 0, "What is the capital of Spain?")
    for each in (tab, other):
        expect(prompts(each)).to_have_count(1)
        expect(prompts(each).first.locator(".bubble")).to_have_text("What is the capital of Spain?")
        expect(each.answers.first).to_have_attribute("data-status", "complete")
        expect(each.answers).to_have_count(1)
        expect(version(prompts(each).first)).to_have_text("2/2")
    other.page.get_by_role("button", name="Earlier version").click()
    for each in (tab, other):
        expect(prompts(each)).to_have_count(2)
        expect(prompts(each).last.locator(".bubble")).to_have_text("And of Italy?")
        expect(version(prompts(each).first)).to_have_text("1/2")
    tab.page.reload()
    expect(prompts(tab)).to_have_count(2)
    expect(version(prompts(tab).first)).to_have_text("1/2")
    tab.page.get_by_role("button", name="Later version").first.click()
    expect(prompts(tab).first.locator(".bubble")).to_have_text("What is the capital of Spain?")
    expect(prompts(other)).to_have_count(1)


def test_versions_are_reached_and_walked_through_by_keyboard(new_tab: NewTab) -> None:
    tab = new_tab()
    conversation(tab, "One")
    for text in ("Two", "Three"):
        edit(tab, 0, text)
        expect(prompts(tab).first.locator(".bubble")).to_have_text(text)
        expect(tab.answers.first).to_have_attribute("data-status", "complete")
    earlier = prompts(tab).first.get_by_role("button", name="Earlier version")
    expect(version(prompts(tab).first)).to_have_text("3/3")
    expect(prompts(tab).first.get_by_role("button", name="Later version")).to_be_disabled()
    earlier.focus()
    for shown in ("2/3", "1/3"):
        tab.page.keyboard.press("Enter")
        expect(version(prompts(tab).first)).to_have_text(shown)
        expect(tab.page.locator("#said")).to_have_text(f"Version {shown.replace('/', ' of ')}")
    # at the first one the focus goes to the only arrow that is left
    expect(prompts(tab).first.get_by_role("button", name="Later version")).to_be_focused()
    tab.page.keyboard.press("Enter")
    expect(version(prompts(tab).first)).to_have_text("2/3")
    expect(prompts(tab).first.get_by_role("button", name="Later version")).to_be_focused()


def test_an_edit_can_be_left_and_an_empty_one_is_not_sent(new_tab: NewTab) -> None:
    tab = new_tab()
    conversation(tab, "What is the capital of France?")
    prompt = prompts(tab).first
    prompt.hover()
    prompt.get_by_role("button", name="Edit and send again").click()
    box = prompt.locator(".editor textarea")
    expect(box).to_be_focused()
    expect(box).to_have_value("What is the capital of France?")
    expect(prompt.locator(".editor")).to_contain_text("personal_claude answers and pays")
    choose_session(tab, "work_claude")
    expect(prompt.locator(".editor")).to_contain_text("work_claude answers and pays")
    box.fill("  ")
    box.press("Enter")
    expect(box).to_be_visible()
    box.press("Escape")
    expect(box).to_have_count(0)
    expect(prompt.locator(".bubble")).to_be_visible()
    expect(prompt.get_by_role("button", name="Edit and send again")).to_be_focused()
    expect(tab.answers).to_have_count(1)


def test_an_edit_while_an_answer_is_written_is_refused_and_kept(new_tab: NewTab) -> None:
    tab = new_tab()
    conversation(tab, "What is the capital of France?")
    tab.ask(SLOW)
    edit(tab, 0, "What is the capital of Spain?")
    expect(tab.page.locator("[data-trouble=refused]")).to_contain_text("still being answered")
    box = prompts(tab).first.locator(".editor textarea")
    expect(box).to_have_value("What is the capital of Spain?")
    tab.page.click("#stop")
    expect(tab.answers.last).to_have_attribute("data-status", "stopped")
    prompts(tab).first.get_by_role("button", name="Save & send").click()
    expect(prompts(tab).first.locator(".bubble")).to_have_text("What is the capital of Spain?")
    expect(tab.page.locator("[data-trouble=refused]")).to_have_count(0)


def test_what_is_being_edited_is_not_lost_when_its_message_goes(new_tab: NewTab) -> None:
    tab = new_tab()
    conversation(tab, "What is the capital of France?")
    other = new_tab().open(tab.page.url)
    prompts(other).first.get_by_role("button", name="Edit and send again").click()
    prompts(other).first.locator(".editor textarea").fill("Half a thought")
    edit(tab, 0, "What is the capital of Spain?")
    expect(prompts(other).first.locator(".bubble")).to_have_text("What is the capital of Spain?")
    expect(other.page.locator("#prompt")).to_have_value("Half a thought")


def test_the_reader_can_look_at_another_version_while_one_is_written(new_tab: NewTab) -> None:
    tab = new_tab()
    conversation(tab, "What is the capital of France?")
    edit(tab, 0, SLOW)
    expect(tab.answers.first).to_have_attribute("data-status", "streaming")
    tab.page.get_by_role("button", name="Earlier version").click()
    expect(tab.answers.first).to_contain_text("Paris")
    elsewhere = tab.page.locator("[data-trouble=elsewhere]")
    expect(elsewhere).to_contain_text("Another version is being written.")
    tab.page.reload()
    expect(tab.answers.first).to_contain_text("Paris")
    elsewhere.get_by_role("button", name="Show it").click()
    expect(elsewhere).to_have_count(0)
    answer = tab.answers.first
    expect(answer).to_have_attribute("data-status", "streaming")
    before = text_of(answer)
    expect(answer.locator(".prose")).not_to_have_text(before)  # it grows on
    tab.page.click("#stop")
    expect(answer).to_have_attribute("data-status", "stopped")
    shown = text_of(answer)
    tab.page.reload()
    assert text_of(tab.answers.first) == shown


@SIZES
def test_a_message_is_deleted_with_what_follows_once_its_number_was_said(
    new_tab: NewTab, size: dict[str, object]
) -> None:
    tab = new_tab(**size)
    conversation(tab, "What is the capital of France?", "And of Italy?")
    other = new_tab().open(tab.page.url)
    tab.answers.first.hover()
    tab.answers.first.get_by_role("button", name="Delete", exact=True).click()
    dialog = tab.page.get_by_role("dialog")
    expect(dialog).to_contain_text("Delete this message and the 2 that follow on it")
    dialog.get_by_role("button", name="Keep it").click()
    expect(tab.answers).to_have_count(2)
    tab.answers.first.get_by_role("button", name="Delete", exact=True).click()
    dialog.get_by_role("button", name="Delete 3 messages").click()
    for each in (tab, other):
        expect(each.answers).to_have_count(0)
        expect(prompts(each)).to_have_count(1)
    tab.page.reload()
    expect(prompts(tab)).to_have_count(1)
    tab.ask_to_the_end("And of Portugal?")
    expect(prompts(other)).to_have_count(2)


def test_a_conversation_of_which_all_is_deleted_begins_anew(new_tab: NewTab) -> None:
    tab = new_tab()
    conversation(tab, "What is the capital of France?")
    other = new_tab().open(tab.page.url)
    prompts(tab).first.get_by_role("button", name="Delete", exact=True).click()
    tab.page.get_by_role("dialog").get_by_role("button", name="Delete 2 messages").click()
    for each in (tab, other):
        expect(each.page.locator("[data-example]").first).to_be_visible()
        expect(prompts(each)).to_have_count(0)
    tab.page.wait_for_selector("body[data-connection=ready]")
    tab.ask_to_the_end("And of Portugal?")
    expect(prompts(other)).to_have_count(1)


def test_a_message_below_which_an_answer_is_written_is_not_deleted(new_tab: NewTab) -> None:
    tab = new_tab()
    tab.open().ask(SLOW)
    expect(tab.page).to_have_url(re.compile("/c/"))
    prompts(tab).first.hover()
    prompts(tab).first.get_by_role("button", name="Delete", exact=True).click()
    tab.page.get_by_role("dialog").get_by_role("button", name="Delete 2 messages").click()
    expect(tab.page.locator("[data-trouble=refused]")).to_contain_text("Stop it first, then delete.")
    expect(tab.answers).to_have_count(1)
    tab.page.click("#stop")


def test_edits_and_versions_work_while_the_socket_is_down(new_tab: NewTab) -> None:
    tab, away = new_tab(), new_tab()
    conversation(tab, "What is the capital of France?")
    away.page.route_web_socket(re.compile("/ws/chat/"), WebSocketRoute.close)
    away.page.goto(tab.page.url)
    away.page.wait_for_selector("body[data-connection=waiting]")
    edit(away, 0, "What is the capital of Spain?")
    for each in (tab, away):
        expect(prompts(each).first.locator(".bubble")).to_have_text("What is the capital of Spain?")
        expect(version(prompts(each).first)).to_have_text("2/2")
    expect(tab.answers.first).to_have_attribute("data-status", "complete")
    away.page.get_by_role("button", name="Earlier version").click()
    expect(tab.answers.first).to_contain_text("Paris")
    expect(version(prompts(away).first)).to_have_text("1/2")
