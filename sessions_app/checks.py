"""System checks: do the keys open the database, does something lie in the rescue journal, is a switch of tests set?"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from django.core import checks
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import DatabaseError

from sessions_app import faults
from sessions_app.services import keys, rescue


@register(Tags.database)
def check_canary(
    app_configs: Sequence[Any] | None, databases: Sequence[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """A warning and no error, because the server must start and say so on its pages."""
    if "default" not in (databases or ()):
        return []
    try:
        are_wrong = keys.are_wrong()
    except DatabaseError:
        return []  # not reachable or not migrated; others say so
    hint = "manage.py check_keys says what cannot be read."
    return [checks.Warning(keys.DO_NOT_FIT, hint=hint, id="sessions_app.W001")] if are_wrong else []


@register(Tags.compatibility)
def check_journal(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[CheckMessage]:
    """Nothing lies in the rescue journal that nobody could store."""
    aside = rescue.journal().aside
    if not aside.exists():
        return []
    hint = (
        f"They lie in {aside}: written by another key or for another database, or cut off by a crash. A session that "
        "needs login after that must be connected again; then remove the file."
    )
    return [
        checks.Warning(
            "Some lines of the rescue journal could not be used.", hint=hint, id="sessions_app.W002"
        )
    ]


@register(Tags.security, deploy=True)
def check_faults(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[CheckMessage]:
    """The variable that lets tests plant faults has no place in production, where it does nothing."""
    if faults.VARIABLE not in os.environ:
        return []
    return [
        Error(
            f"{faults.VARIABLE} is set, which belongs to tests.",
            hint=f"Remove {faults.VARIABLE} from the environment.",
            id="sessions_app.E002",
        )
    ]
