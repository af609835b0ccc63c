"""A real server, a real browser, and a page that is watched: an error in its console, a broken content policy or
a request to another host fails the test that used it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, sync_playwright

from tests.browser.steps import Tab, add_key_session, close_profile, set_up
from tests.system.servers import Server, running_server

CHROMIUM = Path("/usr/bin/chromium")
# The same engine without windows around it: a profile takes a fifth of a second of CPU until it can show a page, in the whole
# browser a whole one. Tests take it where it is; pictures and benchmarks are of what people have.
ENGINE = Path("/usr/bin/chromium-headless-shell")
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
DESKTOP = {"width": 1280, "height": 860}
# One person sends here what many send: tests follow each other quickly and leave answers running behind them.
FREE_LIMITS = {"MAESTRO_MAX_RUNNING_PER_USER": "99", "MAESTRO_SENDS_PER_MINUTE": "10000"}
NewTab = Callable[..., Tab]


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    found = next((path for path in (ENGINE, CHROMIUM) if path.exists()), None)
    if found is None:
        pytest.skip(f"no Chromium at {ENGINE} or {CHROMIUM}")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=found, args=ARGUMENTS)
        yield started
        started.close()


@pytest.fixture(scope="package")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    data = tmp_path_factory.mktemp("browser") / "data"
    with running_server(data, MAESTRO_LANGUAGES="en,de", **FREE_LIMITS) as running:
        yield running


@pytest.fixture(scope="package")
def state(server: Server, browser: Browser) -> Any:
    """The cookies of a user who has the sessions `personal_claude` and `work_claude`."""
    context = browser.new_context(viewport=DESKTOP)
    tab = Tab(context.new_page(), server.url)
    set_up(tab, server.setup_link)
    for name in ("personal_claude", "work_claude"):
        add_key_session(tab, name)
    state = context.storage_state()
    close_profile(context)
    return state


@pytest.fixture(scope="module")
def own_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server for one file of tests, whose sessions would be in the way of others."""
    with running_server(tmp_path_factory.mktemp("own") / "data") as running:
        yield running


@pytest.fixture(scope="module")
def own_state(request: pytest.FixtureRequest, own_server: Server, browser: Browser) -> Any:
    """The cookies of its user, for whom the file's function `arrange(tab)` has made what its tests need."""
    context = browser.new_context()
    tab = Tab(context.new_page(), own_server.url)
    set_up(tab, own_server.setup_link)
    request.module.arrange(tab)
    tab.assert_clean()
    state = context.storage_state()
    close_profile(context)
    return state


@pytest.fixture
def open_tab(
    new_context: Callable[..., BrowserContext], own_server: Server, own_state: Any
) -> Iterator[NewTab]:
    """Opens watched tabs of that user, each in a profile with the given options."""
    yield from _watched(new_context, own_server, own_state)


@pytest.fixture
def new_context(browser: Browser) -> Iterator[Callable[..., BrowserContext]]:
    """Makes browser profiles that are closed after the test."""
    contexts: list[BrowserContext] = []

    def make(**options: Any) -> BrowserContext:
        context = browser.new_context(**({"viewport": DESKTOP} | options))
        contexts.append(context)
        return context

    yield make
    for context in contexts:
        close_profile(context)


@pytest.fixture
def new_tab(new_context: Callable[..., BrowserContext], server: Server, state: Any) -> Iterator[NewTab]:
    """Opens watched tabs of the signed-in user, each in a profile with the given options."""
    yield from _watched(new_context, server, state)


def _watched(new_context: Callable[..., BrowserContext], server: Server, state: Any) -> Iterator[NewTab]:
    tabs: list[Tab] = []

    def make(**options: Any) -> Tab:
        tab = Tab(new_context(storage_state=state, **options).new_page(), server.url)
        tabs.append(tab)
        return tab

    yield make
    for tab in tabs:
        tab.assert_clean()
