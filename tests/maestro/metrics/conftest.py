"""The chat's user, session, simulator and runner."""

from __future__ import annotations

from tests.chat.conftest import owner, running, session, upstream

__all__ = ["owner", "running", "session", "upstream"]
