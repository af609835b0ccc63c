"""A limit is hit: the bar above the composer says whose, for how long, and goes on in one of three ways."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.scenes.stage import FACT, simulate, simulated
from tests.browser.steps import Tab, add_key_session, choose_session
from tests.system.servers import Server

pytestmark = pytest.mark.browser
SIZES: dict[str, dict[str, Any]] = {
    "desktop": {"viewport": {"width": 1280, "height": 860}},
    "phone": {"viewport": {"width": 390, "height": 844}, "has_touch": True},
}
LET_TIME_PASS = """
from django.utils import timezone
from chat.models import QueuedMessage
from sessions_app.models import SessionHealth
SessionHealth.objects.update(limited_until=None)
QueuedMessage.objects.update(not_before=timezone.now())
"""
SPEND = """
import uuid
from decimal import Decimal
from django.utils import timezone
from sessions_app.models import ProviderSession, UsageRecord
from sessions_app.services import budgets
session = ProviderSession.objects.get(name="work_claude")
budgets.set_budget(session, Decimal(10))
UsageRecord.objects.create(run_id=uuid.uuid4(), at=timezone.now(), owner=session.owner, session_id=session.pk,
    session_name=session.name, model="dear", cost=Decimal(10))
"""

RESET = """
from chat.models import QueuedMessage
from sessions_app.models import Budget, SessionHealth, UsageRecord
SessionHealth.objects.update(limited_until=None)
for model in (QueuedMessage, Budget, UsageRecord):
    model.objects.all().delete()
