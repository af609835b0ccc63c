"""Compare: a payer who cannot, a column that fails, lost connections and servers, and the same twice."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.browser.comparing import ENDLESS, LONG, SHORT, button, column, compare, open_panel, wait_for
from tests.browser.steps import Tab, add_key_session, close_profile, set_up, text_of
from tests.system.servers import Server, free_port, running_server

pytestmark = pytest.mark.browser
NewTab = Callable[..., Tab]


def test_a_reload_in_mid_comparison_loses_nothing(new_tab: NewTab) -> None:
    tab = new_tab().open()
    compare(tab, LONG)
    tab.page.wait_for_url(re.compile("/c/"))
    watcher = new_tab().open(tab.page.url)
    for _ in range(2):
        for number in range(2):
            expect(tab.answers.nth(number).locator(".prose")).to_have_text(re.compile(r"\w{3}"))
        tab.page.reload()
    for each in (tab, watcher):
        wait_for(each, "complete")
    for number in range(2):
        assert text_of(tab.answers.nth(number)) == text_of(watcher.answers.nth(number))


def test_a_column_that_fails_says_so_and_is_tried_again_in_its_place(new_tab: NewTab) -> None:
    tab = new_tab().open()
    compare(tab, "What is the capital of France, and of failed columns?\n/simulate bad_request 1")
    wait_for(tab, "failed", 1)
    wait_for(tab, "complete", 1)
    statuses = [tab.answers.nth(number).get_attribute("data-status") for number in range(2)]
    failed = statuses.index("failed")
    name = ("personal_claude", "work_claude")[failed]
    expect(column(tab, failed)).to_contain_text("The answer failed.")
    retry = column(tab, failed).locator("[data-part=retry]")
    expect(retry).to_have_text(re.compile(f"Retry with {name}"))
    retry.click()
    wait_for(tab, "complete")
    expect(column(tab, failed).locator(".answer")).to_have_count(1)
    expect(column(tab, failed).locator(".column-payer")).to_contain_text(name)
    tab.page.reload()
    wait_for(tab, "complete")
    expect(tab.answers).to_have_count(2)


def test_nothing_is_sent_if_one_cannot_pay(
    new_context: Callable[..., BrowserContext], tmp_path: Path
) -> None:
    context = new_context()
    with running_server(tmp_path / "data") as server:
        tab, other = (Tab(context.new_page(), server.url) for _ in range(2))
        set_up(tab, server.setup_link)
        for name in ("personal_claude", "work_claude"):
            add_key_session(tab, name)
        tab.open()
        open_panel(tab)
        other.open("/sessions/")
        other.page.get_by_role("link", name="work_claude").first.click()
        other.page.get_by_role("button", name="Disable").click()
        tab.page.fill("#prompt", SHORT)
        tab.page.click("#send")
        refused = tab.page.locator("[data-trouble=refused]")
        expect(refused).to_contain_text("Nothing was sent to anybody. work_claude")
        expect(tab.page.locator("#prompt")).to_have_value(SHORT)
        expect(tab.page.locator(".comparison")).to_have_count(0)
        expect(tab.answers).to_have_count(0)
        tab.assert_clean()
    close_profile(context)


def test_the_same_twice_is_said_and_not_sent(new_tab: NewTab) -> None:
    tab = new_tab().open()
    open_panel(tab)
    tab.page.locator(".compare-row .payer").nth(1).click()
    tab.page.click("#compare-sessions label:has-text('personal_claude')")
    expect(tab.page.locator("#compare-words")).to_contain_text("Two of these are the same")
    tab.page.keyboard.press("Escape")
    tab.page.fill("#prompt", SHORT)
    tab.page.click("#send")
    expect(tab.page.locator("[data-trouble=pick]")).to_contain_text("Two of these are the same")
    tab.page.locator(".compare-row .payer").nth(1).click()
    tab.page.click("#compare-models label:has-text('Simulator Small')")
    expect(tab.page.locator("#compare-words")).to_have_text("personal_claude pays for all 2.")
    tab.page.keyboard.press("Escape")
    tab.page.click("#send")
    wait_for(tab, "complete")
    expect(column(tab, 1).locator(".column-payer")).to_contain_text("Simulator Small")


def test_a_comparison_sent_while_the_socket_is_down_goes_out_once(new_tab: NewTab) -> None:
    tab = new_tab()
    gate = {"open": False}
    tab.page.route_web_socket(
        re.compile("/ws/chat/"), lambda socket: socket.connect_to_server() if gate["open"] else socket.close()
    )
    tab.page.goto(tab.url)
    tab.page.wait_for_selector("body[data-connection=waiting]")
    with tab.page.expect_response(re.compile("/chat/compare/")) as posted:
        compare(tab, SHORT)
    assert posted.value.status == 200
    gate["open"] = True
    wait_for(tab, "complete")
    tab.page.reload()
    expect(tab.answers).to_have_count(2)


def test_columns_survive_a_killed_server(new_context: Callable[..., BrowserContext], tmp_path: Path) -> None:
    port = str(free_port())
    context = new_context()
    with running_server(tmp_path / "data", PORT=port) as server:
        tab = Tab(context.new_page(), server.url)
        set_up(tab, server.setup_link)
        for name in ("personal_claude", "work_claude"):
            add_key_session(tab, name)
        tab.open()
        compare(tab, ENDLESS)
        for number in range(2):
            expect(column(tab, number).locator(".prose")).to_have_text(re.compile(r"\w{3}"))
        server.stop()
    tab.page.wait_for_selector("body[data-connection=waiting]")
    with running_server(tmp_path / "data", PORT=port):
        wait_for(tab, "interrupted")
        column(tab, 0).locator("[data-part=continue]").click()
        expect(column(tab, 0).locator(".answer")).to_have_count(2)
        expect(column(tab, 0).locator(".answer").nth(1).locator(".prose")).to_have_text(re.compile(r"\w{3}"))
        button(tab, 0, "pick").click()
        expect(tab.answers).to_have_count(2)
        tab.page.reload()
        expect(tab.answers).to_have_count(2)
        expect(tab.page.locator(".compared")).to_have_count(1)
    close_profile(context)


def test_a_double_click_on_send_is_one_comparison(new_tab: NewTab, server: Server) -> None:
    tab = new_tab().open()
    open_panel(tab)
    tab.page.fill("#prompt", SHORT)
    tab.page.dblclick("#send")
    wait_for(tab, "complete")
    tab.page.reload()
    expect(tab.answers).to_have_count(2)
    assert tab.page.url.startswith(server.url)
