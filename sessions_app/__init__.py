"""Keeps named provider sessions: login, refresh, encryption, test, delete. Knows nothing of conversations."""

from __future__ import annotations
