"""A session stops working under the person who chats with it: the page says why, and what to do."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.browser.steps import Tab, add_key_session, add_oauth_session, choose_session, set_up
from tests.system.servers import running_server

pytestmark = pytest.mark.browser
ON_HOLD = "On hold: this looks like a restored or copied database. The operator must confirm"


def test_a_session_put_on_hold_says_so_where_the_person_writes(
    new_context: Callable[..., BrowserContext], tmp_path: Path
) -> None:
    with running_server(tmp_path / "data") as server:
        tab = Tab(new_context().new_page(), server.url)
        set_up(tab, server.setup_link)
        add_oauth_session(tab, "home")
        add_key_session(tab, "work_claude")
        tab.open()
        choose_session(tab, "home")
        tab.ask_to_the_end("What is the capital of France?")

        assert server.manage("instance", "hold").returncode == 0
        trouble, prompt = tab.page.locator("#trouble"), tab.page.locator("#prompt")
        prompt.fill("And of Spain?")
        prompt.press("Enter")
        expect(trouble).to_contain_text(f"home: {ON_HOLD}")
        expect(trouble).to_contain_text("Or choose another session.")
        expect(prompt).to_have_value("And of Spain?")
        expect(tab.answers).to_have_count(1)

        tab.page.reload()
        expect(trouble).to_contain_text(f"home cannot answer now. {ON_HOLD}")
        expect(trouble).to_contain_text("Until then work_claude answers and pays.")
        expect(tab.page.locator("#payer")).to_contain_text("work_claude")
        expect(tab.page.locator(".attention")).to_contain_text(ON_HOLD)

        assert server.manage("session", "remove", "work_claude", "--yes").returncode == 0
        tab.page.reload()
        expect(tab.page.locator("#payer")).to_contain_text("No session works")
        prompt.press("Enter")
        expect(trouble).to_contain_text(f"Not sent: no session can answer now. home: {ON_HOLD}")
        expect(prompt).to_have_value("And of Spain?")
        tab.assert_clean()
