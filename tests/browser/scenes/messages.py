"""What is done with single messages: other wordings, other versions, other payers, deletions."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.scenes import scene
from tests.browser.scenes.chat import say
from tests.browser.scenes.stage import ESSAY, open_conversation
from tests.browser.steps import Tab, choose_session


def _open_editor(tab: Tab) -> None:
    prompt = tab.page.locator("#messages .you").first
    prompt.hover()
    prompt.get_by_role("button", name="Edit and send again").click()
    expect(prompt.locator(".editor textarea")).to_be_focused()


@scene(
    point=4, caption="The pencil under a message: other words, in its place. Who answers and pays is said."
)
def editing(tab: Tab) -> None:
    open_conversation(tab, ESSAY)
    _open_editor(tab)


@scene(point=4, caption="Every wording and every try stays: ‹ 2/2 › leads from one to the other.")
def versions(tab: Tab) -> None:
    tab.open()
    say(tab, "What is the capital of Norway?")
    expect(tab.answers.first).to_have_attribute("data-status", "complete")
    _open_editor(tab)
    tab.page.locator(".editor textarea").fill("What is the capital of Sweden?")
    tab.page.get_by_role("button", name="Save & send").click()
    expect(tab.page.locator(".you [data-part=version]")).to_have_text("2/2")
    expect(tab.answers.first).to_have_attribute("data-status", "complete")


@scene(
    point=1, caption="An answer is tried again, or the conversation goes on, with another session or model."
)
def other_payer(tab: Tab) -> None:
    open_conversation(tab, ESSAY)
    tab.answers.last.hover()
    tab.answers.last.get_by_role("button", name="Another session or model").click()
    expect(tab.page.locator("#other-models .pick").first).to_be_visible()


@scene(point=1, caption="A mark in the thread says from where another session pays.")
def another_payer_goes_on(tab: Tab) -> None:
    tab.open()
    choose_session(tab, "work_claude")
    say(tab, "What is the capital of Finland?")
    expect(tab.answers.first).to_have_attribute("data-status", "complete")
    choose_session(tab, "personal_claude")
    say(tab, "And of Denmark?")
    expect(tab.answers.last.locator("[data-part=turn]")).to_be_visible()
    expect(tab.answers.last).to_have_attribute("data-status", "complete")


@scene()
def deleting_messages(tab: Tab) -> None:
    open_conversation(tab, ESSAY)
    tab.answers.first.hover()
    tab.answers.first.get_by_role("button", name="Delete", exact=True).click()
    expect(tab.page.get_by_role("dialog")).to_contain_text("Delete this message and")
