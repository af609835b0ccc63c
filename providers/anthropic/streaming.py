"""Answers from Anthropic's Messages API, piece by piece, and the count of a prompt's tokens."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping

import msgspec

from providers.anthropic.api import call_api
from providers.anthropic.config import AnthropicConfig
from providers.anthropic.errors import error_from_answer
from providers.anthropic.handler import MessageHandler
from providers.anthropic.headers import build_headers
from providers.anthropic.limits import limits_of
from providers.anthropic.request import encode_chat, encode_token_count
from providers.asking import ask_for_stream
from providers.credentials import Credentials
from providers.errors import ProviderError
from providers.events import Event
from providers.headers import request_id_of
from providers.http import HttpAnswer, HttpRequest
from providers.interface import Models
from providers.messages import ChatRequest


class _TokenCount(msgspec.Struct, frozen=True):
    input_tokens: int


class AnthropicStreaming:
    """Implements `interface.Streaming`. `provider` names who understands opaque blocks."""

    def __init__(self, config: AnthropicConfig, models: Models, *, provider: str) -> None:
        self._config = config
        self._models = models
        self._provider = provider

    def stream_chat(self, credentials: Credentials, request: ChatRequest) -> AsyncGenerator[Event, None]:
        """One POST, and its answer as events; the last one is `Completed` or `Failed`."""
        return ask_for_stream(
            lambda: self._post(credentials, request),
            self._config.stream_timeouts(),
            make_handler=self._handler,
            read_error=_read_error,
        )

    def count_tokens(self, credentials: Credentials, request: ChatRequest) -> int:
        """Ask the vendor; costs nothing. Raises a `ProviderError`."""
        body = encode_token_count(request, provider=self._provider)
        path = "/v1/messages/count_tokens"
        return call_api(self._config, credentials, path, answer_type=_TokenCount, body=body).input_tokens

    def _post(self, credentials: Credentials, request: ChatRequest) -> HttpRequest:
        model = self._models.known(request.model)
        takes_sampling = model is not None and model.capabilities.sampling is True
        headers = build_headers(self._config, credentials)
        # Compressed events may wait in the sender's compressor; plain ones arrive when they are made.
        headers |= {"accept": "text/event-stream", "accept-encoding": "identity"}
        body = encode_chat(request, provider=self._provider, takes_sampling=takes_sampling)
        return HttpRequest(method="POST", url=self._config.url("/v1/messages"), headers=headers, body=body)

    def _handler(self, headers: Mapping[str, str]) -> MessageHandler:
        return MessageHandler(
            provider=self._provider, request_id=request_id_of(headers), limits=limits_of(headers)
        )


def _read_error(answer: HttpAnswer) -> ProviderError:
    error = error_from_answer(answer)
    error.limits = limits_of(answer.headers)
    return error
