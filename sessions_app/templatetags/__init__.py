"""What templates ask of this app."""

from __future__ import annotations
