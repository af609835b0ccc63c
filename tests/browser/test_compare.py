"""Compare: several payers answer the same side by side, and one answer is picked to go on with."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Locator, expect

from tests.browser.steps import Tab, add_key_session, set_up, text_of
from tests.browser.test_looks import PHONE, overflow
from tests.system.servers import Server, free_port, running_server

pytestmark = pytest.mark.browser
NewTab = Callable[..., Tab]
LONG = "Explain the history of the lighthouse, in detail, with a list and some code.\n/simulate pace 120"
ENDLESS = "Explain the history of the lighthouse.\n/simulate pace 20\n/simulate length 4000"
SHORT = "What is the capital of France?"


def open_panel(tab: Tab, columns: int = 2) -> None:
    """Choose to compare, with so many columns."""
    rows = tab.page.locator(".compare-row")
    tab.page.click("#compare-open")
    expect(rows.first).to_be_visible()
    while rows.count() != columns:
        before = rows.count()
        if before < columns:
            tab.page.click("#compare-add")
        else:
            rows.last.locator(".only-icon").click()
        expect(rows).not_to_have_count(before)


def compare(tab: Tab, prompt: str, columns: int = 2) -> None:
    """Send it to so many payers."""
    open_panel(tab, columns)
    tab.page.fill("#prompt", prompt)
    tab.page.click("#send")
    expect(tab.page.locator(".column")).to_have_count(columns)
    expect(tab.page.locator("#compare")).to_be_hidden()


def column(tab: Tab, number: int) -> Locator:
    return tab.page.locator(".comparison .column").nth(number)


def button(tab: Tab, number: int, what: str) -> Locator:
    return column(tab, number).locator(f"[data-compare={what}]")


def metric(tab: Tab, number: int, name: str) -> Locator:
    return column(tab, number).locator(f"[data-metric={name}]")


def wait_for(tab: Tab, status: str, columns: int = 2) -> None:
    """Until the newest answers of all columns have ended so."""
    ended = tab.page.locator(f".column .answer:last-child[data-status={status}]")
    expect(ended).to_have_count(columns)


def test_who_pays_is_in_sight_before_it_is_sent(new_tab: NewTab) -> None:
    tab = new_tab().open()
    open_panel(tab)
    composer = tab.page.locator("#composer")
    expect(composer.locator("#compare-words")).to_have_text("personal_claude and work_claude both pay.")
    expect(composer.locator("#payers")).to_contain_text("personal_claude and work_claude both pay")
    expect(composer.locator("#payers .badge")).to_have_text(["PC", "WC"])
    expect(composer.locator("#edges i")).to_have_count(2)
    expect(composer.locator("#payer")).to_be_hidden()
    expect(composer.locator("#send")).to_have_attribute(
        "aria-label", "Send to 2: personal_claude and work_claude"
    )
    expect(composer.locator("#send")).to_have_text("Send to 2")
    tab.page.keyboard.press("Alt+2")  # nobody is switched behind the panel
    expect(tab.page.locator("#said")).to_contain_text("Several are compared")
    expect(tab.page.locator("#prompt")).to_have_attribute(
        "placeholder", "Message personal_claude and work_claude…"
    )
    tab.page.click("#compare-close")
    expect(composer.locator("#payer")).to_contain_text("personal_claude")
    expect(composer.locator("#edges i")).to_have_count(0)
    expect(composer.locator("#send")).to_have_attribute("aria-label", "Send")


def test_two_sessions_answer_together_each_with_its_figures(new_tab: NewTab) -> None:
    tab = new_tab().open()
    compare(tab, LONG)
    for number, name in enumerate(("personal_claude", "work_claude")):
        expect(column(tab, number).locator(".column-payer")).to_contain_text(name)
        expect(column(tab, number).locator(".column-payer")).to_contain_text("Simulator Large")
        expect(metric(tab, number, "first")).to_have_text(re.compile(r"≈ \d"))
        expect(metric(tab, number, "speed")).to_have_text(re.compile(r"≈ \d"))
        expect(metric(tab, number, "tokens")).to_have_text(re.compile(r"≈ \d"))
    wait_for(tab, "complete")
    figures = {}
    for number in range(2):
        expect(metric(tab, number, "first")).to_have_text(re.compile(r"^\d.* s$"))
        expect(metric(tab, number, "speed")).to_have_text(re.compile(r"^\d+"))
        expect(metric(tab, number, "tokens")).to_have_text(re.compile(r"^\d+"))
        expect(metric(tab, number, "cache")).to_have_text(re.compile(r"%$"))
        figures[number] = column(tab, number).locator("dd").all_inner_texts()
    texts = [text_of(tab.answers.nth(number)) for number in range(2)]
    tab.page.reload()
    expect(tab.page.locator("#connection")).to_be_hidden()
    for number in range(2):
        expect(metric(tab, number, "first")).not_to_have_text("–")
        assert column(tab, number).locator("dd").all_inner_texts() == figures[number]
    assert [text_of(tab.answers.nth(number)) for number in range(2)] == texts


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


def test_other_tabs_and_a_phone_see_the_columns_and_the_choice(new_tab: NewTab) -> None:
    tab = new_tab().open()
    tab.ask_to_the_end(SHORT)
    other, phone = new_tab().open(tab.page.url), new_tab(**PHONE).open(tab.page.url)
    compare(tab, LONG)
    for each in (other, phone):
        expect(each.page.locator(".column")).to_have_count(2)
        wait_for(each, "complete")
    button(other, 1, "pick").click()
    for each in (tab, other, phone):
        expect(each.page.locator(".comparison")).to_have_count(0)
        expect(each.answers).to_have_count(2)
        expect(each.answers.nth(1)).to_contain_text("work_claude")
    assert text_of(tab.answers.nth(1)) == text_of(phone.answers.nth(1))


def test_a_reload_in_mid_comparison_loses_nothing(new_tab: NewTab) -> None:
    tab = new_tab().open()
    compare(tab, LONG)
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


def test_escape_stops_all(new_tab: NewTab) -> None:
    tab = new_tab().open()
    compare(tab, ENDLESS)
    expect(column(tab, 1).locator(".prose")).to_have_text(re.compile(r"\w{3}"))
    tab.page.keyboard.press("Escape")
    wait_for(tab, "stopped")


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
    context.close()


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


def test_the_keyboard_is_enough(new_tab: NewTab) -> None:
    tab = new_tab().open()
    press = tab.page.keyboard.press
    tab.page.focus("#compare-open")
    press("Enter")
    expect(tab.page.locator(".compare-row .payer").first).to_be_focused()
    press("Enter")  # the list of the first row
    expect(tab.page.locator("#compare-picker")).to_be_visible()
    press("Escape")
    expect(tab.page.locator(".compare-row .payer").first).to_be_focused()
    tab.page.focus("#prompt")
    tab.page.keyboard.type(SHORT)
    press("Enter")
    wait_for(tab, "complete")
    expect(tab.page.locator("#said")).to_have_text(
        re.compile("has answered. Pick the answer to go on with.$")
    )
    tab.page.focus(".column [data-compare=pick]")
    press("Enter")
    expect(tab.page.locator("#prompt")).to_be_focused()
    expect(tab.page.locator("#said")).to_have_text("Going on with personal_claude.")
    tab.page.focus("[data-compare=again]")
    press("Enter")
    expect(tab.page.locator(".comparison [data-compare=close]")).to_be_focused()
    press("Enter")
    expect(tab.page.locator("[data-compare=again]")).to_be_focused()


def test_a_phone_shows_one_answer_at_a_time(new_tab: NewTab) -> None:
    tab = new_tab(**PHONE).open()
    compare(tab, LONG, 4)
    assert overflow(tab.page) == 0
    shown = tab.page.locator(".column:visible")
    tabs = tab.page.locator(".column-tab")
    expect(tabs).to_have_count(4)
    expect(shown).to_have_count(1)
    expect(tabs.first).to_have_attribute("aria-pressed", "true")
    tabs.nth(1).tap()
    expect(shown).to_have_count(1)
    expect(shown.locator(".column-payer")).to_contain_text("work_claude")
    expect(tabs.nth(2)).to_have_text(
        re.compile("Simulator")
    )  # the same session once more: told apart by the model
    wait_for(tab, "complete", 4)
    assert overflow(tab.page) == 0
    button(tab, 1, "pick").tap()
    expect(tab.answers).to_have_count(1)
    expect(tab.answers.first).to_contain_text("work_claude")
    assert overflow(tab.page) == 0


@pytest.mark.parametrize("columns", [2, 3, 4])
def test_columns_fit_the_page(new_tab: NewTab, columns: int) -> None:
    tab = new_tab().open()
    compare(tab, SHORT, columns)
    wait_for(tab, "complete", columns)
    assert overflow(tab.page) == 0
    boxes = tab.page.locator(".column").evaluate_all(
        "all => all.map(one => one.getBoundingClientRect().width)"
    )
    assert min(boxes) >= 240
    thread = tab.page.locator("#thread")
    assert thread.evaluate("box => box.scrollWidth - box.clientWidth") == 0


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
    context.close()


def test_a_double_click_on_send_is_one_comparison(new_tab: NewTab, server: Server) -> None:
    tab = new_tab().open()
    open_panel(tab)
    tab.page.fill("#prompt", SHORT)
    tab.page.dblclick("#send")
    wait_for(tab, "complete")
    tab.page.reload()
    expect(tab.answers).to_have_count(2)
    assert tab.page.url.startswith(server.url)


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
