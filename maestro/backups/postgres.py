"""Copies and replaces the tables of a PostgreSQL database with its own programs: pg_dump, pg_restore, psql.

Replacing is one transaction, in which the sessions are quarantined too, so that no worker that runs
meanwhile sees them active. The password goes by the environment, which other users cannot read.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from maestro.backups.problems import BackupProblem
from sessions_app.enums import AuthType, Status
from sessions_app.models import ProviderSession
from sessions_app.services.instance import REASON

_LOCK_WAIT = "30s"
_LONGEST_REASON = 400


def dump(target: Path) -> None:
    """Copy Maestro's tables to `target`, in the state of one moment."""
    # Names as PostgreSQL reads them in a pattern: quoted, because they are names and not patterns.
    tables = [f'--table={_schema()}."{name}"' for name in _tables()]
    if not tables:
        raise BackupProblem("The database has no tables yet. Run manage.py migrate first.")
    _run("pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--file={target}", *tables)


def require_sound(path: Path) -> None:
    """Raises `BackupProblem` if pg_restore cannot read the dump."""
    _run("pg_restore", "--list", str(path))


def put_in_place(dump_file: Path, scratch: Path) -> None:
    """Replace Maestro's tables by those in the dump, with OAuth sessions quarantined; all or nothing."""
    drop, load, hold = (scratch / name for name in ("drop.sql", "load.sql", "hold.sql"))
    _run("pg_restore", "--no-owner", "--no-privileges", f"--file={load}", str(dump_file))
    names = ", ".join(f'"{_schema()}"."{name}"' for name in _tables())
    drop.write_text(
        f"SET LOCAL lock_timeout = '{_LOCK_WAIT}';\n" + (f"DROP TABLE {names} CASCADE;\n" if names else "")
    )
    hold.write_text(
        f'UPDATE "{_schema()}"."{ProviderSession._meta.db_table}" '  # noqa: S608  # constants of ours
        f"SET status = '{Status.QUARANTINED}', status_reason = '{REASON}' "
        f"WHERE auth_type = '{AuthType.OAUTH}' AND status IN ('{Status.ACTIVE}', '{Status.KEY_ERROR}');\n"
    )
    files = [argument for file in (drop, load, hold) for argument in ("--file", str(file))]
    connection.close()
    _run("psql", "--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1", *files)


def _tables() -> list[str]:
    names = connection.introspection.django_table_names(only_existing=True, include_views=False)
    recorder = MigrationRecorder(connection)
    return sorted({*names, *([recorder.Migration._meta.db_table] if recorder.has_table() else [])})


def _schema() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_schema()")
        return str(cursor.fetchone()[0])


def _run(program: str, *arguments: str) -> None:
    found = shutil.which(program)
    if found is None:
        raise BackupProblem(
            f"The program {program} is not installed. Install PostgreSQL's client programs, in the version of "
            "the server or newer (Debian: postgresql-client)."
        )
    ended = subprocess.run(  # noqa: S603  # found on the path, and the arguments are ours
        [found, *arguments], env=_environment(), capture_output=True, text=True, check=False
    )
    if ended.returncode:
        said = " ".join(ended.stderr.split())[:_LONGEST_REASON]
        raise BackupProblem(f"{program} failed, so nothing was changed. It says: {said}")


def _environment() -> dict[str, str]:
    """The environment that makes PostgreSQL's programs talk to the same database."""
    settings: dict[str, Any] = connection.settings_dict
    _, own = connection.client_class.settings_to_cmd_args_env(settings, [])
    wanted = {"PGHOST": "HOST", "PGPORT": "PORT", "PGUSER": "USER", "PGDATABASE": "NAME"}
    given = {variable: str(settings[key]) for variable, key in wanted.items() if settings.get(key)}
    return {**os.environ, **(own or {}), **given}
