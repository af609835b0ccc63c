"""A server with the simulator, somebody who is signed in, and texts to read."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, sync_playwright

from tests.browser.conftest import ARGUMENTS, CHROMIUM, DESKTOP
from tests.browser.steps import Tab, add_key_session, set_up
from tests.system.servers import Server, running_server

TOKEN = 4  # characters, about what a delta of a provider has
_PART = """## Part {0}: what a subscription needs

A customer **pays** for a *plan*; Stripe tells you with a [webhook](https://docs.example/webhooks) and a retry after `72 h`. In part {0}
the order matters, because two events of one payment may arrive the other way round.

1. Verify the signature of each event, number {0} included.
2. Store its id, so that the second delivery changes nothing.
   - a unique index is enough
   - a lock is not

| event | what it means | what to do |
|---|---|---|
| `invoice.paid` | the money is there | extend the access |
| `invoice.payment_failed` | a card was refused | write to the customer |

```python
async def webhook(request: Request) -> Response:
    event = stripe.Webhook.construct_event(await request.body(), request.headers["stripe-signature"], SECRET)
    await handle(event["type"], event["data"]["object"], part={0})
    return Response(status_code=204)
```

> Whoever trusts the redirect after the payment gives away access.

"""


def answer_of(size: int) -> str:
    """A Markdown answer of `size` characters: headings, lists, tables, code, as a model writes them."""
    parts, length, number = list[str](), 0, 0
    while length < size:
        number += 1
        parts.append(_PART.format(number))
        length += len(parts[-1])
    return "".join(parts)[:size]


@contextmanager
def stage() -> Iterator[tuple[Server, Browser, Any]]:
    """A server, a browser, and the cookies of a user with a session."""
    with (
        tempfile.TemporaryDirectory() as folder,
        running_server(Path(folder) / "data") as server,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        context = browser.new_context(viewport=DESKTOP)  # type: ignore[arg-type]
        tab = Tab(context.new_page(), server.url)
        set_up(tab, server.setup_link)
        add_key_session(tab, "personal_claude")
        state = context.storage_state()
        context.close()
        yield server, browser, state
        browser.close()


@contextmanager
def new_tab(server: Server, browser: Browser, state: Any) -> Iterator[Tab]:
    """A tab of the user in a profile that has nothing cached."""
    context = browser.new_context(viewport=DESKTOP, storage_state=state)  # type: ignore[arg-type]
    yield Tab(context.new_page(), server.url)
    context.close()
