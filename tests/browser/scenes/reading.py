"""Reading with eyes, fingers and keys: what an answer may contain, and where the focus is."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.scenes import scene
from tests.browser.scenes.chat import say
from tests.browser.scenes.stage import ESSAY, PLAN, open_conversation, simulated
from tests.browser.steps import Tab

_FAR = 30  # presses of Tab after which something counts as out of reach


@scene(point=6, turn=1, caption="Formulas, tables with alignment, coloured code, task lists, footnotes.")
def rich_answer(tab: Tab) -> None:
    open_conversation(tab, PLAN)
    expect(tab.answers.first.locator(".math.set")).to_have_count(4)
    expect(tab.answers.first.locator(".tok-keyword").first).to_be_visible()
    tab.page.locator("#thread").evaluate("box => { box.scrollTop = 0; }")


@scene(point=6, turn=2, caption="Who reads above is left there while the answer grows: “Jump to latest”.")
def reading_above(tab: Tab) -> None:
    tab.open()
    with simulated(tab, pace=100, length=8000):
        say(tab, "Explain the history of the lighthouse, as far as it is known.")
        expect(tab.answers.last.locator(".prose pre").last).to_be_visible()
    tab.page.locator("#thread").hover()
    tab.page.mouse.wheel(0, -2000)
    expect(tab.page.locator("#latest")).to_be_visible()


@scene(point=9, turn=2, caption="Everything is reached with the Tab key, and where the focus is can be seen.")
def focus_in_sight(tab: Tab) -> None:
    open_conversation(tab, ESSAY)
    button = tab.answers.last.locator("[data-act=copy]")
    tab.page.locator("#prompt").focus()
    for _ in range(_FAR):
        if button.evaluate("one => one === document.activeElement"):
            break
        tab.page.keyboard.press("Shift+Tab")
    expect(button).to_be_focused()
