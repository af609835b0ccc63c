"""Compare: one answer is picked to go on with, and what becomes of the others."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.comparing import ENDLESS, SHORT, button, column, compare, metric, wait_for
from tests.browser.steps import Tab

pytestmark = pytest.mark.browser
NewTab = Callable[..., Tab]


def test_one_is_picked_and_the_conversation_goes_on_with_it_alone(new_tab: NewTab) -> None:
    tab = new_tab().open()
    compare(tab, SHORT)
    wait_for(tab, "complete")
    button(tab, 1, "pick").click()
    expect(tab.page.locator(".comparison")).to_have_count(0)
    expect(tab.answers).to_have_count(1)
    expect(tab.answers.first).to_contain_text("work_claude")
    expect(tab.answers.first.locator(".compared")).to_contain_text("Compared with")
    expect(tab.answers.first.locator(".compared")).to_contain_text("personal_claude · Simulator Large")
    expect(tab.page.locator("#payer")).to_contain_text("work_claude")
    expect(tab.page.locator("#prompt")).to_be_focused()
    tab.ask_to_the_end("What is the capital of Italy?")
    tab.page.reload()
    expect(tab.answers).to_have_count(2)
    expect(tab.answers.nth(1)).to_contain_text("work_claude")
    expect(tab.answers.first.locator(".compared")).to_contain_text("personal_claude · Simulator Large")


def test_the_columns_come_back_and_another_one_can_be_picked(new_tab: NewTab) -> None:
    tab = new_tab().open()
    compare(tab, SHORT)
    wait_for(tab, "complete")
    button(tab, 0, "pick").click()
    again = tab.page.locator("[data-compare=again]")
    again.click()
    expect(column(tab, 0)).to_contain_text("You went on with this")
    expect(column(tab, 1)).to_contain_text("Paris")
    expect(metric(tab, 1, "first")).not_to_have_text("–")
    tab.page.click("[data-compare=close]")
    expect(tab.page.locator(".comparison")).to_have_count(0)
    expect(tab.answers).to_have_count(1)
    expect(again).to_be_focused()
    again.click()
    button(tab, 1, "pick").click()
    expect(tab.page.locator(".comparison")).to_have_count(0)
    expect(tab.answers).to_have_count(1)
    expect(tab.answers.first).to_contain_text("work_claude")
    expect(tab.answers.first).to_contain_text("Paris")


def test_one_is_stopped_alone_and_picking_stops_the_rest(new_tab: NewTab) -> None:
    tab = new_tab().open()
    compare(tab, ENDLESS, 3)
    expect(column(tab, 2).locator(".prose")).to_have_text(re.compile(r"\w{3}"))
    button(tab, 0, "stop").click()
    expect(column(tab, 0)).to_contain_text("You stopped this answer.")
    expect(tab.answers.nth(1)).to_have_attribute("data-status", "streaming")
    expect(button(tab, 1, "pick")).to_have_text(re.compile("Go on, stop the rest"))
    button(tab, 1, "pick").click()
    expect(tab.answers).to_have_count(1)
    expect(tab.answers.first).to_have_attribute("data-status", "streaming")
    tab.page.click("#stop")
    expect(tab.answers.first).to_have_attribute("data-status", "stopped")
    tab.page.click("[data-compare=again]")
    wait_for(tab, "stopped", 3)


def test_the_next_message_waits_for_a_choice_and_its_draft_is_untouched(new_tab: NewTab) -> None:
    tab = new_tab().open()
    compare(tab, SHORT)
    wait_for(tab, "complete")
    tab.page.fill("#prompt", "And of Italy?")
    tab.page.press("#prompt", "Enter")
    expect(tab.page.locator("[data-trouble=pick]")).to_contain_text("no answer is picked yet")
    expect(tab.page.locator("#prompt")).to_have_value("And of Italy?")
    button(tab, 0, "pick").click()
    expect(tab.page.locator("[data-trouble=pick]")).to_have_count(0)
    tab.page.press("#prompt", "Enter")
    expect(tab.answers).to_have_count(2)
    expect(tab.answers.nth(1)).to_have_attribute("data-status", "complete")


def test_the_arrows_of_a_picked_answer_lead_to_the_other_columns(new_tab: NewTab) -> None:
    tab = new_tab().open()
    compare(tab, SHORT)
    wait_for(tab, "complete")
    button(tab, 0, "pick").click()
    expect(tab.answers.first.locator("[data-part=version]")).to_have_text("1/2")
    other = new_tab().open(tab.page.url)
    tab.answers.first.locator("[data-step=later]").click()
    for each in (tab, other):
        expect(each.answers.first).to_contain_text("work_claude")
        expect(each.answers.first.locator("[data-part=version]")).to_have_text("2/2")
        expect(each.answers.first.locator(".compared")).to_contain_text("personal_claude")
        expect(each.answers).to_have_count(1)


def test_another_wording_leaves_the_comparison_and_coming_back_finds_it(new_tab: NewTab) -> None:
    tab = new_tab().open()
    compare(tab, SHORT)
    wait_for(tab, "complete")
    prompt = tab.page.locator(".message.you").first
    prompt.hover()
    prompt.locator("[data-act=rewrite]").click()
    tab.page.locator(".editor textarea").fill("What is the capital of Spain?")
    tab.page.keyboard.press("Enter")
    expect(tab.page.locator(".comparison")).to_have_count(0)
    expect(tab.answers).to_have_count(1)
    expect(tab.answers.first).to_have_attribute("data-status", "complete")
    tab.page.locator(".message.you [data-step=earlier]").click()
    expect(tab.page.locator(".column")).to_have_count(2)
    wait_for(tab, "complete")
    button(tab, 1, "pick").click()
    expect(tab.answers).to_have_count(1)
    tab.page.locator(".message.you [data-step=later]").click()
    expect(tab.page.locator(".message.you").first).to_contain_text("Spain")
    tab.page.locator(".message.you [data-step=earlier]").click()
    expect(tab.answers.first).to_contain_text("work_claude")
    expect(tab.page.locator(".comparison")).to_have_count(0)


def test_a_column_can_be_deleted_and_the_other_goes_on(new_tab: NewTab) -> None:
    tab = new_tab().open()
    compare(tab, SHORT)
    wait_for(tab, "complete")
    column(tab, 0).locator(".answer").hover()
    column(tab, 0).locator("[data-act=remove]").click()
    tab.page.click("dialog button.danger")
    expect(tab.page.locator(".column")).to_have_count(1)
    expect(column(tab, 0).locator(".column-payer")).to_contain_text("work_claude")
    button(tab, 0, "pick").click()
    expect(tab.page.locator(".comparison")).to_have_count(0)
    expect(tab.answers).to_have_count(1)
