"""The chat's user, session and simulator."""

from __future__ import annotations

from tests.chat.conftest import owner, session, upstream

__all__ = ["owner", "session", "upstream"]
