"""Signing in and out, and the one-time link that makes the first user. Users are Django's own."""

from __future__ import annotations
