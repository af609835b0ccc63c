"""Sessions with API keys made straight in the database, as many as a test of keys wants."""

from __future__ import annotations

from uuid import uuid4

from django.contrib.auth.models import User

from providers.credentials import ApiKeyCredential, Secret
from sessions_app.document import seal, unseal
from sessions_app.models import ProviderSession


def make_sessions(owner: User, count: int) -> list[ProviderSession]:
    """Sessions `keyed-0…` that work, each with the key `sk-<its number>`."""
    ids = [uuid4() for _ in range(count)]
    return ProviderSession.objects.bulk_create(
        ProviderSession(
            id=session_id, owner=owner, provider="simulator", auth_type="api_key", name=f"keyed-{number}",
            status="active", cred_version=1, credentials=seal(session_id, ApiKeyCredential(Secret(f"sk-{number}"))),
        )
        for number, session_id in enumerate(ids)
    )  # fmt: skip


def key_of(session: ProviderSession) -> str:
    """The API key that is stored for `session` now."""
    row = ProviderSession.objects.get(id=session.id)
    held = unseal(row.id, row.credentials)
    assert isinstance(held, ApiKeyCredential)
    return held.key.reveal()
