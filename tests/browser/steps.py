"""What a person does in the browser, and a tab that remembers what went wrong in it."""

from __future__ import annotations

import re
from contextlib import suppress
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Error, Locator, Page, Request, expect

PASSWORD = "correct horse battery staple"
SLOW_MS = 30_000
# How long to wait for what must come. The default of 5 s is about a machine's load, not about the page.
expect.set_options(timeout=SLOW_MS)
OWN_SCHEMES = ("data", "blob", "about")


class Tab:
    """A page with ears: console errors, exceptions, dialogs and requests to other hosts are collected."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url
        self.link = ""  # the set-up link, while there is no user
        self.problems: list[str] = []
        self.expected = re.compile(r"(?!)")
        page.set_default_timeout(SLOW_MS)
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.problems.append(f"exception: {error}"))
        page.on("request", self._request)
        page.on("dialog", lambda dialog: (self.problems.append("a dialog opened"), dialog.dismiss()))

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.problems.append(f"console: {message.text} {message.location}")

    def _request(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme not in OWN_SCHEMES and parts.netloc != urlsplit(self.url).netloc:
            self.problems.append(f"request to another host: {request.url}")

    def assert_clean(self) -> None:
        """Nothing happened but what the test said it expects."""
        found = [problem for problem in self.problems if not self.expected.search(problem)]
        assert not found, "\n".join(found)

    def open(self, path: str = "/") -> Tab:
        """Go there and, in the chat, wait for the socket."""
        self.page.goto(self.url + path if path.startswith("/") else path)
        if self.page.locator("#composer").count():
            self.page.wait_for_selector("body[data-connection=ready]")
        return self

    def ask(self, prompt: str) -> Locator:
        """Type it, send it with Enter, or with the button where Enter makes a new line; the answer that begins."""
        before = self.answers.count()
        self.page.fill("#prompt", prompt)
        if self.page.evaluate("matchMedia('(hover: none)').matches"):
            self.page.tap("#send")
        else:
            self.page.press("#prompt", "Enter")
        expect(self.answers).to_have_count(before + 1)
        return self.answers.nth(before)

    def ask_to_the_end(self, prompt: str, *, status: str = "complete") -> Locator:
        """The answer, when it is over."""
        answer = self.ask(prompt)
        expect(answer).to_have_attribute("data-status", status, timeout=SLOW_MS)
        return answer

    @property
    def answers(self) -> Locator:
        return self.page.locator("#messages .answer")


def close_profile(context: BrowserContext) -> None:
    """Close it for good. Chromium sometimes never says that it did while a page of it is on its way to another one, so
    its pages stop at an empty one first."""
    for page in context.pages:
        with suppress(Error):  # it was interrupted, which is as good
            page.goto("about:blank")
    context.close()


def text_of(answer: Locator) -> str:
    """The answer's text as it is shown."""
    return answer.locator(".prose").inner_text()


def set_up(tab: Tab, link: str) -> None:
    """The first user, through the link that the server printed."""
    tab.page.goto(link)
    tab.page.fill("#id_username", "ada")
    tab.page.fill("#id_password1", PASSWORD)
    tab.page.fill("#id_password2", PASSWORD)
    tab.page.click("main button[type=submit]")
    tab.page.wait_for_selector("#composer")


def sign_in(tab: Tab, path: str = "/", *, name: str = "ada") -> None:
    """Through the login page, on the way to `path`."""
    tab.page.goto(f"{tab.url}/accounts/login/?next={path}")
    tab.page.fill("#id_username", name)
    tab.page.fill("#id_password", PASSWORD)
    tab.page.click("main button[type=submit]")
    tab.page.wait_for_url(tab.url + path)


def add_session(tab: Tab, name: str, *, auth_type: str, key: str = "", provider: str = "simulator") -> None:
    """Fill the form of the sessions page."""
    tab.page.goto(tab.url + "/sessions/add/")
    tab.page.select_option("#id_provider", provider)
    tab.page.check(f"input[name=auth_type][value={auth_type}]")
    tab.page.fill("#id_name", name)
    if key:
        tab.page.fill("#id_api_key", key)
    tab.page.click("main form button[type=submit]")
    tab.page.wait_for_url(lambda url: not url.endswith("/add/"))


def from_menu(tab: Tab, deed: str) -> None:
    """Choose something in the menu of the conversation that the page shows."""
    tab.page.click("#more")
    tab.page.click(f"#conversation-menu [data-deed={deed}]")


def rename(tab: Tab, title: str) -> None:
    """Give the shown conversation another title."""
    from_menu(tab, "rename")
    tab.page.fill("#rename-title", title)
    tab.page.click("#rename-form button[type=submit]")
    expect(tab.page.locator("#title")).to_have_text(title)


def add_key_session(tab: Tab, name: str) -> None:
    add_session(tab, name, auth_type="api_key", key=f"sk-sim-{name}")


def add_oauth_session(tab: Tab, name: str) -> None:
    """Follow the link, allow, copy the code, paste it, as a person does."""
    add_session(tab, name, auth_type="oauth")
    link = tab.page.input_value("#login-link")
    popup = tab.page.context.new_page()
    popup.goto(link)
    popup.click("button")
    code = popup.locator("#code").inner_text()
    popup.close()
    tab.page.fill("#id_pasted", code)
    tab.page.click("main form button[type=submit].primary")
    tab.page.wait_for_url(lambda url: "/login/" not in url)


def choose_session(tab: Tab, name: str) -> None:
    """Pick who answers in the composer."""
    tab.page.click("#payer")
    tab.page.click(f"#picker-sessions label:has-text('{name}')")
    tab.page.keyboard.press("Escape")
    expect(tab.page.locator("#payer")).to_contain_text(name)
