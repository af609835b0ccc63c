"""Commands that belong to the whole product."""

from __future__ import annotations
