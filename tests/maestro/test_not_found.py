from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client

COOKIE = "a" * 32


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"no boundary", "multipart/form-data"),
        (b"a=1&" * 1_000_000, "application/x-www-form-urlencoded"),
        (b"", "multipart/form-data; boundary=" + "x" * 300),
        (b"a=1", "application/x-www-form-urlencoded"),
    ],
    ids=["no boundary", "too large", "long boundary", "form"],
)
def test_nothing_is_there_whatever_the_body(body: bytes, kind: str) -> None:
    browser = Client(enforce_csrf_checks=True, raise_request_exception=False)
    browser.force_login(User.objects.create_user("ada"))
    browser.cookies["csrftoken"] = COOKIE
    answer = browser.generic("POST", "/nothing/", body, content_type=kind, headers={"X-CSRFToken": COOKIE})
    assert answer.status_code == 404
