"""The simulator as a test sees it: a URL, its counters, its switches, and a user who presses Allow."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import parse_qsl, urljoin, urlsplit

from providers.simulator.app import Simulator, create_app
from providers.simulator.state import SimulatorState
from providers.simulator.switches import Script
from tests.support import plain
from tests.support.server import loopback
from tests.support.waiting import until

API_KEY = "sk-sim-test-key-0001"
CLIENT_ID = "maestro-simulator"


class RunningSimulator:
    """A simulator behind a loopback server.

    `set(fault="overloaded", first=1)` changes switches (`providers.simulator.app` lists them), `reset()`
    takes them back. Tests start at full speed: `pace` is 0.
    """

    def __init__(self, app: Simulator, url: str) -> None:
        self.app = app
        self.url = url

    @property
    def state(self) -> SimulatorState:
        return self.app.state

    @property
    def script(self) -> Script:
        return self.app.script

    @property
    def redirect_uri(self) -> str:
        return f"{self.url}/oauth/code/callback"

    def set(self, **changes: float | str) -> None:
        self.script.set(**changes)

    def reset(self) -> None:
        self.script.reset()

    async def until_idle(self) -> None:
        """Wait until no answer is being sent any more."""
        await until(lambda: self.state.open_streams == 0)

    def approve(self, authorization_url: str) -> str:
        """Do what a person does with the link: press Allow, and copy `code#state` from the next page."""
        parts = urlsplit(authorization_url)
        form = dict(parse_qsl(parts.query))
        with plain.client() as client:
            answer = client.post(authorization_url, data=form)
            assert answer.status_code == 303, answer.text
            page = client.get(urljoin(authorization_url, answer.headers["location"]))
        return displayed_code(page.text)


def displayed_code(page: str) -> str:
    """The text of the element with id `code`."""
    found = re.search(r'id="code"[^>]*>([^<]*)<', page)
    assert found, page
    return html.unescape(found[1])


@contextmanager
def running_simulator(app: Simulator | None = None) -> Iterator[RunningSimulator]:
    """Serve `app`, or a new simulator without pauses between tokens."""
    app = app or create_app(Script(pace=0))
    with loopback(app) as url:
        yield RunningSimulator(app, url)
