"""Where scenes are played: servers that are started when the first scene needs them, and tabs of whoever looks.

"ada" is signed in where everything is (stage.py), "nobody" is not; "newcomer" has an account and no session, "first" has the
set-up link and no account.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser

from tests.browser import scenes
from tests.browser.conftest import FREE_LIMITS
from tests.browser.scenes import Scene
from tests.browser.scenes.stage import set_stage
from tests.browser.steps import Tab, close_profile, set_up
from tests.system.servers import Server, running_server

for _file in pkgutil.iter_modules(scenes.__path__):  # all of them, so that none is forgotten
    importlib.import_module(f"{scenes.__name__}.{_file.name}")

SIZES: dict[str, dict[str, Any]] = {
    "desktop": {"viewport": {"width": 1280, "height": 860}},
    "phone": {"viewport": {"width": 390, "height": 844}, "has_touch": True},
}


class Theatre:
    """Servers below `folder`; `close` them by leaving `open_theatre`."""

    def __init__(self, browser: Browser, folder: Path, stack: ExitStack) -> None:
        self._browser, self._folder, self._stack = browser, folder, stack

    def _server(self, name: str) -> Server:
        running = running_server(self._folder / name, **FREE_LIMITS)
        return self._stack.enter_context(running)

    @cached_property
    def _ada(self) -> tuple[Server, Any]:
        server = self._server("stage")
        return server, set_stage(server, self._browser)

    @cached_property
    def _newcomer(self) -> tuple[Server, Any]:
        server = self._server("newcomer")
        context = self._browser.new_context()
        set_up(Tab(context.new_page(), server.url), server.setup_link)
        state = context.storage_state()
        close_profile(context)
        return server, state

    @cached_property
    def _first(self) -> tuple[Server, None]:
        return self._server("first"), None

    @contextmanager
    def tab(self, scene: Scene, size: str, **options: Any) -> Iterator[Tab]:
        """A tab of the size in which `scene` can be played, closed afterwards."""
        places = {"ada": "_ada", "nobody": "_ada", "newcomer": "_newcomer", "first": "_first"}
        server, state = getattr(self, places[scene.whose])
        context = self._browser.new_context(
            storage_state=None if scene.whose == "nobody" else state, **SIZES[size], **options
        )
        try:
            tab = Tab(context.new_page(), server.url)
            tab.link = server.setup_link if scene.whose == "first" else ""
            yield tab
        finally:
            close_profile(context)


@contextmanager
def open_theatre(browser: Browser, folder: Path) -> Iterator[Theatre]:
    """A theatre whose servers end with it."""
    with ExitStack() as stack:
        yield Theatre(browser, folder, stack)
