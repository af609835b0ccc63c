"""The machine and its settings: data folder, disk, dangerous settings, static files, providers."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles import finders
from django.core.checks import ERROR, CheckMessage, run_checks

from maestro.doctor.finding import Finding, ok, problem, warning
from providers.errors import NotConfigured, ProviderError
from providers.http import CallTimeouts, HttpRequest, call
from providers.registry import addresses
from sessions_app.services.providers import available_providers, provider_label
from sessions_app.words import listed

_LOW_DISK_BYTES, _FULL_DISK_BYTES = 1_000_000_000, 200_000_000
_LOCAL = ("localhost", ".localhost", "127.0.0.1", "[::1]", "::1")
_TOLD_ELSEWHERE = {"sessions_app.W001", "sessions_app.W002"}  # by maestro.doctor.sessions, in more words
_QUICK = CallTimeouts(connect_s=5.0, read_s=10.0, total_s=15.0)


def data_folder() -> Iterator[Finding]:
    """Whether the folder of keys and database is ours, and ours alone."""
    folder = Path(settings.MAESTRO_DATA_DIR)
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        yield problem(
            "data folder",
            f"{folder} cannot be written.",
            "Give it to the user that runs Maestro, or point MAESTRO_DATA_DIR elsewhere.",
        )
        return
    mode = folder.stat().st_mode
    if mode & (stat.S_IWGRP | stat.S_IWOTH):
        yield warning("data folder", f"Other users may write in {folder}.", f"Run: chmod go-w {folder}")
    elif mode & stat.S_IXOTH and (open_to_all := _readable_by_all(folder)):
        yield warning(
            "data folder",
            f"Other users of this machine can read conversations in {folder} ({listed(open_to_all)}).",
            f"Run: chmod o-rwx {folder}",
        )
    else:
        yield ok("data folder", f"{folder} belongs to this user alone.")


def _readable_by_all(folder: Path) -> list[str]:
    """Databases in `folder`, also former ones and copies; key files are told by `settings_are_safe`."""
    return sorted(path.name for path in folder.glob("*.sqlite3*") if path.stat().st_mode & stat.S_IROTH)


def disk_space() -> Iterator[Finding]:
    """Whether the next answers find room."""
    free = shutil.disk_usage(Path(settings.MAESTRO_DATA_DIR)).free
    said = f"{free / 1e9:.1f} GB are free beside the data folder."
    if free < _FULL_DISK_BYTES:
        yield problem("disk", said, "Free some space now: a full disk keeps tokens from being stored.")
    elif free < _LOW_DISK_BYTES:
        yield warning("disk", said, "Free some space.")
    else:
        yield ok("disk", said)


def settings_are_safe() -> Iterator[Finding]:
    """What `check` finds, and `check --deploy` where others than this machine are let in."""
    is_public = any(not host.endswith(_LOCAL) for host in settings.ALLOWED_HOSTS)
    found = list(_said_by_checks(run_checks(include_deployment_checks=is_public)))
    if settings.DEBUG:
        say = problem if is_public else warning
        found.append(say("settings", "DEBUG is on: error pages show how the server works.", "Set DEBUG=0."))
    if is_public and not settings.BEHIND_TLS:
        found.append(
            warning(
                "settings",
                "People are let in by name, but without TLS: passwords and answers can be read on the way.",
                "Put a proxy with TLS in front and set BEHIND_TLS=1.",
            )
        )
    yield from found or [ok("settings", "No dangerous setting was found.")]


def static_files_are_there() -> Iterator[Finding]:
    """Scripts and styles, without which pages are empty."""
    if finders.find("chat/js/chat.js"):
        yield ok("static files", "Scripts and styles are there.")
    else:
        yield problem(
            "static files", "Scripts and styles are missing.", "Install Maestro again, with all files."
        )


def providers_are_set() -> Iterator[Finding]:
    """What can be used, and how."""
    for provider in available_providers():
        ways = ["API keys"] if provider.api_key else []
        missing = provider.oauth.missing_settings if provider.oauth else ()
        if provider.oauth and not missing:
            ways.append("signing in")
        are = "is" if len(missing) == 1 else "are"
        off = f" Signing in is off until {listed(missing)} {are} set." if missing else ""
        yield ok("providers", f"{provider.label}: {' and '.join(ways) or 'nothing can be used'}.{off}")


def providers_answer() -> Iterator[Finding]:
    """One request without credentials to each address; any answer will do."""
    for name, values in settings.MAESTRO_PROVIDERS.items():
        try:
            urls = addresses(name, values)
        except NotConfigured:
            continue  # told by `settings_are_safe`
        yield from (_answers(provider_label(name), url) for url in urls)


def _answers(label: str, url: str) -> Finding:
    try:
        answer = call(HttpRequest(method="GET", url=url, headers={}), _QUICK)
    except ProviderError as error:
        return problem("providers", f"{label}: {error.message}", "Chats, tests and refreshes need it.")
    return ok("providers", f"{label}: {url} answers (HTTP {answer.status}).")


def _said_by_checks(messages: list[CheckMessage]) -> Iterator[Finding]:
    for message in messages:
        is_ours = str(message.id).startswith(("maestro.", "sessions_app."))
        if message.id in _TOLD_ELSEWHERE or not (is_ours or message.level >= ERROR):
            continue
        say = problem if message.level >= ERROR else warning
        yield say("settings", str(message.msg), str(message.hint or "manage.py check says more."))
