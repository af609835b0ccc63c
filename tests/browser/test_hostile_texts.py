"""Texts of a model, a provider, a tool or a file that try to run a script or to call home, wherever a page shows them,
whole and in pieces: none runs, none asks another host, none breaks the content policy."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.harmless import assert_harmless, listening
from tests.browser.payloads import PAYLOADS
from tests.browser.rendering import MODULES
from tests.browser.rows import stored_rows
from tests.browser.steps import Tab, add_key_session
from tests.support.uploads import SAMPLES
from tests.system.servers import Server

pytestmark = pytest.mark.browser
SIZES = [
    {"viewport": {"width": 1280, "height": 860}},
    {"viewport": {"width": 390, "height": 844}, "has_touch": True},
]


def arrange(tab: Tab) -> None:
    """On a server of its own: sessions with hostile names would be in the way of other tests."""
    add_key_session(tab, "personal_claude")


@pytest.fixture
def open_tab(open_tab: Callable[..., Tab]) -> Callable[..., Tab]:
    """Tabs that also listen for broken policies."""

    def make(**options: Any) -> Tab:
        return listening(open_tab(**options))

    return make


def test_there_are_more_than_three_hundred_payloads() -> None:
    assert len(set(PAYLOADS)) == len(PAYLOADS) > 300


@pytest.mark.parametrize("options", SIZES, ids=["1280", "390"])
@pytest.mark.parametrize("seed", [0, 1, 2, 3], ids=["whole", "letters", "random", "other"])
def test_no_answer_runs_or_loads_anything(
    open_tab: Callable[..., Tab], seed: int, options: dict[str, Any]
) -> None:
    tab = open_tab(**options).open("/accounts/password/")
    cut = {0: "1e9", 1: "1"}.get(seed, "1 + random(9)")
    tab.page.evaluate(
        f"""async ({{texts, seed}}) => {{ {MODULES}
          let state = seed;
          const random = (below) => (state = (state * 1103515245 + 12345) % 2147483648) % below;
          render(texts, () => {cut});
        }}""",
        {"texts": PAYLOADS, "seed": seed},
    )
    tab.page.wait_for_selector(".math.set", state="attached")
    tab.page.evaluate(
        "async () => { const {later} = await import('/static/chat/js/slices.js'); await new Promise(later); }"
    )
    assert_harmless(tab.page)
    inside = tab.page.evaluate(
        "[...document.querySelectorAll('.math.set *')].map((node) => [node.localName, node.id, node.hasAttribute('href')])"
    )
    assert inside
    assert not [found for found in inside if found[0] in ("a", "img") or found[1] or found[2]]


@pytest.mark.parametrize("options", SIZES, ids=["1280", "390"])
def test_no_event_of_an_answer_runs_or_loads_anything(
    open_tab: Callable[..., Tab], options: dict[str, Any]
) -> None:
    tab = open_tab(**options).open()
    tab.page.evaluate(
        """async (texts) => {
          const base = document.querySelector("script[src$='chat.js']").src.replace('chat.js', '');
          const [{Answer}, {clone}, {dress}] = await Promise.all(['answer.js', 'clone.js', 'dress.js'].map((name) => import(base + name)));
          const root = document.getElementById('messages');
          let state = 7;
          const random = (below) => (state = (state * 1103515245 + 12345) % 2147483648) % below;
          for (const text of texts) {
            const element = root.appendChild(clone('answer-template'));
            dress(element, {id: text, name: text, initials: text.slice(0, 2), color: text}, text);
            const answer = new Answer(element);
            const source = {title: text, url: text, passage: text};
            answer.apply({type: 'message_started', model: text});
            answer.apply({type: 'retrying', attempt: 1, delay_s: 1, error: {kind: text, message: text}});
            answer.apply({type: 'thinking_delta', index: 0, text});
            answer.apply({type: 'tool_use_started', index: 1, name: text});
            answer.apply({type: 'tool_input_delta', index: 1, partial_json: text});
            answer.apply({type: 'tool_use_ready', index: 1, name: text, input: {[text]: text}});
            answer.apply({type: 'block', index: 2, block: {type: text, text}});
            answer.apply({type: 'block', index: 3, block: {}, shown: {title: text, detail: text, text, sources: [source]}});
            answer.apply({type: 'citation', index: 4, source});
            for (let at = 0; at < text.length; ) {
              const size = 1 + random(12);
              answer.apply({type: 'text_delta', index: 4, text: text.slice(at, at + size)});
              at += size;
            }
            answer.apply({type: 'ended', status: 'failed', cost: text, currency: 'USD', usage: {}, stop_reason: {reason: text, explanation: text},
              error: {kind: text, message: text, advice: text, request_id: text}});
          }
        }""",
        PAYLOADS,
    )
    assert_harmless(tab.page)


@pytest.mark.parametrize("start", range(0, len(PAYLOADS), 50))
def test_no_stored_text_runs_or_loads_anything(
    open_tab: Callable[..., Tab], own_server: Server, start: int
) -> None:
    texts = PAYLOADS[start : start + 50]
    path = stored_rows(own_server, texts, title=texts[0])
    for options in SIZES:
        tab = open_tab(**options).open(path)
        expect(tab.answers).to_have_count(len(texts))
        assert_harmless(tab.page)
        for place in tab.page.locator("details").all()[:20]:
            place.evaluate("fold => fold.open = true")
        assert_harmless(tab.page)


def test_no_name_of_a_session_or_model_runs_or_loads_anything(
    open_tab: Callable[..., Tab], own_server: Server
) -> None:
    names = [text for text in PAYLOADS if len(text) <= 64 and "\x00" not in text][:60]
    script = """
