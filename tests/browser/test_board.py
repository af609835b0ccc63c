"""The board and the page of usage in a real browser: what an answer leaves there, budgets, looks on a phone."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.steps import Tab, add_key_session, add_oauth_session, choose_session
from tests.system.servers import Server

pytestmark = pytest.mark.browser
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True}


def arrange(tab: Tab) -> None:
    """On a server of its own, because a budget would stop the sessions of other tests."""
    add_key_session(tab, "by_key")
    add_oauth_session(tab, "by_login")
    tab.open("/").ask_to_the_end("What is the capital of France?")


def card(tab: Tab, name: str) -> Locator:
    return tab.page.locator(".card", has=tab.page.get_by_role("heading", name=name))


def test_an_answer_leaves_limits_tokens_and_a_time_on_its_card(open_tab: Callable[..., Tab]) -> None:
    tab = open_tab().open("/sessions/")
    by_key = card(tab, "by_key")
    expect(by_key.locator(".state")).to_have_text("Works")
    expect(by_key.locator(".limits li")).to_have_count(4)
    expect(by_key).to_contain_text(
        re.compile(r"Today\s*– · \d+ tokens")
    )  # the simulator's prices are unknown
    bar = by_key.locator(".limits .meter rect").first
    colours = bar.evaluate(
        "bar => [getComputedStyle(bar).fill, getComputedStyle(bar.closest('.card')).getPropertyValue('--c')]"
    )
    assert bar.bounding_box()["width"] > 50, "the bar is drawn although no inline style is allowed"
    assert colours[0] != "rgb(0, 0, 0)"


def test_test_and_refresh_come_back_to_the_board(open_tab: Callable[..., Tab]) -> None:
    tab = open_tab().open("/sessions/")
    card(tab, "by_login").get_by_role("button", name="Test").click()
    expect(card(tab, "by_login")).to_contain_text(re.compile(r"works, \d+ ms"))
    card(tab, "by_login").get_by_role("button", name="Refresh").click()
    expect(card(tab, "by_login").locator(".history .dot.good")).to_have_count(1)
    assert tab.page.url.endswith("/sessions/")


def test_a_budget_is_set_with_the_keyboard_and_its_errors_are_said(open_tab: Callable[..., Tab]) -> None:
    tab = open_tab().open("/sessions/")
    card(tab, "by_login").get_by_role("link", name="Details").click()
    tab.page.focus("#id_amount")
    tab.page.keyboard.type("20")
    tab.page.keyboard.press("Tab")
    tab.page.keyboard.type("120")
    tab.page.keyboard.press("Enter")
    expect(tab.page.locator("#id_warn_percent_error")).to_contain_text("must come before the stop")
    expect(tab.page.locator("#id_warn_percent")).to_have_attribute("aria-invalid", "true")
    tab.page.fill("#id_warn_percent", "80")
    tab.page.keyboard.press("Enter")
    expect(tab.page.locator(".notice.good")).to_contain_text("The budget is $20.00 a month.")
    tab.open("/sessions/")
    expect(card(tab, "by_login")).to_contain_text("$0.00 of $20.00 this month (0 %)")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("options", [{}, PHONE], ids=["desktop", "phone"])
def test_the_pages_fit_and_their_chart_is_drawn(
    open_tab: Callable[..., Tab], options: dict[str, Any], scheme: str
) -> None:
    tab = open_tab(**options, color_scheme=scheme)
    for path in ("/sessions/", "/sessions/usage/?period=7&measure=tokens"):
        tab.open(path)
        assert (
            tab.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            == 0
        )
    bar = tab.page.locator(".chart rect").first
    box, frame = bar.bounding_box(), tab.page.locator(".chart").bounding_box()
    assert box["height"] > 20
    assert frame["x"] <= box["x"] <= box["x"] + box["width"] <= frame["x"] + frame["width"]
    assert bar.evaluate("bar => getComputedStyle(bar).fill") not in ("rgb(0, 0, 0)", "none")


def test_the_usage_page_gives_the_file_and_the_conversation_its_cost(
    open_tab: Callable[..., Tab], tmp_path: Path
) -> None:
    tab = open_tab().open("/sessions/usage/")
    with tab.page.expect_download() as caught:
        tab.page.get_by_role("link", name="Download CSV").click()
    lines = Path(caught.value.path()).read_text().splitlines()
    assert any("by_key" in line for line in lines[1:])
    tab.open("/")
    tab.page.locator("#conversations .conv").first.click()
    tab.page.wait_for_selector("body[data-connection=ready]")
    tab.page.click("#more")
    tab.page.click("#usage-link")
    expect(tab.page.locator("h1")).to_have_text("What this conversation cost")
    expect(tab.page.locator("table")).to_contain_text("by_key")


SPEND = """
import uuid
from decimal import Decimal
from django.utils import timezone
from sessions_app.models import ProviderSession
from sessions_app.services import budgets, usage
from providers.events import Usage
session = ProviderSession.objects.get(name="spender")
budgets.set_budget(session, Decimal(10))
record = usage.make_record(
    run_id=uuid.uuid4(), at=timezone.now(), owner_id=session.owner_id, payer=usage.payer_of(session),
    model="dear", usage=Usage(input_tokens=1), price=None, is_complete=True)
record.cost = Decimal(9)
usage.store([record])
"""


def test_the_chat_says_that_a_budget_is_nearly_spent_without_a_reload(
    open_tab: Callable[..., Tab], own_server: Server
) -> None:
    tab = open_tab()
    add_key_session(tab, "spender")
    tab.open("/")
    choose_session(tab, "spender")
    expect(tab.page.locator(".attention")).to_have_count(0)
    done = own_server.manage("shell", "-v", "0", stdin=SPEND)  # the simulator's own models have no price
    assert done.returncode == 0, done.stderr
    tab.ask_to_the_end("What is the capital of France?")
    bar = tab.page.locator(".main > .attention .notice.warn")
    expect(bar).to_contain_text("spender · at least $9.00 of $10.00 this month (90 %)")
    expect(tab.page.locator("#said")).to_contain_text("90 %")
    tab.ask_to_the_end("And of Spain?")
    expect(bar).to_have_count(1)
