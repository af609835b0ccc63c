"""Every decision about sessions. Doors call these; these call providers and rows, never a door."""

from __future__ import annotations
