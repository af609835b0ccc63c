"""How the server logs: plain lines or one JSON object a line, never a secret.

The filter is the last line of defence; code above it does not log secrets in the first place.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import ItemsView
from datetime import UTC, datetime
from types import FrameType
from typing import Any

from django.core.exceptions import RequestAborted
from django.views.debug import SafeExceptionReporterFilter

# What the credentials of providers and our own ciphertext look like, and the fields that carry them.
_SECRETS = re.compile(
    r"(?P<keep>Bearer |[?&\s\"']code=|(?:_token|_key|erifier)\"?[=:]\s?\"?|/setup/)[^&\s\"',}]{6,}"
    r"|sk-[A-Za-z0-9_\-]{8,}"
    r"|AIza[A-Za-z0-9_\-]{20,}|ya29\.[A-Za-z0-9._\-]{8,}|GOCSPX-[A-Za-z0-9_\-]{8,}"
    r"|gAAAA[A-Za-z0-9_\-=]{20,}"
)
MASK = "[secret]"

_STANDARD = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime"}


def mask(text: str) -> str:
    """`text` with everything that looks like a credential replaced by `[secret]`."""
    return _SECRETS.sub(lambda found: (found["keep"] or "") + MASK, text)


class PlainFormatter(logging.Formatter):
    """`2026-11-22T12:00:00Z INFO sessions_app.tokens: …`"""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: N802  # logging names it
        return _timestamp(record)

    def format(self, record: logging.LogRecord) -> str:
        return mask(super().format(record))


class JsonFormatter(logging.Formatter):
    """One object a line: `time`, `level`, `logger`, `message`, what `extra` gave, `exception`."""

    def format(self, record: logging.LogRecord) -> str:
        entry: dict[str, Any] = {
            "time": _timestamp(record),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        entry |= {key: value for key, value in record.__dict__.items() if key not in _STANDARD}
        if record.exc_info:
            entry["exception"] = self.formatException(record.exc_info)
        return mask(json.dumps(entry, default=str))


class GoneClientFilter(logging.Filter):
    """Leaves out that a client went away. Django listens for that in a task, and nobody asks how the task ended when the
    request itself was cut off, as the last ones are at shutdown; asyncio would print a traceback for each."""

    def filter(self, record: logging.LogRecord) -> bool:
        return not (record.exc_info and isinstance(record.exc_info[1], RequestAborted))


def _timestamp(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")


def configuration(*, form: str, level: str) -> dict[str, Any]:
    """Django's LOGGING for `form` "plain" or "json"."""
    quiet = {"level": "WARNING"}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "plain": {"()": "maestro.logs.PlainFormatter"},
            "json": {"()": "maestro.logs.JsonFormatter"},
        },
        "filters": {"gone_client": {"()": "maestro.logs.GoneClientFilter"}},
        "handlers": {
            "stderr": {
                "class": "logging.StreamHandler",
                "formatter": form,
            }
        },
        "root": {"handlers": ["stderr"], "level": level.upper()},
        "loggers": {
            "django": {"handlers": [], "propagate": True},
            "django.server": {"handlers": [], "propagate": True},
            # These log URLs and headers of requests to providers below WARNING.
            "httpx": quiet,
            "httpcore": quiet,
            "aiohttp": quiet,
            "daphne": quiet,
            "asyncio": {**quiet, "filters": ["gone_client"]},
        },
    }


class StrictReporterFilter(SafeExceptionReporterFilter):
    """Error reports hide every setting and variable that sounds like a secret, also with DEBUG on.

    Of local variables they show the type only: keys and tokens pass through frames of libraries under names
    such as `value`, which no list of names would catch.
    """

    hidden_settings = re.compile(
        "API|AUTH|TOKEN|KEY|SECRET|PASS|SIGNATURE|CREDENTIAL|VERIFIER|SALT|CODE|PASTED|COOKIE|SESSIONID"
        "|DATABASE_URL|REDIS_URL|BROKER_URL|LOCATION|ADDRESS",
        re.IGNORECASE,
    )

    def is_active(self, request: Any) -> bool:
        return True

    def get_traceback_frame_variables(self, request: Any, tb_frame: FrameType) -> ItemsView[str, Any]:
        return {name: f"a {type(value).__qualname__}" for name, value in tb_frame.f_locals.items()}.items()
