"""Messages that wait for an answer, and what can be done after an answer that did not come to its end."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, WebSocketRoute, expect

from tests.browser.steps import Tab, choose_session, text_of

pytestmark = pytest.mark.browser
NewTab = Callable[..., Tab]
SLOW = "Explain the history of the lighthouse.\n/simulate pace 15\n/simulate length 2000"
BRIEF = "Explain the history of the lighthouse.\n/simulate pace 200"


def queued(tab: Tab) -> Locator:
    return tab.page.locator("#queue-rows .queued")


def put(tab: Tab, prompt: str) -> None:
    """Send while an answer is being written."""
    before = queued(tab).count()
    tab.page.fill("#prompt", prompt)
    tab.page.press("#prompt", "Enter")
    expect(queued(tab)).to_have_count(before + 1)
    expect(tab.page.locator("#prompt")).to_have_value("")


def begin(tab: Tab, prompt: str = SLOW) -> Locator:
    answer = tab.open().ask(prompt)
    tab.page.wait_for_url(re.compile("/c/"))
    expect(answer.locator(".prose")).to_have_text(re.compile(r"\w{3}"))
    return answer


def act(row: Locator, name: str) -> None:
    row.locator(f"[data-part={name}]").click()


def test_messages_sent_meanwhile_are_answered_in_order(new_tab: NewTab) -> None:
    tab = new_tab()
    begin(tab, BRIEF)
    put(tab, "What is the capital of France?")
    put(tab, "What is the capital of Italy?")
    expect(tab.page.locator("#queue-why")).to_have_text(
        re.compile("2 messages wait. The next one goes out by itself")
    )
    expect(queued(tab).first).to_contain_text("personal_claude pays")
    expect(tab.answers).to_have_count(3)
    expect(tab.answers.nth(1)).to_contain_text("Paris")
    expect(tab.answers.nth(2)).to_contain_text("Rome")
    expect(tab.page.locator("#queue")).to_be_hidden()
    tab.page.reload()
    expect(tab.answers).to_have_count(3)


def test_a_queue_is_the_same_in_every_tab_and_after_a_reload(new_tab: NewTab) -> None:
    tab = new_tab()
    begin(tab)
    put(tab, "First thought")
    other = new_tab().open(tab.page.url)
    expect(queued(other)).to_have_count(1)
    put(other, "Second thought")
    expect(queued(tab)).to_have_count(2)
    act(queued(other).first, "edit")
    box = queued(other).first.locator("textarea")
    expect(box).to_have_value("First thought")
    box.fill("A better first thought")
    queued(other).first.locator("button[type=submit]").click()
    expect(queued(tab).first).to_contain_text("A better first thought")
    act(queued(tab).nth(1), "delete")
    expect(queued(other)).to_have_count(1)
    tab.page.reload()
    expect(queued(tab)).to_have_count(1)
    expect(queued(tab).first).to_contain_text("A better first thought")
    act(queued(tab).first, "delete")
    tab.page.click("#stop")
    expect(tab.answers.first).to_have_attribute("data-status", "stopped")


def test_send_now_stops_the_answer_and_says_so_on_the_button(new_tab: NewTab) -> None:
    tab = new_tab()
    answer = begin(tab)
    put(tab, "What is the capital of France?")
    put(tab, "What is the capital of Italy?")
    expect(queued(tab).nth(1).locator("[data-part=send]")).to_have_text(
        re.compile("Stop the answer, send now")
    )
    act(queued(tab).nth(1), "send")
    expect(answer).to_have_attribute("data-status", "stopped")
    expect(tab.answers.nth(1)).to_contain_text("Rome")
    expect(tab.answers.nth(2)).to_contain_text("Paris")


def test_after_a_stop_the_queue_waits_and_says_why(new_tab: NewTab) -> None:
    tab = new_tab()
    answer = begin(tab)
    put(tab, "What is the capital of France?")
    tab.page.click("#stop")
    expect(answer).to_have_attribute("data-status", "stopped")
    why = tab.page.locator("#queue-why")
    expect(why).to_contain_text("Waiting for you, because the answer before was stopped.")
    tab.page.reload()
    expect(why).to_contain_text("Waiting for you")
    expect(queued(tab).first.locator("[data-part=send]")).to_have_text(re.compile("^ *Send now$"))
    act(queued(tab).first, "send")
    expect(tab.answers.nth(1)).to_contain_text("Paris")


def test_what_is_being_changed_when_it_goes_out_is_not_lost(new_tab: NewTab) -> None:
    tab = new_tab()
    begin(tab)
    put(tab, "What is the capital of France?")
    act(queued(tab).first, "edit")
    queued(tab).first.locator("textarea").fill("What is the capital of Spain?")
    other = new_tab().open(tab.page.url)
    act(queued(other).first, "send")
    expect(tab.page.locator("[data-trouble=lost]")).to_contain_text("sent as it was")
    expect(tab.page.locator("#prompt")).to_have_value("What is the capital of Spain?")
    expect(tab.answers.nth(1)).to_contain_text("Paris")
    tab.page.fill("#prompt", "")


def test_escape_in_a_message_that_is_edited_does_not_stop_the_answer(new_tab: NewTab) -> None:
    tab = new_tab()
    answer = begin(tab)
    put(tab, "Later")
    act(queued(tab).first, "edit")
    queued(tab).first.locator("textarea").press("Escape")
    expect(queued(tab).first.locator("textarea")).to_be_hidden()
    expect(answer).to_have_attribute("data-status", "streaming")
    act(queued(tab).first, "delete")
    tab.page.click("#stop")


def cut_off(tab: Tab, other: Tab) -> Locator:
    """An answer that was cut off, shown by two tabs, one of them after a reload."""
    answer = tab.open().ask("Explain the history of the lighthouse.\n/simulate cut 40")
    expect(answer).to_have_attribute("data-status", "interrupted")
    tab.page.reload()
    other.open(tab.page.url)
    expect(tab.answers.first).to_contain_text("The answer was cut off. What arrived is kept.")
    return tab.answers.first


def test_an_answer_that_was_cut_off_goes_on_in_every_tab(new_tab: NewTab) -> None:
    tab, other = new_tab(), new_tab()
    first = cut_off(tab, other)
    before = text_of(first)
    button = first.locator("[data-part=continue]")
    expect(button).to_have_text(re.compile("Continue with personal_claude"))
    button.dblclick()
    for each in (tab, other):
        expect(each.answers).to_have_count(2)
        expect(each.answers.nth(1)).to_have_attribute("data-status", "complete")
        expect(each.answers.nth(1).locator(".badge")).to_have_text("PC")
        assert text_of(each.answers.first) == before
    expect(button).to_be_hidden()
    shown = text_of(tab.answers.nth(1))
    assert shown == text_of(other.answers.nth(1))
    tab.page.reload()
    expect(tab.answers).to_have_count(2)
    assert text_of(tab.answers.nth(1)) == shown


def test_another_try_takes_the_place_of_an_answer_in_every_tab(new_tab: NewTab) -> None:
    tab, other = new_tab(), new_tab()
    old = cut_off(tab, other).get_attribute("data-message") or ""
    tab.answers.first.locator("[data-part=retry]").dblclick()
    for each in (tab, other):
        expect(each.page.locator(f"[data-message='{old}']")).to_have_count(0)
        # the switch in the prompt cuts this one too
        expect(each.answers.first).to_have_attribute("data-status", "interrupted")
        expect(each.answers).to_have_count(1)
    new = tab.answers.first.get_attribute("data-message")
    assert other.answers.first.get_attribute("data-message") == new
    assert text_of(other.answers.first) == text_of(tab.answers.first) != ""
    tab.page.reload()
    expect(tab.answers).to_have_count(1)
    expect(tab.answers.first).to_have_attribute("data-message", str(new))


def test_who_pays_for_another_try_is_whom_the_reader_has_chosen(new_tab: NewTab) -> None:
    tab = new_tab().open()
    failed = tab.ask_to_the_end("Tell me something.\n/simulate bad_request", status="failed")
    expect(failed.locator("[data-part=continue]")).to_be_hidden()
    retry = failed.locator("[data-part=retry]")
    expect(retry).to_have_text(re.compile("Retry with personal_claude"))
    choose_session(tab, "work_claude")
    expect(retry).to_have_text(re.compile("Retry with work_claude"))
    retry.click()
    expect(tab.answers.first.locator("b[data-part=name]")).to_have_text("work_claude")
    expect(tab.answers.first).to_have_attribute("data-status", "failed")


def test_a_limit_counts_down_until_it_passes(new_tab: NewTab) -> None:
    tab = new_tab().open()
    failed = tab.ask_to_the_end("Tell me something.\n/simulate rate_limit 3000", status="failed")
    when = failed.locator("[data-part=trouble-when]")
    counted = re.compile(r"The provider takes requests again in \d\d\smin \d+\ss\.")
    expect(when).to_have_text(counted)
    shown = when.inner_text()
    expect(when).not_to_have_text(shown)  # the seconds go down
    tab.page.reload()
    expect(tab.answers.first.locator("[data-part=trouble-when]")).to_have_text(counted)


def test_stop_and_retry_work_while_the_socket_is_down(new_tab: NewTab) -> None:
    watcher, tab = new_tab(), new_tab()
    begin(watcher)
    sockets: list[WebSocketRoute] = []
    gate = {"open": True}

    def connect(socket: WebSocketRoute) -> None:
        if gate["open"]:
            socket.connect_to_server()
            sockets.append(socket)
        else:
            socket.close()

    tab.page.route_web_socket(re.compile("/ws/chat/"), connect)
    tab.open(watcher.page.url)
    gate["open"] = False
    sockets[-1].close()
    tab.page.wait_for_selector("body[data-connection=waiting]")
    with tab.page.expect_response(re.compile("/stop/")) as stopped:
        tab.page.click("#stop")
    assert stopped.value.status == 200
    expect(watcher.answers.first).to_have_attribute("data-status", "stopped")
    old = watcher.answers.first.get_attribute("data-message")
    tab.page.reload()
    tab.page.wait_for_selector("body[data-connection=waiting]")
    with tab.page.expect_response(re.compile("/chat/again/")) as tried:
        tab.answers.first.locator("[data-part=retry]").click()
    assert tried.value.status == 200
    expect(watcher.page.locator(f"[data-message='{old}']")).to_have_count(0)
    expect(watcher.answers.first).to_have_attribute("data-status", "streaming")
    gate["open"] = True
    expect(tab.page.locator(f"[data-message='{old}']")).to_have_count(0)
    tab.page.click("#stop")
    expect(watcher.answers.first).to_have_attribute("data-status", "stopped")
