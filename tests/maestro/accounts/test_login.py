"""Signing in, and how guessing is slowed down."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.test import Client
from pytest_django import Settings

pytestmark = pytest.mark.django_db
PASSWORD = "a-long-passphrase"


@pytest.fixture(autouse=True)
def _account(settings: Settings) -> Iterator[None]:
    settings.MAESTRO_LOGINS_PER_MINUTE = 3
    cache.clear()
    User.objects.create_user("ada", password=PASSWORD)
    yield
    cache.clear()


def _sign_in(client: Client, username: str, password: str, **extra: str) -> int:
    return client.post("/accounts/login/", {"username": username, "password": password}, **extra).status_code


def test_right_password_signs_in(client: Client) -> None:
    assert _sign_in(client, "ada", PASSWORD) == 302


@pytest.mark.parametrize("username", ["ada", "nobody"])
def test_guessing_is_stopped_for_known_and_unknown_names_alike(client: Client, username: str) -> None:
    assert [_sign_in(client, username, "guess") for _ in range(4)] == [200, 200, 200, 429]


def test_right_password_waits_too_while_throttled(client: Client) -> None:
    for _ in range(3):
        _sign_in(client, "ada", "guess")
    assert _sign_in(client, "ada", PASSWORD) == 429


def test_success_forgets_the_failures_before_it(client: Client) -> None:
    for _ in range(2):
        _sign_in(client, "ada", "guess")
    assert _sign_in(client, "ada", PASSWORD) == 302
    assert [_sign_in(Client(), "ada", "guess") for _ in range(3)] == [200, 200, 200]


def test_one_address_cannot_try_many_names(client: Client) -> None:
    assert [_sign_in(client, f"name{number}", "guess") for number in range(13)][-1] == 429


def test_other_addresses_are_not_affected(client: Client) -> None:
    for _ in range(4):
        _sign_in(client, "ada", "guess")
    assert _sign_in(Client(), "ada", PASSWORD, REMOTE_ADDR="127.0.0.9") == 302


def test_the_addresses_of_one_ipv6_network_count_together(client: Client) -> None:
    def guess(address: str) -> int:
        return _sign_in(client, "ada", "guess", REMOTE_ADDR=address)

    assert [guess(f"2001:db8::{number}") for number in range(1, 5)] == [200, 200, 200, 429]
    assert guess("2001:db8:0:1::1") == 200
    assert [guess("::ffff:192.0.2.1"), guess("192.0.2.1"), guess("::ffff:192.0.2.1"), guess("192.0.2.1")][
        -1
    ] == 429
    assert guess("::ffff:192.0.2.2") == 200
    assert [guess("unix") for _ in range(4)][-1] == 429


def test_password_change_signs_other_browsers_out(client: Client) -> None:
    other = Client()
    for browser in (client, other):
        _sign_in(browser, "ada", PASSWORD)
    new = "another-long-passphrase"
    answers = {"old_password": PASSWORD, "new_password1": new, "new_password2": new}
    assert client.post("/accounts/password/", answers).status_code == 302
    assert client.get("/").status_code == 200
    assert other.get("/").status_code == 302


def test_the_admin_has_no_door_without_the_limit(client: Client) -> None:
    for _ in range(4):  # the limit is 3
        answer = client.post("/admin/login/", {"username": "ada", "password": "wrong"})
        assert answer.status_code == 302
        assert answer["Location"] == "/accounts/login/?next=/admin/"


def test_the_admin_is_closed_to_users_who_are_not_staff(client: Client) -> None:
    client.force_login(User.objects.get())
    assert client.get("/admin/", follow=True).status_code == 403
    User.objects.update(is_staff=True)
    assert client.get("/admin/login/")["Location"] == "/admin/"
