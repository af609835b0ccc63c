"""One short, authenticated call to Gemini's API, for the modules that need no stream."""

from __future__ import annotations

from typing import TypeVar

from providers.asking import ask_once
from providers.credentials import Credentials
from providers.gemini.config import GeminiConfig
from providers.gemini.errors import error_from_answer
from providers.gemini.headers import build_headers
from providers.http import HttpRequest

T = TypeVar("T")


def call_api(
    config: GeminiConfig,
    credentials: Credentials,
    path: str,
    *,
    answer_type: type[T],
    body: bytes | None = None,
) -> T:
    """GET `path` (POST with a `body`) and decode the answer. Raises a `ProviderError`."""
    request = HttpRequest(
        method="GET" if body is None else "POST",
        url=config.url(path),
        headers=build_headers(config, credentials),
        body=body,
    )
    return ask_once(request, config.call_timeouts(), answer_type=answer_type, read_error=error_from_answer)
