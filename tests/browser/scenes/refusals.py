"""Pages for what cannot be: a request that is refused, an address that is not let in, a server that broke."""

from __future__ import annotations

from django.template.loader import render_to_string
from playwright.sync_api import expect

from tests.browser.scenes import scene
from tests.browser.steps import Tab, sign_in
from tests.support import plain


def _answered(tab: Tab, page: str) -> None:
    """Show a page that the browser cannot ask for by itself, as if the server had sent it."""
    tab.page.route("**/answered/", lambda route: route.fulfill(content_type="text/html", body=page))
    tab.page.goto(f"{tab.url}/answered/")


@scene(whose="nobody")
def not_for_you(tab: Tab) -> None:
    sign_in(tab, name="grace")
    tab.page.goto(f"{tab.url}/admin/")
    expect(tab.page.locator("h1")).to_have_text("This page is not for you")


@scene()
def form_without_a_cookie(tab: Tab) -> None:
    tab.open("/accounts/password/")
    tab.page.context.clear_cookies(name="csrftoken")
    tab.page.locator("main form").evaluate("form => { form.noValidate = true; form.requestSubmit(); }")
    expect(tab.page.locator("h1")).to_have_text("Your browser sent no cookie")


@scene(whose="nobody")
def address_that_is_not_set_up(tab: Tab) -> None:
    refused = plain.get(tab.url, headers={"Host": "maestro.example"})
    _answered(tab, refused.text)
    expect(tab.page.locator("h1")).to_have_text("This address is not set up")


@scene(whose="nobody")
def something_broke(tab: Tab) -> None:
    _answered(tab, render_to_string("500.html"))
    expect(tab.page.locator("h1")).to_have_text("Something broke on our side")
