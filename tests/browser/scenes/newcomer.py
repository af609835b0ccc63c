"""What somebody sees who has just begun."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.scenes import scene
from tests.browser.steps import Tab


@scene(point=10, turn=1, caption="The set-up link of the first start makes the first account.", whose="first")
def set_up_an_account(tab: Tab) -> None:
    tab.page.goto(tab.link)
    tab.page.fill("#id_username", "ada")
    expect(tab.page.locator("#id_password2")).to_be_visible()


@scene(whose="first")
def account_that_is_refused(tab: Tab) -> None:
    set_up_an_account(tab)
    tab.page.fill("#id_password1", "short")
    tab.page.fill("#id_password2", "short")
    tab.page.click("main button[type=submit]")
    expect(tab.page.locator("#id_password2_error")).to_be_visible()


@scene(
    point=10,
    turn=2,
    caption="Three fields make the first session; where the simulator is on, one click does.",
    whose="newcomer",
)
def first_session(tab: Tab) -> None:
    tab.open()
    expect(tab.page.get_by_role("button", name="Try it without an account")).to_be_visible()


@scene(whose="newcomer")
def where_a_key_comes_from(tab: Tab) -> None:
    first_session(tab)
    tab.page.click("#empty summary")
    expect(tab.page.locator("#empty .kv")).to_be_visible()


@scene(whose="newcomer")
def board_without_sessions(tab: Tab) -> None:
    tab.open("/sessions/")
    expect(tab.page.locator("#id_auth_type_0, [name=auth_type]").first).to_be_visible()


@scene(whose="newcomer")
def usage_of_nothing(tab: Tab) -> None:
    tab.open("/sessions/usage/")
    expect(tab.page.locator("main")).to_contain_text("Nothing was used")


@scene(whose="newcomer")
def activity_of_nobody(tab: Tab) -> None:
    tab.open("/sessions/activity/")
    expect(tab.page.locator("main")).to_contain_text("Nothing is on record yet")
