"""The database: there, writable, migrated, set as it must be, and at the same time as this machine."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db import DatabaseError, Error, connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.db.models import F
from django.utils import timezone

from maestro.doctor.finding import Finding, ok, problem, warning
from sessions_app.models import Installation

TOPIC = "database"
_OLDEST_POSTGRESQL = 140_000  # what this version of Django supports
_MOST_USED = 0.9  # of the connections that the server allows
_CLOCK_WARNING_S, _CLOCK_PROBLEM_S = 2.0, 30.0
_CHECK_ADDRESS = "Check DATABASE_URL and MAESTRO_DATA_DIR, and that the database server runs."


def is_reachable() -> Iterator[Finding]:
    """Whether anything answers at all."""
    try:
        connection.ensure_connection()
    except Error as error:
        yield problem(TOPIC, f"The database does not answer ({_kind(error)}).", _CHECK_ADDRESS)
    else:
        yield ok(TOPIC, f"{connection.display_name} answers.")


def is_migrated() -> Iterator[Finding]:
    """Whether tables and program are of one version."""
    loader = (executor := MigrationExecutor(connection)).loader
    waiting = executor.migration_plan(loader.graph.leaf_nodes())
    ours = loader.migrated_apps
    newer = [key for key in loader.applied_migrations if key[0] in ours and key not in loader.disk_migrations]
    if waiting:
        yield problem(
            TOPIC, f"Migrations that are missing: {len(waiting)}.", "Run manage.py migrate, then restart."
        )
    elif newer:
        yield problem(
            TOPIC,
            "The database was made by a newer version of Maestro.",
            "Start that version, or restore a backup of this one.",
        )
    else:
        yield ok(TOPIC, "All migrations are applied.")


def is_writable() -> Iterator[Finding]:
    """Whether a change is taken; it is taken back."""
    try:
        with transaction.atomic():
            Installation.objects.update(hold_reason=F("hold_reason"))
            transaction.set_rollback(True)
    except DatabaseError as error:
        yield problem(
            TOPIC,
            f"The database cannot be written ({_kind(error)}), so no refreshed token can be stored.",
            "Check the rights on the file, free disk space, and that this is not a read-only replica.",
        )
    else:
        yield ok(TOPIC, "It can be written.")


def is_set_well() -> Iterator[Finding]:
    """SQLite's durability, or PostgreSQL's version and connections."""
    yield from _sqlite() if connection.vendor == "sqlite" else _postgresql()


def has_our_time() -> Iterator[Finding]:
    """Tokens are refreshed by the clock, so two of them that differ cost logins."""
    if connection.vendor != "postgresql":
        return
    asked_at = timezone.now()
    theirs = _one("SELECT clock_timestamp()")
    apart_s = abs((theirs - asked_at).total_seconds())
    advice = "Let NTP set the clocks of both machines."
    said = f"The clocks of this machine and of the database differ by {apart_s:.0f} s."
    if apart_s >= _CLOCK_PROBLEM_S:
        yield problem("clock", said, advice)
    elif apart_s >= _CLOCK_WARNING_S:
        yield warning("clock", said, advice)
    else:
        yield ok("clock", "This machine and the database have the same time.")


def _sqlite() -> Iterator[Finding]:
    wanted = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}
    found = {name: _one(f"PRAGMA {name}") for name in wanted}
    wrong = [f"{name} is {found[name]}" for name in wanted if found[name] != wanted[name]]
    if wrong:
        yield problem(
            TOPIC,
            f"SQLite is not durable here: {', '.join(wrong)}.",
            "Put MAESTRO_DATA_DIR on a local disk; network folders do not allow what SQLite needs.",
        )
    else:
        yield ok(TOPIC, "SQLite keeps what it was told, also when the power fails.")


def _postgresql() -> Iterator[Finding]:
    version = int(_one("SHOW server_version_num"))
    if version < _OLDEST_POSTGRESQL:
        yield problem(TOPIC, f"PostgreSQL {version // 10_000} is too old.", "Use PostgreSQL 14 or newer.")
    most, used = int(_one("SHOW max_connections")), int(_one("SELECT count(*) FROM pg_stat_activity"))
    if used >= _MOST_USED * most:
        yield warning(
            TOPIC,
            f"{used} of {most} connections of the PostgreSQL server are in use.",
            "Raise max_connections, or start fewer processes.",
        )
    else:
        yield ok(TOPIC, f"PostgreSQL {version // 10_000}, {used} of {most} connections in use.")


def _one(sql: str) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        row = cursor.fetchone()
    return row[0] if row else None


def _kind(error: Exception) -> str:
    """The first line of what the driver says; it names host and file, never a password."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
