"""Tests of the app that keeps provider sessions."""

from __future__ import annotations
