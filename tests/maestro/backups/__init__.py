"""Backups: the file, and both commands."""

from __future__ import annotations
