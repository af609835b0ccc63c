"""System checks: wrong or missing settings, each with the variable to set.

Provider settings are checked always; what only matters in production runs with `check --deploy`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from typing import Any

from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error, Tags, register

from maestro import keys
from providers.errors import NotConfigured
from providers.registry import build_provider


@register(Tags.compatibility)
def check_providers(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[CheckMessage]:
    """Every provider can be built from its settings."""
    return list(_broken_providers())


def _broken_providers() -> Iterator[CheckMessage]:
    for name, values in settings.MAESTRO_PROVIDERS.items():
        try:
            build_provider(name, values)
        except NotConfigured as error:
            yield Error(error.message, hint="Correct the variable, or remove it.", id="maestro.E001")


@register(Tags.compatibility)
def check_redis(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[CheckMessage]:
    """The Redis URL has a scheme that every one of its users knows."""
    if not settings.REDIS_URL or settings.REDIS_URL.startswith(("redis://", "rediss://")):
        return []
    hint = "Write it as redis://host:6379/0, or rediss:// with TLS."
    return [Error("REDIS_URL is not the URL of a Redis server.", hint=hint, id="maestro.E002")]


@register(Tags.compatibility)
def check_unread_variables(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[CheckMessage]:
    """A misspelt variable changes nothing, and without a word its author would believe that it did."""
    return [
        checks.Warning(
            f"The variable {name} is set, and nothing reads it.", hint=_meant(name), id="maestro.W019"
        )
        for name in settings.UNREAD_VARIABLES
    ]


def _meant(name: str) -> str:
    near = get_close_matches(name, settings.KNOWN_VARIABLES, n=1)
    return f"Did you mean {near[0]}?" if near else "Remove it; .env.example lists those that are read."


@register(Tags.compatibility)
def check_host_names(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[CheckMessage]:
    """`ALLOWED_HOSTS` holds names; a whole address there matches nothing, and nobody would get in."""
    return [
        Error(
            f"ALLOWED_HOSTS has “{host}”, which is not the name of a host.",
            hint="Write the name alone, such as maestro.example: no https://, no port, no path.",
            id="maestro.E020",
        )
        for host in settings.ALLOWED_HOSTS
        if not _HOST.fullmatch(host)
    ]


# A name or `.name` for it and all below, an IPv4 address, an IPv6 address in brackets, or everything.
_HOST = re.compile(r"\*|\.?[\w.-]+|\[[0-9A-Fa-f:.]+\]")


@register(Tags.security)
def check_key_files(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[CheckMessage]:
    """Nobody but the server reads the keys in the data folder."""
    return [
        checks.Warning(
            f"Other users of this machine can read or change the key file {path} (mode {mode:o}).",
            hint=f"Run: chmod 600 {path}",
            id="maestro.W016",
        )
        for path, mode in keys.open_to_others(settings.MAESTRO_DATA_DIR)
    ]


@register(Tags.security)
def check_key_lengths(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[CheckMessage]:
    """A warning everywhere, because a key is harder to change once sessions are stored; an error in production."""
    names = {"SECRET_KEY": [settings.SECRET_KEY], "SALT_KEY": settings.SALT_KEY[:1]}
    return [
        checks.Warning(
            f"{name} has fewer than {keys.SHORTEST} characters.",
            hint="Change it before you add sessions, or later as README says under “Keys”.",
            id="maestro.W017",
        )
        for name, values in names.items()
        if any(len(value) < keys.SHORTEST for value in values)
    ]


@register(Tags.security)
def check_metrics_token(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[CheckMessage]:
    """A token that can be guessed would open `/metrics` to everybody."""
    if not settings.MAESTRO_METRICS_TOKEN or len(settings.MAESTRO_METRICS_TOKEN) >= keys.SHORTEST:
        return []
    hint = (
        f"Use at least {keys.SHORTEST} random characters, or leave it empty: then only staff read /metrics."
    )
    return [Error("MAESTRO_METRICS_TOKEN is too short.", hint=hint, id="maestro.E018")]


@register(Tags.security, deploy=True)
def check_keys(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[CheckMessage]:
    """Production has keys of its own, long ones, and two different ones."""
    if settings.KEYS_ARE_GENERATED:
        return [
            Error(
                "The keys were generated on this machine.",
                hint="Set SECRET_KEY and SALT_KEY, so that every process and your backup have the same ones.",
                id="maestro.E010",
            )
        ]
    found = list[CheckMessage]()
    if any(len(key) < keys.SHORTEST for key in [settings.SECRET_KEY, *settings.SALT_KEY]):
        hint = f"Use at least {keys.SHORTEST} random characters for SECRET_KEY and for each SALT_KEY."
        found.append(Error("A key is too short.", hint=hint, id="maestro.E011"))
    if settings.SECRET_KEY in settings.SALT_KEY:
        hint = "Set SALT_KEY to a value of its own."
        found.append(Error("SECRET_KEY and SALT_KEY are equal.", hint=hint, id="maestro.E012"))
    return found


@register(Tags.security, deploy=True)
def check_hosts(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[CheckMessage]:
    """No wildcard: the host list is also what keeps foreign pages off the websocket."""
    if "*" not in settings.ALLOWED_HOSTS:
        return []
    hint = "List the names under which people reach Maestro in ALLOWED_HOSTS."
    return [Error("ALLOWED_HOSTS lets every host in.", hint=hint, id="maestro.E013")]


@register(Tags.security, deploy=True)
def check_simulator(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[CheckMessage]:
    """The try-out provider has no place in production."""
    if not settings.MAESTRO_SIMULATOR:
        return []
    hint = "Remove MAESTRO_SIMULATOR."
    return [Error("The provider simulator is switched on.", hint=hint, id="maestro.E014")]


@register(Tags.database, deploy=True)
def check_scale(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[CheckMessage]:
    """PostgreSQL means several processes, and those need Redis between them."""
    is_sqlite = settings.DATABASES["default"]["ENGINE"].endswith("sqlite3")
    if is_sqlite or settings.REDIS_URL:
        return []
    hint = "Set REDIS_URL, or run a single `manage.py serve`."
    return [checks.Warning("Several processes need Redis between them.", hint=hint, id="maestro.W015")]
