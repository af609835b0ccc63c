"""Records of usage for tests, and the words of a page."""

from __future__ import annotations

import re
import uuid
from decimal import Decimal

from django.utils import timezone

from sessions_app.models import ProviderSession, UsageRecord


def text_of(page: bytes) -> str:
    """What is written on it, without the tags."""
    return " ".join(re.sub(r"<[^>]+>", " ", page.decode()).split())


def record(session: ProviderSession, **columns: object) -> UsageRecord:
    base = {
        "run_id": uuid.uuid4(), "at": timezone.now(), "owner": session.owner, "session_id": session.pk,
        "session_name": session.name, "session_initials": session.initials, "session_color": session.color,
        "provider": session.provider, "model": "claude-sonnet-5-5", "input_tokens": 38_000, "output_tokens": 120,
        "cache_write_tokens": 0, "cache_read_tokens": 0, "cost": Decimal("0.41"),
    }  # fmt: skip
    return UsageRecord(**base | columns)


def used(session: ProviderSession, **columns: object) -> None:
    record(session, **columns).save()
