"""Keeps conversations and runs generations through a session, so that no answer is lost."""

from __future__ import annotations
