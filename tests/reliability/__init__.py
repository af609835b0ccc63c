"""Faults on purpose: real processes, killed, stopped, cut off, against a token endpoint that counts.

Each test has a fast form, which runs with all others, and a full one (marker `reliability`, `make reliability`)
whose figures end up in docs/reliability.md. Both run on SQLite, and on PostgreSQL where there is a server.
"""

from __future__ import annotations