"""


def arrange(tab: Tab) -> None:
    """On a server of its own, because limits and budgets would stop the sessions of other tests."""
    for name in ("personal_claude", "work_claude"):
        add_key_session(tab, name)
    simulate(tab, pace=0)


@pytest.fixture(params=SIZES)
def tab(request: pytest.FixtureRequest, open_tab: Callable[..., Tab], own_server: Server) -> Iterator[Tab]:
    tab = open_tab(**SIZES[request.param]).open()
    choose_session(tab, "work_claude")
    yield tab
    shell(own_server, RESET)


def say(tab: Tab, prompt: str) -> None:
    tab.page.fill("#prompt", prompt)
    tab.page.click("#send")


def bar(tab: Tab) -> Locator:
    return tab.page.locator("[data-trouble=limit]")


def hit_the_limit(tab: Tab, *, draft: str = "") -> None:
    with simulated(tab, fault="rate_limit", retry_after=90):
        say(tab, FACT)
        expect(bar(tab)).to_be_visible()
    if draft:
        tab.page.fill("#prompt", draft)


def waiting(tab: Tab) -> Locator:
    return tab.page.locator("#queue-rows .queued")


def shell(server: Server, script: str) -> None:
    done = server.manage("shell", "-v", "0", stdin=script)
    assert done.returncode == 0, done.stderr


def test_the_bar_says_whose_limit_it_is_and_counts_down(tab: Tab) -> None:
    hit_the_limit(tab)
    expect(bar(tab)).to_contain_text(
        "work_claude is limited. “Simulated: this request would exceed your rate limit.”"
    )
    timer = bar(tab).get_by_role("timer")
    expect(timer).to_have_text(re.compile(r"Resets in 1\smin \d+\ss\."))
    before = timer.inner_text()
    expect(timer).not_to_have_text(before)
    words = [" ".join(text.split()) for text in bar(tab).locator(".actions button").all_inner_texts()]
    assert words == ["Wait and send by itself", "Send with PC personal_claude", "Edit"]
    tab.page.reload()
    expect(bar(tab)).to_contain_text("work_claude is limited.")
    bar(tab).get_by_role("button", name="Close").click()
    expect(bar(tab)).to_have_count(0)
    expect(tab.answers.locator("[data-part=retry]")).to_be_visible()


def test_it_waits_on_the_server_and_sends_itself_with_no_page_open(tab: Tab, own_server: Server) -> None:
    hit_the_limit(tab, draft="A half-written thought")
    bar(tab).get_by_role("button", name="Wait and send by itself").click()
    expect(bar(tab)).to_have_count(0)
    expect(waiting(tab)).to_contain_text(re.compile(r"work_claude pays · sends itself at \d+:\d\d"))
    tab.page.reload()
    expect(waiting(tab)).to_contain_text(FACT)
    expect(tab.page.locator("#prompt")).to_have_value("A half-written thought")
    address = tab.page.url
    tab.page.goto("about:blank")
    shell(own_server, LET_TIME_PASS)
    tab.open(address)
    expect(tab.answers.last).to_contain_text("Paris")
    expect(tab.answers.last).to_contain_text("work_claude")
    expect(tab.page.locator("#messages .you")).to_have_count(1)
    expect(waiting(tab)).to_have_count(0)


def test_what_waits_is_taken_back_or_sent_with_another_session(tab: Tab) -> None:
    hit_the_limit(tab)
    bar(tab).get_by_role("button", name="Wait and send by itself").click()
    waiting(tab).get_by_role("button", name="Delete").click()
    expect(waiting(tab)).to_have_count(0)
    bar(tab).get_by_role("button", name="Wait and send by itself").click()
    choose_session(tab, "personal_claude")
    waiting(tab).get_by_role("button", name="Send now with personal_claude").click()
    expect(tab.answers.last).to_contain_text("Paris")
    expect(tab.answers.last.locator(".meta")).to_contain_text("personal_claude")


def test_another_session_pays_only_when_the_button_that_names_it_is_pressed(tab: Tab) -> None:
    hit_the_limit(tab, draft="A half-written thought")
    expect(tab.page.locator("#payer")).to_contain_text("work_claude")
    bar(tab).get_by_role("button", name="Send with personal_claude").click()
    expect(tab.answers.last).to_contain_text("Paris")
    expect(tab.answers.last.locator(".meta")).to_contain_text("personal_claude")
    expect(tab.page.locator("#messages .you")).to_have_count(1)
    expect(tab.page.locator("#payer")).to_contain_text("personal_claude")
    expect(tab.page.locator("#prompt")).to_have_value("A half-written thought")
    expect(bar(tab)).to_have_count(0)


def test_the_question_is_edited_with_the_keyboard(tab: Tab) -> None:
    hit_the_limit(tab)
    edit = bar(tab).get_by_role("button", name="Edit")
    edit.focus()
    tab.page.keyboard.press("Enter")
    box = tab.page.locator(".you textarea")
    expect(box).to_be_focused()
    expect(box).to_have_value(FACT)


def test_a_new_chat_with_a_limited_session_offers_the_same(tab: Tab) -> None:
    hit_the_limit(tab)
    tab.open()
    choose_session(tab, "work_claude")
    expect(bar(tab)).to_contain_text("work_claude is limited.")
    tab.page.fill("#prompt", "Something for later")
    bar(tab).get_by_role("button", name="Wait and send by itself").click()
    expect(waiting(tab)).to_contain_text("sends itself at")
    expect(tab.page.locator("#prompt")).to_have_value("")
    tab.page.wait_for_url(re.compile("/c/"))
    tab.page.reload()
    expect(waiting(tab)).to_contain_text("Something for later")


def test_a_spent_budget_keeps_the_text_and_can_be_waited_for(tab: Tab, own_server: Server) -> None:
    shell(own_server, SPEND)
    say(tab, FACT)
    expect(bar(tab)).to_contain_text("The message was not sent. work_claude has used its budget")
    expect(tab.page.locator("#prompt")).to_have_value(FACT)
    bar(tab).get_by_role("button", name="Edit").click()
    expect(tab.page.locator("#prompt")).to_be_focused()
    bar(tab).get_by_role("button", name="Wait and send by itself").click()
    expect(waiting(tab)).to_contain_text("sends itself at")
    waiting(tab).get_by_role("button", name="Delete").click()
    expect(waiting(tab)).to_have_count(0)
    say(tab, FACT)
    bar(tab).get_by_role("button", name="Send with personal_claude").click()
    expect(tab.answers.last).to_contain_text("Paris")
    expect(tab.answers.last.locator(".meta")).to_contain_text("personal_claude")
    expect(bar(tab)).to_have_count(0)


def test_while_it_is_tried_again_another_session_can_take_over(tab: Tab) -> None:
    with simulated(tab, fault="rate_limit", retry_after=45):
        say(tab, FACT)
        expect(bar(tab)).to_contain_text("It is sent again by itself in")
    bar(tab).get_by_role("button", name="Send with personal_claude").click()
    expect(tab.answers.last).to_contain_text("Paris")
    expect(tab.answers.last.locator(".meta")).to_contain_text("personal_claude")
    expect(bar(tab)).to_have_count(0)
