"""Sessions, usage and the account: the plain pages."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.scenes import scene
from tests.browser.steps import Tab


def open_session(tab: Tab, name: str, page: str = "") -> None:
    """The page of a session, through the board."""
    tab.open("/sessions/")
    link = tab.page.get_by_role("heading", name=name).get_by_role("link")
    tab.open(f"{link.get_attribute('href')}{page}")


@scene(point=2, caption="The board: how each session is, what is left of its limits and of its budget.")
def board(tab: Tab) -> None:
    tab.open("/sessions/")
    expect(tab.page.locator(".cards > .card")).to_have_count(4)


@scene(point=2, caption="One session: its budget, its defaults, its refreshes, who did what with it.")
def session(tab: Tab) -> None:
    open_session(tab, "home_claude")
    expect(tab.page.locator("#history-title")).to_be_visible()


@scene()
def session_by_key(tab: Tab) -> None:
    open_session(tab, "work_claude")
    expect(tab.page.locator("#key-title")).to_be_attached()


@scene()
def session_that_needs_login(tab: Tab) -> None:
    open_session(tab, "client_acme")
    expect(tab.page.get_by_role("link", name="Reconnect").first).to_be_visible()


@scene()
def log_in_at_the_provider(tab: Tab) -> None:
    open_session(tab, "client_acme", "login/")
    expect(tab.page.locator("#login-link")).to_be_visible()


@scene()
def code_that_is_refused(tab: Tab) -> None:
    log_in_at_the_provider(tab)
    tab.page.fill("#id_pasted", "nonsense")
    tab.page.click("main form button[type=submit].primary")
    expect(tab.page.locator("#id_pasted_error")).to_be_visible()


@scene()
def replace_a_key(tab: Tab) -> None:
    open_session(tab, "work_claude", "key/")
    expect(tab.page.locator("#id_api_key")).to_be_visible()


@scene()
def delete_a_session(tab: Tab) -> None:
    open_session(tab, "work_claude", "delete/")
    expect(tab.page.get_by_role("button", name="Delete the session")).to_be_visible()


@scene()
def add_a_session(tab: Tab) -> None:
    tab.open("/sessions/add/")
    expect(tab.page.locator("#id_name")).to_be_visible()


@scene()
def session_that_cannot_be_added(tab: Tab) -> None:
    add_a_session(tab)
    tab.page.fill("#id_name", "work_claude")
    tab.page.fill("#id_api_key", "sk-sim-revoked-1")
    tab.page.click("main form button[type=submit]")
    expect(tab.page.locator(".error").first).to_be_visible()


@scene()
def activity(tab: Tab) -> None:
    tab.open("/sessions/activity/")
    expect(tab.page.locator("table.list")).to_be_visible()


@scene(
    point=3, turn=1, caption="What was used, by session, model and day; the raw counters are a download away."
)
def usage(tab: Tab) -> None:
    tab.open("/sessions/usage/")
    expect(tab.page.locator(".chart rect").first).to_be_visible()


@scene()
def usage_with_a_wrong_period(tab: Tab) -> None:
    tab.open("/sessions/usage/?period=choose&first=2026-02-01&last=2026-01-01")
    expect(tab.page.locator("main [role=alert], main .error").first).to_be_visible()


@scene()
def password(tab: Tab) -> None:
    tab.open("/accounts/password/")
    tab.page.fill("#id_old_password", "wrong")
    tab.page.click("main button[type=submit]")
    expect(tab.page.locator("main .error, main .notice").first).to_be_visible()


@scene()
def nothing_here(tab: Tab) -> None:
    tab.open("/c/00000000-0000-4000-8000-000000000000/")
    expect(tab.page.locator("h1")).to_have_text("Nothing here")


@scene(whose="nobody")
def sign_in(tab: Tab) -> None:
    tab.page.goto(f"{tab.url}/accounts/login/")
    tab.page.fill("#id_username", "ada")
    tab.page.fill("#id_password", "wrong")
    tab.page.click("main button[type=submit]")
    expect(tab.page.locator("main .notice")).to_be_visible()


@scene(whose="nobody")
def set_up_link_that_is_used_up(tab: Tab) -> None:
    tab.page.goto(f"{tab.url}/setup/used/")
    expect(tab.page.get_by_role("link", name="Sign in")).to_be_visible()
