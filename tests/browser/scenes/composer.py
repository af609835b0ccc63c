"""What opens at the composer: its settings, attached files, and the bar of a session that has met its limit."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.scenes import scene
from tests.browser.scenes.chat import say
from tests.browser.scenes.stage import ESSAY, FACT, open_conversation, simulated
from tests.browser.steps import Tab, choose_session
from tests.support.uploads import SAMPLES


@scene(
    point=5, turn=1, caption="Images and PDFs are pasted, dropped or chosen, and seen before they are sent."
)
def attached_files(tab: Tab) -> None:
    tab.open()
    tab.page.set_input_files("#file-input", [SAMPLES / "drawing.png", SAMPLES / "letter.pdf"])
    expect(tab.page.locator("#files .chip")).to_have_count(2)
    expect(tab.page.locator("#files [data-uploading]")).to_have_count(0)
    tab.page.fill("#prompt", "Does the drawing show what the letter says?")
    expect(tab.page.locator("#estimate")).to_be_visible()


@scene(
    point=5, turn=2, caption="The settings of a conversation: what the chosen model takes, and nothing else."
)
def settings_drawer(tab: Tab) -> None:
    open_conversation(tab, ESSAY)
    tab.page.click("#tune")
    expect(tab.page.locator("#drawer-model")).to_contain_text("What Simulator")


@scene(
    point=1,
    turn=5,
    caption="A limit: the provider's sentence, a countdown, and three ways on. Nobody else pays by itself.",
)
def limit_that_was_hit(tab: Tab) -> None:
    tab.open()
    choose_session(tab, "home_claude")
    with simulated(tab, fault="rate_limit", retry_after=3600):
        say(tab, FACT)
        expect(tab.page.locator("[data-trouble=limit]")).to_be_visible()


@scene()
def message_that_waits_for_a_limit(tab: Tab) -> None:
    limit_that_was_hit(tab)
    tab.page.get_by_role("button", name="Wait and send by itself").click()
    expect(tab.page.locator("#queue-rows .queued")).to_contain_text("sends itself")
