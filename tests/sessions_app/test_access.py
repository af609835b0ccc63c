"""Every path of the app × everybody who might ask."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import URLPattern, reverse

from sessions_app import urls
from sessions_app.models import ProviderSession

OF_ONE_SESSION = {
    "detail": "GET", "login": "GET", "test": "POST", "refresh": "POST", "rename": "POST", "defaults": "POST",
    "replace_key": "GET", "key_date": "POST", "budget": "POST", "enable": "POST", "disable": "POST", "revoke": "POST", "delete": "GET", "models": "GET",
}  # fmt: skip
OF_NONE = {
    "list": "GET",
    "add": "GET",
    "try": "POST",
    "activity": "GET",
    "attention": "GET",
    "usage": "GET",
    "usage_csv": "GET",
}
CHANGES = ("test", "refresh", "rename", "defaults", "key_date", "budget", "enable", "disable", "revoke")


def ask(client: Client, name: str, session: ProviderSession | None, method: str) -> int:
    path = reverse(f"sessions:{name}", args=[session.id] if session else [])
    return client.generic(method, path).status_code


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_every_path_is_in_this_matrix() -> None:
    names = {pattern.name for pattern in urls.urlpatterns if isinstance(pattern, URLPattern)}
    assert names == OF_ONE_SESSION.keys() | OF_NONE.keys()


@pytest.mark.parametrize("asking", ["other_user", "staff"])
def test_another_users_session_is_absent(
    api_session: ProviderSession, asking: str, request: pytest.FixtureRequest
) -> None:
    client, before = signed_in(request.getfixturevalue(asking)), ProviderSession.objects.values().get()
    for name, usual in OF_ONE_SESSION.items():
        for method in ("GET", "POST"):
            expected = {404} if method == usual else {404, 405}
            assert ask(client, name, api_session, method) in expected, name
    assert ProviderSession.objects.values().get() == before


def test_strangers_are_sent_to_the_login(api_session: ProviderSession, user: User) -> None:
    deactivated = signed_in(user)
    User.objects.filter(pk=user.pk).update(is_active=False)
    for name in (*OF_ONE_SESSION, *OF_NONE):
        session = api_session if name in OF_ONE_SESSION else None
        for method in ("GET", "POST"):
            assert ask(Client(), name, session, method) == 302, name
        assert ask(deactivated, name, session, "GET") == 302, name


def test_changes_are_posts(api_session: ProviderSession) -> None:
    client = signed_in(api_session.owner)
    assert {ask(client, name, api_session, "GET") for name in CHANGES} == {405}
    assert ask(client, "try", None, "GET") == 405


def test_posts_need_the_csrf_token(api_session: ProviderSession) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(api_session.owner)
    for name in (*CHANGES, "delete", "login", "replace_key"):
        assert ask(client, name, api_session, "POST") == 403, name
    assert ask(client, "try", None, "POST") == 403


def test_the_admins_paths_need_staff(api_session: ProviderSession) -> None:
    client = signed_in(api_session.owner)
    for name in ("change", "login", "key"):
        path = reverse(f"admin:sessions_app_providersession_{name}", args=[api_session.id])
        assert client.get(path).status_code == 302
