"""One conversation in which the vendors take turns: each is told what the others said."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.browser.steps import Tab, add_session, choose_session, set_up, text_of
from tests.providers.contract.wirings import WIRINGS
from tests.support.simulator import RunningSimulator, running_simulator
from tests.system.servers import Server, running_server

pytestmark = pytest.mark.browser
VENDORS = ("anthropic", "openai", "gemini")
SENTENCES = ("My name is Ada.", "The capital of France is Paris.", "The capital of Italy is Rome.")


@pytest.fixture(scope="module")
def upstream() -> Iterator[RunningSimulator]:
    """The vendors, all simulated by one program beside the server."""
    with running_simulator() as simulator:
        yield simulator


@pytest.fixture(scope="module")
def server_of_three(upstream: RunningSimulator, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that takes the simulator for three vendors."""
    variables = {
        f"MAESTRO_{name}_{field}".upper(): value
        for name in VENDORS
        for field, value in WIRINGS[name].settings(upstream.url).items()
    }
    data = tmp_path_factory.mktemp("vendors") / "data"
    with running_server(data, **variables, MAESTRO_SIMULATOR="0") as running:
        yield running


def test_a_conversation_goes_from_vendor_to_vendor_and_back(
    server_of_three: Server, upstream: RunningSimulator, new_context: Callable[..., BrowserContext]
) -> None:
    tab = Tab(new_context().new_page(), server_of_three.url)
    set_up(tab, server_of_three.setup_link)
    for vendor in VENDORS:
        add_session(tab, f"my_{vendor}", provider=vendor, auth_type="api_key", key=WIRINGS[vendor].key)
    tab.open("/")
    turns = [
        ("anthropic", "My name is Ada.", ""),
        ("openai", "What is the capital of France?\n/simulate thinking", "The capital of France is Paris."),
        ("gemini", "What is the capital of Italy?\n/simulate thinking", "The capital of Italy is Rome."),
        ("anthropic", "What is my name?", "You told me that your name is Ada."),
    ]
    for vendor, prompt, expected in turns:
        choose_session(tab, f"my_{vendor}")
        answer = tab.ask_to_the_end(prompt)
        assert expected in text_of(answer)
        expect(answer).to_contain_text(f"my_{vendor}")
    assert _said_before(upstream, "gemini") == list(SENTENCES[:2])
    assert _said_before(upstream, "anthropic") == list(SENTENCES)
    tab.page.reload()
    shown = [text_of(tab.answers.nth(number)) for number in range(len(turns))]
    assert all(expected in text for (_, _, expected), text in zip(turns, shown, strict=True))
    tab.assert_clean()


def _said_before(upstream: RunningSimulator, vendor: str) -> list[Any]:
    """Which of the sentences above stood in the last request to a vendor."""
    body = upstream.state.seen(WIRINGS[vendor].chat_path)[-1].body.decode()
    return [sentence for sentence in SENTENCES if sentence in body]
