"""The command that checks a session from end to end, against a Claude and a GPT that are not ours."""

from __future__ import annotations

from io import StringIO

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from pytest_django import Settings

from providers.credentials import Secret
from sessions_app.services.sessions import create_session

pytestmark = [pytest.mark.oracle, pytest.mark.django_db(transaction=True)]

KEYS = {"anthropic": "sk-ant-api03-not-a-real-one-0000", "openai": "sk-proj-not-a-real-one-0000000000"}


@pytest.mark.parametrize(
    ("provider", "path", "model", "header"),
    [
        ("anthropic", "", "claude-3-5-sonnet-20241022", "anthropic-version: 2023-06-01"),
        ("openai", "/v1", "gpt-4o", "authorization: Bearer sk-proj-…0000"),
    ],
)
def test_session_by_key_passes_from_end_to_end(
    aimock: str, settings: Settings, provider: str, path: str, model: str, header: str
) -> None:
    settings.MAESTRO_PROVIDERS = {provider: {"base_url": aimock + path}}
    create_session(
        owner=User.objects.create_user("ada"),
        provider=provider,
        auth_type="api_key",
        name="other",
        api_key=Secret(KEYS[provider]),
        default_model=model,
    )
    shown = StringIO()
    call_command("e2e", session="other", stdout=shown, stderr=shown)
    text = shown.getvalue()
    assert "The capital of France is Paris." in text
    assert "2. Bezahlen" in text
    assert "Everything worked." in text
    assert header in text
    assert KEYS[provider] not in text
