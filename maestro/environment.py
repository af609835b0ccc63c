"""Reads environment variables. A wrong one is an error that names it and says what was expected.

Remembers which names were asked for, so that a name which nobody reads can be found.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import environ
from django.conf.locale import LANG_INFO
from django.core.exceptions import ImproperlyConfigured

_EXPECTED = {
    int: "a whole number",
    float: "a number",
    bool: "1 or 0",
    list: "a list, comma separated",
}
_PAIRS = "a list such as name=value,other=value"
_UUID = "a UUID such as 0f8fad5b-d9cb-469f-a165-70867728950e"
_DATABASE = "a URL such as postgres://user:password@host:5432/name"
_MAIL = "a URL such as smtp+tls://user:password@host:587"
_ZONE = "a time zone such as Europe/Berlin"
_LANGUAGES = "a list of language codes that Django knows, such as en,de"
_NUMBER = re.compile(r"-?\d+(\.\d*)?")
_TRUTHS = frozenset({"0", "1", "true", "false", "yes", "no", "on", "off", ""})


class Env(environ.Env):  # type: ignore[misc]  # the package has no types
    """`environ.Env` whose errors a person can act on. An empty variable counts as one that is not set.

    `asked_for`: the names that were read, set or not.
    """

    def __init__(self) -> None:
        super().__init__()
        self.asked_for: set[str] = set()

    def get_value(self, var: str, cast: Any = None, default: Any = environ.Env.NOTSET, **options: Any) -> Any:
        raw = self._raw(var)
        if not raw and default is not environ.Env.NOTSET:
            return default
        # The package reads "x2" as the number 2.0, and every other word than its own as False.
        if (cast is float and not _NUMBER.fullmatch(raw)) or (cast is bool and raw.lower() not in _TRUTHS):
            raise wrong(var, _EXPECTED[cast])
        try:
            value = super().get_value(var, cast, default, **options)
        except ValueError as error:
            raise wrong(var, _EXPECTED.get(cast, "another value")) from error
        # "a, b" means "b" and not " b", which as an older key would open nothing.
        return [item.strip() for item in value if item.strip()] if cast is list else value

    def whole(self, var: str, *, default: int, least: int, most: int | None = None) -> int:
        """A whole number within these bounds."""
        found: int = self.get_value(var, int, default)
        _require_within(var, found, "a whole number", least, most)
        return found

    def number(self, var: str, *, default: float, least: float, most: float | None = None) -> float:
        """A number within these bounds."""
        found: float = self.get_value(var, float, default)
        _require_within(var, found, "a number", least, most)
        return found

    def word(self, var: str, *, default: str, known: Sequence[str]) -> str:
        """One of the `known` words, whatever its case."""
        found = {word.lower(): word for word in known}.get((self._raw(var) or default).lower())
        if found is None:
            raise wrong(var, f"{', '.join(known[:-1])} or {known[-1]}")
        return found

    def zone(self, var: str, *, default: str) -> str:
        """The name of a time zone."""
        name = self._raw(var)
        try:
            return ZoneInfo(name).key if name else default
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise wrong(var, _ZONE) from error

    def languages(self, var: str, *, default: str) -> list[tuple[str, str]]:
        """The languages whose codes are in `var`, comma separated: each with what it calls itself."""
        codes = [code.strip().lower() for code in (self._raw(var) or default).split(",") if code.strip()]
        if not codes or any("name_local" not in LANG_INFO.get(code, {}) for code in codes):
            raise wrong(var, _LANGUAGES)
        return [(code, LANG_INFO[code]["name_local"]) for code in dict.fromkeys(codes)]

    def pairs(self, var: str) -> dict[str, str]:
        """The `name=value` pairs in `var`, comma separated; without those that are empty."""
        items = (item.strip() for item in self._raw(var).split(","))
        found = [item.partition("=") for item in items if item]
        if any(not sign for _, sign, _ in found):
            raise wrong(var, _PAIRS)
        return {name.strip(): value.strip() for name, _, value in found}

    def uuid(self, var: str) -> UUID | None:
        """The UUID in `var`; `None` where it is not set."""
        raw = self._raw(var)
        try:
            return UUID(raw) if raw else None
        except ValueError as error:
            raise wrong(var, _UUID) from error

    def db_url(self, var: str, default: Any = environ.Env.NOTSET, engine: str | None = None) -> Any:
        raw = self._raw(var)
        if raw and urlsplit(raw).scheme not in self.DB_SCHEMES:
            raise wrong(var, _DATABASE)
        return super().db_url(var, default=default, engine=engine)

    def email_url(self, var: str, default: Any = environ.Env.NOTSET, backend: str | None = None) -> Any:
        raw = self._raw(var)
        if raw and urlsplit(raw).scheme not in self.EMAIL_SCHEMES:
            raise wrong(var, _MAIL)
        return super().email_url(var, default=default, backend=backend)

    def unread(self, *, prefix: str) -> list[str]:
        """Variables that begin with `prefix` and that nobody asked for, until now."""
        return sorted(name for name in self.ENVIRON if name.startswith(prefix) and name not in self.asked_for)

    def _raw(self, var: str) -> str:
        self.asked_for.add(var)
        return str(self.ENVIRON.get(var, "")).strip()


def wrong(var: str, expected: str) -> ImproperlyConfigured:
    """The error for a variable that cannot be read. Its value stays out: it may hold a password."""
    return ImproperlyConfigured(f"{var} must be {expected}; see .env.example.")


def _require_within(var: str, found: float, kind: str, least: float, most: float | None) -> None:
    if found < least or (most is not None and found > most):
        bounds = f"of at least {least:g}" if most is None else f"from {least:g} to {most:g}"
        raise wrong(var, f"{kind} {bounds}")
