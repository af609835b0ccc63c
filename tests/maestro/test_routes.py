"""Every path of the product: what it gives to nobody. A new one that is not listed here fails."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

ZERO = "00000000-0000-0000-0000-000000000000"
# For everybody: signing in, the one-time link, words of scripts, probes.
OPEN = {"login", "admin_login", "logout", "setup", "script_words", "healthz", "readyz"}
# For those who are signed in. Owners are told apart in the matrices of the two apps.
SIGNED_IN = {
    "password_change",
    *(f"chat:{name}" for name in ("home", "conversation", "rename", "pin", "archive", "delete", "restore", "erase", "archived", "older", "search", "send", "compare")),
    *(f"chat:{name}" for name in ("pick", "beside", "stop", "again", "show", "remove", "branch", "earlier", "queue", "settings", "estimate", "upload", "attachment", "running", "usage")),
    *(f"sessions:{name}" for name in ("list", "add", "try", "activity", "attention", "usage", "usage_csv", "detail", "login", "test", "refresh", "rename", "defaults")),
    *(f"sessions:{name}" for name in ("replace_key", "key_date", "budget", "enable", "disable", "revoke", "delete", "models")),
}  # fmt: skip
# For staff, or with a token of its own (tests/maestro/metrics).
STAFF = {"metrics"}
ADMIN = "admin"


def routes(resolver: URLResolver, prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    """Every pattern below `resolver` with its full name."""
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{prefix}{pattern.namespace}:" if pattern.namespace else prefix
            yield from routes(pattern, inner)
        else:
            yield f"{prefix}{pattern.name}", pattern


FOUND = dict(routes(get_resolver()))
OF_THE_ADMIN = sorted(name for name in FOUND if name.startswith(f"{ADMIN}:") and "None" not in name)


def path_of(name: str) -> str:
    if name == "admin:app_list":  # a regular expression instead of converters
        return reverse(name, args=["auth"])
    converters = FOUND[name].pattern.converters
    values = {key: _example(str(type(converter).__name__)) for key, converter in converters.items()}
    return reverse(name, kwargs=values) if values else reverse(name)


def _example(converter: str) -> str | int:
    return {"UUIDConverter": ZERO, "IntConverter": 1}.get(converter, "x")


def test_every_route_is_listed() -> None:
    assert {name for name in FOUND if not name.startswith(f"{ADMIN}:")} == OPEN | SIGNED_IN | STAFF


@pytest.mark.django_db
@pytest.mark.parametrize("name", sorted(STAFF))
@pytest.mark.parametrize("method", ["get", "post"])
def test_what_is_for_staff_is_there_for_nobody_else(name: str, method: str) -> None:
    assert getattr(Client(), method)(path_of(name)).status_code in {404, 405}


@pytest.mark.django_db
@pytest.mark.parametrize("name", sorted(SIGNED_IN))
@pytest.mark.parametrize("method", ["get", "post"])
def test_nobody_is_sent_to_the_login_or_refused(name: str, method: str) -> None:
    answer = getattr(Client(), method)(path_of(name))
    assert answer.status_code in {302, 401, 405}, name
    assert answer.status_code != 302 or answer["Location"].startswith("/accounts/login/")


@pytest.mark.django_db
def test_the_admin_asks_nobody_in() -> None:
    open_to_all = {"admin:login", "admin:logout", "admin:jsi18n"}
    for name in [one for one in OF_THE_ADMIN if one not in open_to_all]:
        assert Client().get(path_of(name)).status_code in {302, 404}, name