import json, sys
from django.contrib.auth.models import User
from sessions_app.services import sessions
from sessions_app.models import ProviderSession
owner = User.objects.get(username="ada")
known = ProviderSession.objects.get(owner=owner, name="personal_claude")
for number, name in enumerate(json.load(sys.stdin)):
    ProviderSession.objects.filter(owner=owner, name=name).delete()
    ProviderSession.objects.create(owner=owner, provider=known.provider, auth_type=known.auth_type, name=name, color=number % 8 + 1, status="needs_login")
print("stored")
"""
    done = own_server.manage("shell", "-c", script, stdin=json.dumps(names))
    assert "stored" in done.stdout, done.stderr
    tab = open_tab()
    model = {
        "id": names[0],
        "label": names[1],
        "max_input_tokens": None,
        "max_output_tokens": None,
        "lifecycle": names[2],
    }
    tab.page.route("**/models/", lambda route: route.fulfill(json={"models": [model], "default": names[0]}))
    tab.open()
    tab.page.click("#payer")
    assert_harmless(tab.page)
    for page in (
        "/sessions/",
        "/sessions/usage/",
        "/sessions/activity/",
        "/sessions/add/",
        "/chat/archived/",
    ):
        tab.open(page)
        assert_harmless(tab.page)


@pytest.mark.parametrize("number", range(8))
def test_no_title_prompt_or_search_runs_or_loads_anything(open_tab: Callable[..., Tab], number: int) -> None:
    text = [one for one in PAYLOADS if len(one) < 100 and "\n" not in one and "\x00" not in one][number * 12]
    tab = open_tab().open()
    tab.ask_to_the_end(f"Repeat: {text}\n/simulate pace 0")
    tab.page.click("#open-search")
    tab.page.fill("#search-field", text)
    assert_harmless(tab.page)
    tab.page.keyboard.press("Escape")
    tab.page.reload()
    assert_harmless(tab.page)


def test_no_name_of_a_file_runs_or_loads_anything(open_tab: Callable[..., Tab]) -> None:
    tab = open_tab().open()
    names = [text.replace("/", "") + ".png" for text in PAYLOADS if len(text) < 90 and text.isprintable()][
        ::24
    ][:8]
    files = [
        {"name": name, "mimeType": "image/png", "buffer": (SAMPLES / "drawing.png").read_bytes()}
        for name in names
    ]
    tab.page.set_input_files("#file-input", files)
    assert_harmless(tab.page)
    tab.ask_to_the_end("What is in these pictures?\n/simulate pace 0")
    assert_harmless(tab.page)
    tab.page.reload()
    assert_harmless(tab.page)
