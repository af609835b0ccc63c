"""Speaks to AI vendors: plain Python, values in, values out.

Knows no database, no Django and no session id, so the same code runs in an event loop, a worker,
a command and a unit test. Callers reach a vendor through `registry.build_provider` and the record
`interface.Provider`; nothing outside this package names a vendor's module.
"""

from __future__ import annotations

__version__ = "0.1.0"  # the same as in pyproject.toml; a test compares them
