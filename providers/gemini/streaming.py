"""Answers from Gemini, piece by piece, and the count of a prompt's tokens."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from urllib.parse import quote

from providers.asking import ask_for_stream
from providers.credentials import Credentials
from providers.events import Event
from providers.gemini.api import call_api
from providers.gemini.config import GeminiConfig
from providers.gemini.errors import error_from_answer
from providers.gemini.handler import GeminiHandler
from providers.gemini.headers import build_headers
from providers.gemini.request import encode_chat, encode_token_count
from providers.gemini.wire import TokenCount
from providers.headers import request_id_of
from providers.http import HttpRequest
from providers.interface import Models
from providers.messages import ChatRequest
from providers.model_info import Capabilities


class GeminiStreaming:
    """Implements `interface.Streaming`. `provider` names who understands opaque blocks."""

    def __init__(self, config: GeminiConfig, models: Models, *, provider: str) -> None:
        self._config = config
        self._models = models
        self._provider = provider

    def stream_chat(self, credentials: Credentials, request: ChatRequest) -> AsyncGenerator[Event, None]:
        """One POST, and its answer as events; the last one is `Completed` or `Failed`."""
        return ask_for_stream(
            lambda: self._post(credentials, request),
            self._config.stream_timeouts(),
            make_handler=self._handler,
            read_error=error_from_answer,
        )

    def count_tokens(self, credentials: Credentials, request: ChatRequest) -> int:
        """Ask the vendor; costs nothing. Raises a `ProviderError`."""
        body = encode_token_count(request, provider=self._provider, model=self._capabilities(request))
        path = self._path(request, "countTokens")
        return call_api(self._config, credentials, path, answer_type=TokenCount, body=body).total_tokens

    def _post(self, credentials: Credentials, request: ChatRequest) -> HttpRequest:
        headers = build_headers(self._config, credentials)
        # Compressed events may wait in the sender's compressor; plain ones arrive when they are made.
        headers |= {"accept": "text/event-stream", "accept-encoding": "identity"}
        body = encode_chat(request, provider=self._provider, model=self._capabilities(request))
        url = self._config.url(self._path(request, "streamGenerateContent?alt=sse"))
        return HttpRequest(method="POST", url=url, headers=headers, body=body)

    def _path(self, request: ChatRequest, method: str) -> str:
        return self._config.path(f"models/{quote(request.model, safe='')}:{method}")

    def _capabilities(self, request: ChatRequest) -> Capabilities:
        model = self._models.known(request.model)
        return Capabilities() if model is None else model.capabilities

    def _handler(self, headers: Mapping[str, str]) -> GeminiHandler:
        return GeminiHandler(provider=self._provider, request_id=request_id_of(headers))
