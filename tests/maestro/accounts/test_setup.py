"""The one-time set-up link."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.core import signing
from django.test import Client

from maestro.accounts import setup

pytestmark = pytest.mark.django_db
ANSWERS = {"username": "ada", "password1": "a-long-passphrase", "password2": "a-long-passphrase"}


def test_link_makes_the_first_user_and_signs_them_in(client: Client) -> None:
    answer = client.post(setup.link_path(), ANSWERS)
    assert (answer.status_code, answer["Location"]) == (302, "/")
    user = User.objects.get()
    assert (user.username, user.is_superuser) == ("ada", True)
    assert client.session["_auth_user_id"] == str(user.pk)


def test_link_is_dead_once_a_user_exists(client: Client) -> None:
    path = setup.link_path()
    User.objects.create_user("ada")
    assert client.get(path).status_code == 410
    assert client.post(path, ANSWERS | {"username": "eve"}).status_code == 410
    assert User.objects.count() == 1


def test_two_people_with_one_link_make_one_user() -> None:
    setup.create_first_user(username="ada", password="a-long-passphrase")
    with pytest.raises(setup.SetUpClosed):
        setup.create_first_user(username="eve", password="a-long-passphrase")


@pytest.mark.parametrize("token", ["x", signing.dumps("first user", salt="another")], ids=["noise", "salt"])
def test_made_up_link_is_refused(client: Client, token: str) -> None:
    assert client.post(f"/setup/{token}/", ANSWERS).status_code == 410
    assert not User.objects.exists()


def test_old_link_is_refused(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    path = setup.link_path()
    monkeypatch.setattr(setup, "LINK_LIFETIME_S", -1)
    assert client.get(path).status_code == 410


def test_weak_password_is_refused_with_the_reason(client: Client) -> None:
    answer = client.post(setup.link_path(), ANSWERS | {"password1": "12345", "password2": "12345"})
    assert answer.status_code == 200
    assert "too short" in answer.text
    assert not User.objects.exists()
