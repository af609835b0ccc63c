"""The renderer of answers: Markdown becomes what it says, and nothing that comes from outside ever runs or loads."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.gfm import SAMPLES, random_texts
from tests.browser.payloads import PAYLOADS
from tests.browser.rendering import MODULES, SHORT, shapes, unlike
from tests.browser.steps import Tab

pytestmark = pytest.mark.browser
NewTab = Callable[..., Tab]

FOUND = """() => ({
  hacked: window.hacked ?? 0,
  tags: [...document.querySelectorAll('.prose *')].filter((node) => !node.parentElement.closest('.math.set')).map((node) => node.localName),
  handlers: [...document.querySelectorAll('.prose *')].flatMap((node) => node.getAttributeNames().map((name) => [name, node])).filter(([name, node]) =>
    name.startsWith('on') || name === 'src' || (name === 'style' && !node.closest('.math.set'))).map(([name]) => name),
  links: [...document.querySelectorAll(".prose a[href]:not([href^='#'])")].map((link) => [link.protocol, link.rel, link.target]),
})"""
SAFE_TAGS = {
    "a", "b", "blockquote", "br", "button", "code", "div", "em", "h2", "h3", "h4", "h5", "h6", "header", "hr", "input", "kbd", "li", "mark",
    "ol", "p", "pre", "s", "span", "strong", "sub", "sup", "svg", "table", "tbody", "td", "th", "thead", "tr", "u", "ul", "use",
}  # fmt: skip


@pytest.mark.parametrize("size", [100_000, 7, 1])
def test_no_payload_runs_or_loads_anything(new_tab: NewTab, size: int) -> None:
    tab = new_tab().open("/accounts/password/")
    shapes(tab, PAYLOADS, size=size)
    tab.page.wait_for_load_state("networkidle")
    found: dict[str, Any] = tab.page.evaluate(FOUND)
    assert found["hacked"] == 0
    assert set(found["tags"]) <= SAFE_TAGS
    assert found["handlers"] == []
    assert all(
        protocol in ("http:", "https:", "mailto:")
        and rel == "noopener noreferrer nofollow"
        and target == "_blank"
        for protocol, rel, target in found["links"]
    )


def test_no_payload_runs_in_prompts_titles_and_answers(new_tab: NewTab) -> None:
    tab = new_tab().open()
    for text in (PAYLOADS[0], PAYLOADS[2], PAYLOADS[31], PAYLOADS[20]):
        tab.ask_to_the_end(f"Repeat: {text}\n/simulate pace 0")
    tab.ask_to_the_end(f"/simulate {PAYLOADS[2]}", status="failed")
    for _ in range(2):
        expect(tab.answers).to_have_count(5)
        assert tab.page.evaluate("window.hacked ?? 0") == 0
        assert tab.page.locator("#thread img, #thread script, #rail img, #rail script").count() == 0
        tab.page.reload()
        tab.page.wait_for_selector("body[data-connection=ready]")


@pytest.mark.parametrize("size", [1_000_000, 3, 1])
def test_markdown_becomes_what_it_says(new_tab: NewTab, size: int) -> None:
    tab = new_tab().open("/accounts/password/")
    made = shapes(tab, [text for text, _ in SAMPLES], size=size)
    assert {text: html for (text, _), html in zip(SAMPLES, made, strict=True)} == dict(SAMPLES)


@pytest.mark.parametrize("seed", range(4))
def test_pieces_of_any_size_give_the_same_page(new_tab: NewTab, seed: int) -> None:
    tab = new_tab().open("/accounts/password/")
    texts = [text for text, _ in SAMPLES] + PAYLOADS + random_texts(seed=seed, count=250)
    assert unlike(tab, texts, seed=seed + 1) == []


def test_a_long_line_is_cut_in_pieces_and_loses_nothing(new_tab: NewTab) -> None:
    tab = new_tab().open("/accounts/password/")
    for text in ("*a* word " * 3000, "x" * 40_000, "- " + "**b** " * 4000, "# " + "h" * 20_000):
        whole, pieces = (shapes(tab, [text], size=size)[0] for size in (1_000_000, 997))
        assert whole == pieces
        assert whole.count("a") + whole.count("x") + whole.count("h") >= text.count("a") + text.count("x")


def test_what_is_not_closed_yet_is_shown_as_it_will_be(new_tab: NewTab) -> None:
    tab = new_tab().open("/accounts/password/")
    script = f"""async (texts) => {{ {MODULES} {SHORT}
      return texts.map((text) => {{
        const root = document.createElement('div');
        const stream = new MarkdownStream(root);
        stream.write(text);
        stream.flush();
        return short(root);
      }});
    }}"""
    growing = {
        "some **bold": "<p>some <strong>bold</strong></p>",
        "some **": "<p>some </p>",
        "a `code": "<p>a <code>code</code></p>",
        "see [the page](https://a.exam": "<p>see <a>the page</a></p>",
        "- [x": "<ul><li><p></p></li></ul>",
        "| a | b |\n|--": "<p>| a | b |</p>",
        "text\n--": "<p>text</p>",
        "```py\nx = 1\n``": '<pre lang="py">x = 1</pre>',
        "5*3=15": "<p>5*3=15</p>",
    }
    assert dict(zip(growing, tab.page.evaluate(script, list(growing)), strict=True)) == growing


def test_a_selection_stays_while_its_paragraph_grows(new_tab: NewTab) -> None:
    tab = new_tab().open("/accounts/password/")
    selected = tab.page.evaluate(
        f"""async () => {{ {MODULES}
        const root = document.querySelector('main').appendChild(document.createElement('div'));
        const stream = new MarkdownStream(root);
        stream.write('Some **bold words** and');
        stream.flush();
        getSelection().selectAllChildren(root.querySelector('strong'));
        stream.write(' *more* of it\\n\\nand a second one');
        stream.flush();
        return getSelection().toString();
        }}"""
    )
    assert selected == "bold words"


def test_code_has_its_language_its_copy_button_and_colours(new_tab: NewTab) -> None:
    tab = new_tab().open("/accounts/password/")
    shapes(tab, ["```py\ndef f(x: int) -> str:\n    return '<b>'\n```"])
    block = tab.page.locator(".code")
    expect(block.locator("header")).to_contain_text("py")
    expect(block.locator("button")).to_have_text(["Wrap", "Copy"])
    expect(block.locator(".tok-keyword").first).to_have_text("def")
    assert block.locator("code").inner_text() == "def f(x: int) -> str:\n    return '<b>'"


def test_long_answers_cost_linear_time(new_tab: NewTab) -> None:
    tab = new_tab().open("/accounts/password/")
    page = "## Head\n\nSome *text* with `code` and [a link](https://a.example/).\n\n- item\n- item\n\n" * 200
    script = f"""async (text) => {{ {MODULES}
      const began = performance.now();
      render([text], () => 40);
      return performance.now() - began;
    }}"""
    tab.page.evaluate(script, page)  # warm
    short, long = (float(tab.page.evaluate(script, page * factor)) for factor in (1, 8))
    assert long < 8 * 4 * max(short, 5)  # quadratic cost would be 64 times
