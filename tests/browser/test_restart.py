"""The server is stopped in the middle of an answer and started again: what waited is still there, and the page goes on."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.browser.steps import Tab, add_key_session, close_profile, set_up
from tests.system.servers import free_port, running_server

pytestmark = pytest.mark.browser


def test_a_message_that_waits_survives_a_restart(
    new_context: Callable[..., BrowserContext], tmp_path: Path
) -> None:
    port = str(free_port())
    context = new_context()
    with running_server(tmp_path / "data", PORT=port) as server:
        tab = Tab(context.new_page(), server.url)
        set_up(tab, server.setup_link)
        add_key_session(tab, "personal_claude")
        tab.open().ask("Explain the history of the lighthouse.\n/simulate pace 10\n/simulate length 4000")
        tab.page.wait_for_url(re.compile("/c/"))
        tab.page.fill("#prompt", "What is the capital of France?")
        tab.page.press("#prompt", "Enter")
        expect(tab.page.locator("#queue-rows button[data-part=send]")).to_be_enabled()  # the server has it
        server.stop()
    tab.page.wait_for_selector("body[data-connection=waiting]")
    with running_server(tmp_path / "data", PORT=port):
        expect(tab.answers.first).to_have_attribute("data-status", "interrupted")
        expect(tab.page.locator("#queue-why")).to_contain_text("because the answer before was cut off")
        tab.page.click("#queue-rows button[data-part=send]")
        expect(tab.answers).to_have_count(2)
        expect(tab.answers.nth(1)).to_contain_text("Paris")
        expect(tab.page.locator("#queue")).to_be_hidden()
    close_profile(context)
