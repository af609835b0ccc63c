"""Compare: who is asked, the answers side by side, and the one that was picked."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.scenes import scene
from tests.browser.scenes.chat import say
from tests.browser.scenes.stage import ESSAY, simulated
from tests.browser.steps import Tab


def side_by_side(tab: Tab, prompt: str = ESSAY) -> None:
    """A comparison of two that is over and not decided."""
    tab.open()
    tab.page.click("#compare-open")
    expect(tab.page.locator(".compare-row")).to_have_count(2)
    say(tab, prompt)
    expect(tab.page.locator(".column .answer[data-status=complete]")).to_have_count(2)


@scene(
    point=8,
    caption="Compare: two to four sessions or models for one message. Everybody who pays is in sight.",
)
def compare_panel(tab: Tab) -> None:
    tab.open()
    tab.page.click("#compare-open")
    expect(tab.page.locator(".compare-row .payer").first).to_be_focused()
    tab.page.fill("#prompt", ESSAY)


@scene()
def compare_list_of_a_row(tab: Tab) -> None:
    compare_panel(tab)
    tab.page.locator(".compare-row .payer").first.click()
    expect(tab.page.locator("#compare-models .pick").first).to_be_visible()


@scene()
def comparison_in_progress(tab: Tab) -> None:
    tab.open()
    tab.page.click("#compare-open")
    expect(tab.page.locator(".compare-row")).to_have_count(2)
    with simulated(tab, pace=2, length=200):
        say(tab, "Explain the history of the lighthouse, side by side.")
        expect(tab.page.locator(".column[data-read] .prose p").first).to_be_visible()


@scene(
    point=8,
    caption="The answers stream side by side, each with its time to first token, speed, cost and cache hits.",
)
def comparison_to_decide(tab: Tab) -> None:
    side_by_side(tab)
    tab.page.locator("#thread").evaluate("box => { box.scrollTop = 0; }")


@scene()
def comparison_not_decided_is_sent_on(tab: Tab) -> None:
    side_by_side(tab, "Which of the two answers faster?")
    say(tab, "And then?")
    expect(tab.page.locator("[data-trouble=pick]")).to_be_visible()


@scene(point=8, caption="One is picked and the conversation goes on with it. The others are a click away.")
def comparison_decided(tab: Tab) -> None:
    side_by_side(tab, "Which of the two is worth its price?")
    tab.page.locator(".column[data-read] [data-compare=pick]").click()
    expect(tab.page.locator(".compared")).to_be_visible()


@scene()
def comparison_seen_again(tab: Tab) -> None:
    comparison_decided(tab)
    tab.page.click("[data-compare=again]")
    expect(tab.page.locator(".comparison[data-picked]")).to_be_visible()
