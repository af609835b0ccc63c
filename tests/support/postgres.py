"""A database of its own on a PostgreSQL server, for one test, and a word on whether the server is there.

`python -m tests.support.postgres URL` exits with 0 if it answers.
"""

from __future__ import annotations

import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

CONNECT_LIMIT_S = 3


def answers(url: str) -> bool:
    """Whether a PostgreSQL server takes connections at `url`."""
    try:
        psycopg.connect(url, connect_timeout=CONNECT_LIMIT_S).close()
    except psycopg.OperationalError:
        return False
    return True


@contextmanager
def own_database(url: str) -> Iterator[str]:
    """The URL of a fresh, empty database; dropped at the end, whoever is still connected."""
    name = f"maestro_test_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(url, autocommit=True, connect_timeout=CONNECT_LIMIT_S) as server:
        server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            yield urlunsplit(urlsplit(url)._replace(path=f"/{name}"))
        finally:
            server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


if __name__ == "__main__":
    sys.exit(0 if answers(sys.argv[1]) else 1)
