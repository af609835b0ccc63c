"""The operator's pages in the admin."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.scenes import scene
from tests.browser.steps import Tab

SESSIONS = "/admin/sessions_app/providersession/"


def open_in_admin(tab: Tab, name: str, page: str = "change/") -> None:
    """A page of a session, through the list."""
    tab.open(SESSIONS)
    href = tab.page.locator("#result_list").get_by_role("link", name=name).get_attribute("href") or ""
    tab.open(href.replace("change/", page))


@scene(point=10, turn=4, caption="The operator's first page: the same board for everybody's sessions.")
def admin_index(tab: Tab) -> None:
    tab.open("/admin/")
    expect(tab.page.locator(".board tbody tr")).to_have_count(4)


@scene()
def admin_sessions(tab: Tab) -> None:
    tab.open(SESSIONS)
    expect(tab.page.locator("#result_list tbody tr")).to_have_count(4)


@scene()
def admin_session(tab: Tab) -> None:
    open_in_admin(tab, "home_claude")
    expect(tab.page.locator(".session-actions").first).to_be_visible()


@scene()
def admin_add(tab: Tab) -> None:
    tab.open(f"{SESSIONS}add/")
    tab.page.fill("#id_name", "work_claude")
    tab.page.click("input[type=submit]")
    expect(tab.page.locator(".errorlist").first).to_be_visible()


@scene()
def admin_login(tab: Tab) -> None:
    open_in_admin(tab, "home_claude", "login/")
    expect(tab.page.locator("#login-link")).to_be_visible()


@scene()
def admin_key(tab: Tab) -> None:
    open_in_admin(tab, "work_claude", "key/")
    expect(tab.page.locator("#id_api_key")).to_be_visible()


@scene()
def admin_installation(tab: Tab) -> None:
    tab.open("/admin/sessions_app/installation/")
    expect(tab.page.locator("#content-main")).to_be_visible()


@scene()
def admin_activity(tab: Tab) -> None:
    tab.open("/admin/sessions_app/auditentry/")
    expect(tab.page.locator("#result_list")).to_be_visible()


@scene()
def admin_delete(tab: Tab) -> None:
    open_in_admin(tab, "client_acme", "delete/")
    expect(tab.page.locator("#content-main, #content").first).to_be_visible()
