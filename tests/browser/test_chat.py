"""The chat page: an answer survives whatever happens to the page, and trouble stays calm."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Locator, WebSocketRoute, expect

from tests.browser.steps import Tab, choose_session, sign_in, text_of
from tests.system.servers import Server

pytestmark = pytest.mark.browser
NewTab = Callable[..., Tab]
LONG = "Explain the history of the lighthouse, in detail, with a list and some code.\n/simulate pace 120"


def wait_for_text(tab: Tab, answer_index: int = 0) -> None:
    expect(tab.answers.nth(answer_index).locator(".prose")).to_have_text(re.compile(r"\w{3}"))


def test_a_reload_in_the_middle_of_an_answer_loses_nothing(new_tab: NewTab) -> None:
    tab = new_tab().open()
    tab.ask(LONG)
    wait_for_text(tab)
    watcher = new_tab().open(tab.page.url)
    for _ in range(2):
        tab.page.reload()
        wait_for_text(tab)
    for each in (tab, watcher):
        expect(each.answers.first).to_have_attribute("data-status", "complete")
    assert text_of(tab.answers.first) == text_of(watcher.answers.first)
    tab.page.reload()
    assert text_of(tab.answers.first) == text_of(watcher.answers.first)


def test_a_second_tab_shows_a_message_sent_in_the_first(new_tab: NewTab) -> None:
    tab = new_tab().open()
    tab.ask_to_the_end("What is the capital of France?")
    other = new_tab().open(tab.page.url)
    tab.ask_to_the_end("What is the capital of Italy?")
    expect(other.answers).to_have_count(2)
    expect(other.answers.nth(1)).to_have_attribute("data-status", "complete")
    assert text_of(other.answers.nth(1)) == text_of(tab.answers.nth(1))


@pytest.mark.parametrize("way", ["button", "escape"])
def test_stop_ends_the_answer_and_keeps_its_text(new_tab: NewTab, way: str) -> None:
    tab = new_tab().open()
    answer = tab.ask(LONG)
    wait_for_text(tab)
    tab.page.click("#stop") if way == "button" else tab.page.keyboard.press("Escape")
    expect(answer).to_have_attribute("data-status", "stopped", timeout=5_000)
    assert text_of(answer)
    expect(answer).to_contain_text("You stopped this answer.")
    expect(tab.page.locator("#send")).to_be_visible()
    tab.page.reload()
    expect(tab.answers.first).to_contain_text("You stopped this answer.")


def test_an_error_is_said_calmly_with_what_to_do(new_tab: NewTab) -> None:
    tab = new_tab().open()
    answer = tab.ask_to_the_end("Tell me something.\n/simulate bad_request", status="failed")
    trouble = answer.locator("[data-part=trouble]")
    expect(trouble).to_contain_text("The answer failed.")
    expect(trouble).to_contain_text("Change the message or choose another model")
    expect(trouble).to_contain_text("request req_sim_")
    tab.page.reload()
    expect(tab.answers.first.locator("[data-part=trouble]")).to_contain_text("The answer failed.")
    tab.answers.first.locator("[data-act=edit]").click()
    expect(tab.page.locator(".you .editor textarea")).to_have_value(re.compile("Tell me something"))


def test_a_new_chat_gets_its_address_title_and_row_at_once(new_tab: NewTab) -> None:
    tab = new_tab().open()
    rows = tab.page.locator("#conversations .conv")
    before = rows.count()
    tab.ask(LONG)
    tab.page.wait_for_url(re.compile(r"/c/[0-9a-f-]{36}/$"))
    expect(rows).to_have_count(before + 1)
    expect(rows.first).to_have_attribute("data-running", "")
    expect(tab.page.locator("#title")).to_contain_text("lighthouse")
    tab.page.click("#stop")
    expect(rows.first).not_to_have_attribute("data-running", "")


def test_a_draft_outlives_a_reload(new_tab: NewTab) -> None:
    tab = new_tab().open()
    tab.page.fill("#prompt", "half a thought")
    tab.page.reload()
    expect(tab.page.locator("#prompt")).to_have_value("half a thought")
    tab.page.fill("#prompt", "")


def test_a_message_over_the_frame_limit_takes_the_other_way(new_tab: NewTab) -> None:
    tab = new_tab().open()
    with tab.page.expect_response(re.compile("/chat/send/")) as posted:
        tab.ask_to_the_end("Summarise: " + "word " * 20_000 + "\n/simulate pace 0")
    assert posted.value.status == 200


def test_a_message_sent_while_the_socket_is_down_goes_out_once(new_tab: NewTab) -> None:
    tab = new_tab()
    gate = {"open": False}
    tab.page.route_web_socket(
        re.compile("/ws/chat/"), lambda socket: socket.connect_to_server() if gate["open"] else socket.close()
    )
    tab.page.goto(tab.url)
    tab.page.wait_for_selector("body[data-connection=waiting]")
    answer = tab.ask("What is the capital of France?")
    expect(tab.page.locator("#connection")).to_have_text(re.compile("No connection|Connecting"))
    gate["open"] = True
    expect(answer).to_have_attribute("data-status", "complete")
    expect(answer).to_contain_text("Paris")
    tab.page.reload()
    expect(tab.answers).to_have_count(1)


def test_a_lost_connection_is_picked_up_where_it_was(new_tab: NewTab) -> None:
    tab = new_tab()
    sockets: list[WebSocketRoute] = []

    def connect(socket: WebSocketRoute) -> None:
        socket.connect_to_server()
        sockets.append(socket)

    tab.page.route_web_socket(re.compile("/ws/chat/"), connect)
    tab.open()
    answer = tab.ask(LONG)
    for known in (1, 2):
        wait_for_text(tab)
        before = len(text_of(answer))
        sockets[-1].close()
        tab.page.wait_for_selector("body[data-connection=waiting]")
        assert len(text_of(answer)) >= before  # what was there stays
        tab.page.wait_for_selector("body[data-connection=ready]")
        assert len(sockets) == known + 1
    expect(answer).to_have_attribute("data-status", "complete")
    other = new_tab().open(tab.page.url)
    assert text_of(answer) == text_of(other.answers.first)


def test_the_thread_follows_only_a_reader_at_the_bottom(new_tab: NewTab) -> None:
    tab = new_tab(viewport={"width": 900, "height": 420}).open()
    tab.ask(LONG)
    thread = tab.page.locator("#thread")
    expect(tab.answers.first.locator("li").first).to_be_attached()
    assert from_the_end(thread) <= 2
    thread.hover()
    tab.page.mouse.wheel(0, -200)
    expect(tab.page.locator("#latest")).to_be_visible()
    place = thread.evaluate("box => box.scrollTop")
    expect(tab.answers.first).to_have_attribute("data-status", "complete")
    assert thread.evaluate("box => box.scrollTop") == place
    tab.page.click("#latest")
    assert from_the_end(thread) <= 2
    expect(tab.page.locator("#latest")).not_to_be_visible()


def test_a_page_of_a_signed_out_user_goes_to_the_login(
    new_context: Callable[..., BrowserContext], server: Server, state: object
) -> None:
    assert state  # there is a user
    context = new_context()
    tab, other = (Tab(context.new_page(), server.url) for _ in range(2))
    sign_in(tab)
    other.open("/sessions/")
    tab.open()
    other.page.click(".sign-out")
    other.page.wait_for_url(re.compile("/accounts/login/"))
    left: list[str] = []
    tab.page.on(
        "request", lambda request: left.append(request.url) if "/accounts/login/" in request.url else None
    )
    tab.page.fill("#prompt", "Am I still here?")
    tab.page.press("#prompt", "Enter")
    tab.page.wait_for_url(re.compile(r"/accounts/login/\?next="))
    assert len(left) == 1, "a second start would break off the first"
    tab.assert_clean()


def from_the_end(thread: Locator) -> float:
    return float(thread.evaluate("box => box.scrollHeight - box.scrollTop - box.clientHeight"))


def test_a_prompt_that_is_refused_comes_back_to_the_composer(new_tab: NewTab) -> None:
    tab = new_tab().open()
    tab.expected = re.compile("Failed to load resource.* 413|400")
    huge = "x" * 400_001
    tab.page.fill("#prompt", huge)
    tab.page.press("#prompt", "Enter")
    expect(tab.page.locator("[data-trouble=refused]")).to_contain_text("was not sent")
    expect(tab.page.locator("#prompt")).to_have_value(huge)
    expect(tab.answers).to_have_count(0)
    tab.page.fill("#prompt", "")


def test_the_payer_is_switched_by_picker_and_keys(new_tab: NewTab) -> None:
    tab = new_tab().open()
    choose_session(tab, "work_claude")
    tab.page.keyboard.press("Alt+1")
    expect(tab.page.locator("#payer")).to_contain_text("personal_claude")
    expect(tab.page.locator("#prompt")).to_have_attribute("placeholder", "Message personal_claude…")


def test_a_message_that_waited_too_long_becomes_a_draft(new_tab: NewTab) -> None:
    tab = new_tab().open()
    tab.ask_to_the_end("What is the capital of France?")
    tab.page.evaluate(
        """([conversation]) => localStorage.setItem(`maestro.outbox.${document.body.dataset.user}`, JSON.stringify([{
        client_id: '11111111-1111-4111-8111-111111111111', conversation, text: 'an old wish', session: 'x', model: null, at: 0}]))""",
        [tab.page.url.rstrip("/").rsplit("/", 1)[1]],
    )
    tab.page.reload()
    expect(tab.page.locator("#prompt")).to_have_value("an old wish")
    expect(tab.answers).to_have_count(1)


def test_an_answer_given_whole_takes_the_place_of_what_was_shown(new_tab: NewTab) -> None:
    tab = new_tab().open()
    answer = tab.ask_to_the_end("What is the capital of France?")
    seen = tab.page.evaluate(
        """async () => {
          const base = document.querySelector("script[src$='chat.js']").src.replace("chat.js", "");
          const { Answer } = await import(base + "answer.js");
          const { takeWhole } = await import(base + "whole.js");
          const answer = new Answer(document.querySelector("article.answer"));
          answer.markdown.write("of the old text"); // is waiting for the next frame when the new one comes
          const events = [{ type: "text_delta", index: 0, text: "It is **Paris**." },
            { type: "block", index: 1, block: { type: "web_search", found: 1 } }];
          takeWhole(answer, { type: "whole", seq: 70, events: events.slice(0, 1), more: true });
          const before = [answer.source.endsWith("of the old text"), answer.cursor.seq < 70];
          takeWhole(answer, { type: "whole", seq: 70, events: events.slice(1), more: false });
          takeWhole(answer, { type: "whole", seq: 70, events, more: false });
          answer.close();
          await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
          return [...before, answer.source, answer.cursor.seq, document.querySelectorAll("article.answer .block").length];
        }"""
    )
    assert seen == [True, True, "It is **Paris**.", 70, 1]
    assert text_of(answer) == "It is Paris."


def test_a_page_whose_token_is_too_old_comes_back_with_a_new_one_and_the_message(new_tab: NewTab) -> None:
    """As after signing out and in again in another tab: the long way of a message needs the page's token."""
    tab = new_tab().open()
    tab.ask_to_the_end("What is the capital of France?")
    tab.expected = re.compile("Failed to load resource.* 403")
    tab.page.context.clear_cookies(name="csrftoken")
    other = Tab(tab.page.context.new_page(), tab.url).open("/sessions/add/")
    other.page.close()
    tab.ask("Summarise: " + "word " * 20_000 + "\n/simulate pace 0")
    expect(tab.answers.nth(1)).to_have_attribute("data-status", "complete")
    tab.page.reload()
    expect(tab.answers).to_have_count(2)
