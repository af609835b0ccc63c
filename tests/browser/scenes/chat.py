"""The chat page, empty and full, with everything that opens on it."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.scenes import scene
from tests.browser.scenes.stage import CUT, ESSAY, FACT, FAILED, open_conversation, simulated
from tests.browser.steps import Tab, from_menu


def say(tab: Tab, prompt: str) -> None:
    """Send it by the button, as on a phone, where Enter makes a new line."""
    tab.page.fill("#prompt", prompt)
    tab.page.click("#send")


@scene(
    point=10,
    turn=3,
    caption="A new chat: the prompt has the focus, three examples show what can be asked.",
)
def new_chat(tab: Tab) -> None:
    tab.open()
    expect(tab.page.locator("[data-example]")).to_have_count(3)


@scene(point=1, caption="Who answers and pays stands in the composer, in the list and above every answer.")
def conversation(tab: Tab) -> None:
    open_conversation(tab, ESSAY)
    expect(tab.answers.first.locator(".prose pre").first).to_be_visible()


@scene(point=4, caption="Thinking and the results of a search, unfolded.")
def blocks_open(tab: Tab) -> None:
    open_conversation(tab, ESSAY)
    for summary in tab.page.locator("#messages details:not([hidden]) > summary").all():
        summary.click()
    opened = tab.page.locator("#messages details[open]")
    expect(opened.first).to_be_visible()
    opened.first.evaluate("fold => fold.scrollIntoView({block: 'center'})")


@scene()
def answer_that_failed(tab: Tab) -> None:
    open_conversation(tab, FAILED)
    expect(tab.answers.first.locator("[data-part=retry]")).to_be_visible()


@scene()
def answer_that_was_cut(tab: Tab) -> None:
    open_conversation(tab, CUT)
    expect(tab.answers.first.locator("[data-part=continue]")).to_be_visible()


@scene(point=1, caption="Another session is a click, or Alt and its number, away.")
def picker(tab: Tab) -> None:
    tab.open()
    tab.page.click("#payer")
    expect(tab.page.locator("#picker-models .pick").first).to_be_visible()


@scene(point=7, turn=2, caption="Rename, pin, archive, delete: from the head or from the row in the list.")
def conversation_menu(tab: Tab) -> None:
    open_conversation(tab, FACT)
    tab.page.click("#more")
    expect(tab.page.locator("#conversation-menu")).to_be_visible()


@scene()
def renaming(tab: Tab) -> None:
    open_conversation(tab, FACT)
    from_menu(tab, "rename")
    expect(tab.page.locator("#rename")).to_be_visible()


@scene(
    point=7,
    turn=3,
    caption="What was deleted can be undone at once, and for a day from the page of the archived.",
)
def undo(tab: Tab) -> None:
    tab.open()
    tab.ask_to_the_end("What is the capital of Portugal?")
    from_menu(tab, "delete")
    expect(tab.page.locator(".toast")).to_be_visible()
    tab.page.wait_for_url(tab.url + "/")


@scene()
def archived_and_deleted(tab: Tab) -> None:
    undo(tab)
    tab.open("/chat/archived/")
    expect(tab.page.get_by_role("button", name="for good").first).to_be_visible()


@scene()
def rail_open(tab: Tab) -> None:
    tab.open()
    if tab.page.locator("#menu").is_visible():
        tab.page.click("#menu")
    expect(tab.page.locator("#rail")).to_be_visible()


@scene(
    point=5,
    turn=3,
    caption="What is sent meanwhile waits on the server, in order, and can be changed or taken back.",
)
def messages_that_wait(tab: Tab) -> None:
    tab.open()
    with simulated(tab, pace=2, length=200):
        say(tab, "Explain the history of the lighthouse, at length.")
        expect(tab.answers.first.locator(".prose p")).to_be_visible()
    for prompt in ("Which one is the oldest?", "And the tallest?"):
        say(tab, prompt)
    expect(tab.page.locator("#queue-rows .queued")).to_have_count(2)
    tab.page.locator("#queue-rows [data-part=edit]").nth(1).click()
    expect(tab.page.locator("#queue-rows textarea").nth(1)).to_be_visible()


@scene()
def another_page_says_what_is_running(tab: Tab) -> None:
    tab.open()
    with simulated(tab, pace=2, length=200):
        say(tab, "Explain the history of the lighthouse, once more.")
        expect(tab.answers.first.locator(".prose p")).to_be_visible()
    tab.open("/sessions/")
    tab.page.click("#running-now")
    expect(tab.page.locator("#running-list a").first).to_be_visible()


@scene(point=3, turn=2, caption="What one conversation cost, answer by answer.")
def cost_of_a_conversation(tab: Tab) -> None:
    open_conversation(tab, ESSAY)
    tab.page.click("#more")
    tab.page.click("#usage-link")
    expect(tab.page.locator("table")).to_be_visible()


@scene(
    point=9, turn=1, caption="Every key on one sheet: “?” opens it, or the button at the foot of the list."
)
def sheet_of_keys(tab: Tab) -> None:
    tab.open()
    tab.page.keyboard.press("Control+/")
    expect(tab.page.locator("#keys-sheet")).to_be_visible()


@scene(point=7, turn=1, caption="Search over titles and messages, from anywhere with Ctrl or Cmd and K.")
def search(tab: Tab) -> None:
    tab.open()
    tab.page.keyboard.press("Control+k")
    tab.page.keyboard.type("Stripe")
    expect(tab.page.locator("#search-results a").first).to_be_visible()
