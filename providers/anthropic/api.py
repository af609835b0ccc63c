"""One short, authenticated call to Anthropic's API, for the modules that need no stream."""

from __future__ import annotations

from typing import TypeVar

from providers.anthropic.config import AnthropicConfig
from providers.anthropic.errors import error_from_answer
from providers.anthropic.headers import build_headers
from providers.asking import ask_once
from providers.credentials import Credentials
from providers.http import HttpRequest

T = TypeVar("T")


def call_api(
    config: AnthropicConfig,
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
