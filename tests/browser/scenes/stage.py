"""The server that scenes play on: one person, four sessions, some conversations, a month of use."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser

from tests.browser.rows import stored_conversation
from tests.browser.steps import (
    PASSWORD,
    Tab,
    add_key_session,
    add_oauth_session,
    choose_session,
    close_profile,
    set_up,
)
from tests.support import plain
from tests.system.servers import Server

ESSAY = "How would you write a FastAPI application that handles Stripe-based subscriptions?"
FACT = "What is the capital of France?"
FAILED = "Summarise the minutes of yesterday's meeting."
CUT = "Explain the history of the lighthouse."
PLAN = "How long until a pendulum is still?"
_PLANNED = r"""
A pendulum loses energy with every swing. With damping $\gamma$ and mass $m$ the angle is

$$\theta(t) = \theta_0 \, e^{-\gamma t / 2m} \cos(\omega t + \varphi), \qquad \omega = \sqrt{\frac{g}{\ell} - \frac{\gamma^2}{4m^2}}$$

so what counts is how often the time $2m/\gamma$ fits into your wait.[^1]

| wait | of the first swing | still to be seen |
|:--|--:|:-:|
| 1 × 2m/γ | 36.8 % | yes |
| 3 × 2m/γ | 5.0 % | hardly |
| 5 × 2m/γ | 0.7 % | no |

```python
def is_still(theta0: float, share: float = 0.01) -> float:
    # seconds until only this share of the first swing is left
    return -2 * MASS / DAMPING * math.log(share)  # theta0 cancels
```

- [x] Measure two swings, a minute apart
- [x] Take the logarithm of their quotient
- [ ] Ask again with *your* figures

> The length decides how fast it swings, the air how long.

[^1]: For small angles; 20° make an error of 1 %.
"""
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
    stored_conversation(server, [PLAN, _PLANNED], title=PLAN)
    server.manage("shell", "-v", "0", stdin=_OTHERS)
    tab.assert_clean()
    state = context.storage_state()
    close_profile(context)
    return state


# A login that has ended, and somebody who is no operator.
_OTHERS = f"""
from django.contrib.auth.models import User
from sessions_app.models import ProviderSession
from sessions_app.services import sessions
User.objects.create_user("grace", password={PASSWORD!r})
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
    plain.post(f"{tab.url}/simulator/control", json=switches).raise_for_status()


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
