"""Forms that the server does not take for its own: each reason has a page that says who can mend it."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client

pytestmark = pytest.mark.django_db
TOKEN = "a" * 32


@pytest.fixture
def browser() -> Client:
    client = Client(enforce_csrf_checks=True)
    client.force_login(User.objects.create_user("ada"))
    return client


def refused(browser: Client, **headers: str) -> str:
    answer = browser.post("/sessions/add/", headers=headers)
    assert answer.status_code == 403
    return answer.content.decode()


def test_a_browser_without_cookies_is_told_to_allow_them(browser: Client) -> None:
    assert "Allow them for this address" in refused(browser)


def test_a_form_from_before_another_login_is_to_be_reloaded(browser: Client) -> None:
    browser.cookies["csrftoken"] = TOKEN
    page = refused(browser, **{"X-CSRFToken": "b" * 32})
    assert "Go back, reload it, and send it again" in page
    assert "CSRF" not in page


@pytest.mark.parametrize("origin", ["https://testserver", "http://testserver:8443"])
def test_a_proxy_that_nobody_told_the_server_of_is_named_with_the_setting(
    browser: Client, origin: str
) -> None:
    browser.cookies["csrftoken"] = TOKEN
    page = refused(browser, **{"X-CSRFToken": TOKEN, "Origin": origin})
    assert f"add <code>{origin}</code> to <code>CSRF_TRUSTED_ORIGINS</code>" in page


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://[broken"])
def test_another_site_is_not_advertised(browser: Client, origin: str) -> None:
    browser.cookies["csrftoken"] = TOKEN
    page = refused(browser, **{"X-CSRFToken": TOKEN, "Origin": origin})
    assert "came from another site" in page
    assert origin not in page
    assert "CSRF_TRUSTED_ORIGINS" not in page
