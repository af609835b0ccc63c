"""All checks in their order. One that breaks is a finding itself, and does not keep the others from being made."""

from __future__ import annotations

from collections.abc import Iterator

from django.db import Error

from maestro.doctor import background, database, server, sessions
from maestro.doctor.finding import Check, Finding, problem

_FIRST: tuple[Check, ...] = (database.is_reachable, database.is_migrated)
_OF_THE_DATABASE: tuple[Check, ...] = (
    database.is_writable,
    database.is_set_well,
    database.has_our_time,
    sessions.open_with_our_keys,
    sessions.belong_here,
    sessions.by_status,
    sessions.keys_that_end,
    background.tokens_are_refreshed,
    background.answers_go_on,
)
_OF_THE_SERVER: tuple[Check, ...] = (
    sessions.rescued_answers,
    background.redis_works,
    server.data_folder,
    server.disk_space,
    server.settings_are_safe,
    server.static_files_are_there,
    server.providers_are_set,
)


def examine(*, connect: bool = False) -> list[Finding]:
    """Every finding. `connect`: also send a request without credentials to each provider."""
    found = list[Finding]()
    for check in _FIRST:
        found += _made(check)
        if any(one.level == "problem" for one in found):
            break
    else:
        found += [finding for check in _OF_THE_DATABASE for finding in _made(check)]
    found += [finding for check in _OF_THE_SERVER for finding in _made(check)]
    return found + (list(_made(server.providers_answer)) if connect else [])


def _made(check: Check) -> Iterator[Finding]:
    try:
        yield from check()
    except (Error, OSError) as error:
        topic = check.__name__.replace("_", " ")
        said = f"This could not be looked at ({type(error).__name__})."
        yield problem(topic, said, "Look at the findings above; if there are none, run it again.")
