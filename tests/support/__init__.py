"""What several test modules share: servers, fixtures, and ways to wait."""

from __future__ import annotations
