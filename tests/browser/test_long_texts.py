"""Questions and answers of many pages: only what is in sight is laid out, and nothing of the text is lost or changed by it."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import expect

from benchmarks.browser.stage import answer_of
from tests.browser.conftest import NewTab
from tests.browser.rows import stored_conversation
from tests.browser.steps import Tab
from tests.system.servers import Server

LINES = [f"line {number}: " + "word " * (number % 30) for number in range(3000)]
QUESTION = "\n".join(line if number % 50 else "" for number, line in enumerate(LINES, start=1)).strip()
CLIPBOARD = {"permissions": ["clipboard-read", "clipboard-write"]}
_LAID_OUT = """(elements) => elements.filter((one) => one.firstChild instanceof Element
  ? one.firstElementChild.checkVisibility({contentVisibilityAuto: true})
  : one.appendChild(document.createElement("i")).checkVisibility({contentVisibilityAuto: true})).length"""
_QUESTION_IN = "async (bubble) => (await import('/static/chat/js/pieces.js')).questionIn(bubble)"
_AS_PLAIN = """(bubble, text) => {
  const plain = bubble.cloneNode();
  plain.textContent = text;
  bubble.after(plain);
  for (const piece of bubble.children) piece.style.contentVisibility = "visible";
  const [whole, cut] = [plain, bubble].map((one) => {
    getSelection().selectAllChildren(one);
    return [one.innerText, getSelection().toString(), one.offsetHeight];
  });
  plain.remove();
  return [whole, cut];
}"""


def test_a_long_question_is_the_same_in_pieces(new_tab: NewTab) -> None:
    tab = new_tab(**CLIPBOARD).open()
    write(tab, QUESTION)
    tab.page.click("#send")
    expect(tab.answers).to_have_attribute("data-status", "complete")
    bubble = tab.page.locator("#messages .bubble")
    for _ in range(2):  # as it was sent, and as the server gives it
        assert bubble.locator(".piece").count() > 10
        assert bubble.evaluate(_QUESTION_IN) == QUESTION
        assert bubble.locator(".piece").evaluate_all(_LAID_OUT) < 5
        tab.page.reload()
        tab.page.wait_for_selector("body[data-connection=ready]")
    tab.page.locator("#messages .you").hover()
    tab.page.click("#messages .you [data-act=copy]")
    expect(tab.page.locator("#messages .you [data-act=copy]")).to_have_attribute("data-copied", "")
    assert tab.page.evaluate("navigator.clipboard.readText()") == QUESTION
    tab.page.click("#messages .you [data-act=rewrite]")
    assert tab.page.input_value(".editor textarea") == QUESTION


def test_pieces_look_and_select_as_the_whole_text(new_tab: NewTab, server: Server) -> None:
    tab = new_tab().open(stored_conversation(server, [QUESTION, "ok"], title="Long question"))
    (whole, cut) = tab.page.locator("#messages .bubble").evaluate(_AS_PLAIN, QUESTION)
    assert cut == whole


def test_pieces_end_with_a_line_and_give_the_text_together(new_tab: NewTab) -> None:
    tab = new_tab().open()
    texts = [
        "",
        "one line",
        "x" * 50_000,
        "x\n" * 30_000,
        "x\n\n\n" * 9_000,
        "\n" * 20_000,
        QUESTION,
        "y" * 4096 + "\n",
        "y" * 4097 + "\nz",
    ]
    for text in texts:
        pieces: list[str] = tab.page.evaluate(
            "async (text) => (await import('/static/chat/js/pieces.js')).piecesOf(text)", text
        )
        assert "\n".join(pieces) == text
        assert all(len(piece) >= 4096 and not piece.endswith("\n") for piece in pieces[:-1])


def test_of_a_long_answer_only_what_is_in_sight_is_laid_out(new_tab: NewTab, server: Server) -> None:
    text = answer_of(100_000)
    tab = new_tab(**CLIPBOARD).open(stored_conversation(server, ["?", text], title="Long answer"))
    answer = tab.answers.first
    sections = answer.locator(".prose > .section")
    last = text.rsplit("## ", 1)[1].split("\n")[0]
    expect(answer.get_by_role("heading", name=last)).to_be_in_viewport(ratio=0)
    assert 1 <= sections.evaluate_all(_LAID_OUT) < sections.count() - 3
    answer.hover()
    answer.locator("[data-act=copy]").first.click()
    expect(answer.locator("[data-act=copy]").first).to_have_attribute("data-copied", "")
    copied: str = tab.page.evaluate("navigator.clipboard.readText()")
    parts = text.count("## Part")
    assert [number for number in range(1, parts + 1) if f"Part {number}: what" not in copied] == []
    assert copied.count("Store its id, so that the second delivery changes nothing.") == text.count(
        "Store its id, so"
    )


def write(tab: Tab, text: str) -> None:
    """At once: what is typed letter by letter takes minutes."""
    box: Any = tab.page.locator("#prompt")
    box.evaluate(
        "(box, text) => { box.value = text; box.dispatchEvent(new InputEvent('input', {bubbles: true})); }",
        text,
    )
