"""One file with everything that the database holds, and the way back. Keys are never part of it.

`archive` knows the file, `sqlite` and `postgres` how each database is copied, `making` and `restoring`
the order of steps. Nothing here sends a token: what is restored begins on hold.
"""

from __future__ import annotations
