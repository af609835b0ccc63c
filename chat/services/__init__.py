"""What the doors of the chat may ask for. Every function is scoped to a user and raises `ChatError`."""

from __future__ import annotations
