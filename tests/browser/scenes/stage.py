"""The server that scenes play on: one person, four sessions, some conversations, a month of use."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
from playwright.sync_api import Browser

from tests.browser.steps import Tab, add_key_session, add_oauth_session, choose_session, set_up
from tests.system.servers import Server

ESSAY = "How would you write a FastAPI application that handles Stripe-based subscriptions?"
FACT = "What is the capital of France?"
FAILED = "Summarise the minutes of yesterday's meeting."
CUT = "Explain the history of the lighthouse."
# What the simulator's own models cost is unknown, so figures with prices are stored as a provider would have caused them.
_MONTH_OF_USE = """
import uuid
from datetime import timedelta
from decimal import Decimal
from django.utils import timezone
from providers.events import Usage
from sessions_app.models import ProviderSession
from sessions_app.services import budgets, usage
records = []
for name, model, cents in (
    ("personal_claude", "sim-fast", 41), ("work_claude", "sim-fast", 180), ("work_claude", "sim-large", 95),
):
    session = ProviderSession.objects.get(name=name)
    for day in range(12):
        record = usage.make_record(
            run_id=uuid.uuid4(), at=timezone.now() - timedelta(days=day), owner_id=session.owner_id,
            payer=usage.payer_of(session), model=model, price=None, is_complete=True,
            usage=Usage(input_tokens=900 * (day % 5 + 1), output_tokens=2100 + 310 * day, cache_read_tokens=4000 * (day % 3)),
        )
        record.cost = Decimal(cents * (day % 4 + 1)) / 100
        records.append(record)
usage.store(records)
budgets.set_budget(ProviderSession.objects.get(name="personal_claude"), Decimal(50))
spent = usage.spent_since(ProviderSession.objects.get(name="work_claude").pk, usage.month_start(timezone.now())).amount
budgets.set_budget(ProviderSession.objects.get(name="work_claude"), round(spent / Decimal("0.86"), 2))
"""


def set_stage(server: Server, browser: Browser) -> Any:
    """Make everything; the cookies of the user."""
    context = browser.new_context()
    tab = Tab(context.new_page(), server.url)
    set_up(tab, server.setup_link)
    for name in ("personal_claude", "work_claude"):
        add_key_session(tab, name)
    add_oauth_session(tab, "home_claude")
    add_oauth_session(tab, "client_acme")
    done = server.manage("shell", "-v", "0", stdin=_MONTH_OF_USE)
    assert done.returncode == 0, done.stderr
    _converse(tab)
    server.manage("shell", "-v", "0", stdin=_DISCONNECT)
    tab.assert_clean()
    state = context.storage_state()
    context.close()
    return state


_DISCONNECT = """
from sessions_app.models import ProviderSession
from sessions_app.services import sessions
sessions.revoke_session(ProviderSession.objects.get(name="client_acme"))
"""


def _converse(tab: Tab) -> None:
    simulate(tab, pace=0)
    tab.open().ask_to_the_end(FACT)
    with simulated(tab, fault="overloaded"):
        tab.open().ask_to_the_end(FAILED, status="failed")
    with simulated(tab, fault="cut", after=30):
        tab.open().ask_to_the_end(CUT, status="interrupted")
    tab.open()
    choose_session(tab, "work_claude")
    with simulated(tab, thinking="1"):
        tab.ask_to_the_end(ESSAY)
    with simulated(tab, search="1"):
        tab.ask_to_the_end("Which of its webhooks matter most?")


def simulate(tab: Tab, **switches: object) -> None:
    """Set the simulator's switches for all later requests; none resets them."""
    httpx.post(f"{tab.url}/simulator/control", json=switches).raise_for_status()


@contextmanager
def simulated(tab: Tab, **switches: object) -> Iterator[None]:
    """Inside, the simulator behaves so; behind, as on the stage."""
    simulate(tab, **switches)
    try:
        yield
    finally:
        simulate(tab)
        simulate(tab, pace=0)


def open_conversation(tab: Tab, title: str) -> Tab:
    """The stage's own conversation whose title begins so: the oldest, because scenes ask the same again."""
    tab.open()
    row = tab.page.locator("#conversations .conv", has_text=title[:30]).last
    return tab.open(row.get_attribute("href") or "")
