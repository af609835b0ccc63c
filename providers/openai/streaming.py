"""Answers from OpenAI's wire, piece by piece, by whichever of its two APIs the operator chose."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping

import msgspec

from providers.asking import ask_for_stream
from providers.credentials import Credentials
from providers.errors import NotSupported
from providers.events import Event
from providers.headers import request_id_of
from providers.http import HttpRequest
from providers.interface import Models
from providers.messages import ChatRequest
from providers.openai.api import call_api
from providers.openai.completions_handler import CompletionsHandler
from providers.openai.completions_request import encode_completion
from providers.openai.config import OpenAIConfig
from providers.openai.errors import error_from_answer
from providers.openai.headers import build_headers
from providers.openai.limits import limits_of
from providers.openai.responses_handler import ResponsesHandler
from providers.openai.responses_request import encode_response, encode_token_count
from providers.streaming import Handler


class _TokenCount(msgspec.Struct, frozen=True):
    input_tokens: int


class OpenAIStreaming:
    """Implements `interface.Streaming`. `provider` names who understands opaque blocks."""

    def __init__(self, config: OpenAIConfig, models: Models, *, provider: str) -> None:
        self._config = config
        self._models = models
        self._provider = provider

    @property
    def _uses_responses(self) -> bool:
        return self._config.api == "responses"

    def stream_chat(self, credentials: Credentials, request: ChatRequest) -> AsyncGenerator[Event, None]:
        """One POST, and its answer as events; the last one is `Completed` or `Failed`."""
        return ask_for_stream(
            lambda: self._post(credentials, request),
            self._config.stream_timeouts(),
            make_handler=lambda headers: self._handler(headers, request),
            read_error=error_from_answer,
        )

    def count_tokens(self, credentials: Credentials, request: ChatRequest) -> int:
        """Ask the vendor; costs nothing. Raises a `ProviderError`."""
        if not self._uses_responses:
            raise NotSupported("Chat Completions has no way to count the tokens of a prompt.")
        body = encode_token_count(request, provider=self._provider)
        path = "/responses/input_tokens"
        return call_api(self._config, credentials, path, answer_type=_TokenCount, body=body).input_tokens

    def _post(self, credentials: Credentials, request: ChatRequest) -> HttpRequest:
        headers = build_headers(self._config, credentials)
        # Compressed events may wait in the sender's compressor; plain ones arrive when they are made.
        headers |= {"accept": "text/event-stream", "accept-encoding": "identity"}
        path = "/responses" if self._uses_responses else "/chat/completions"
        return HttpRequest(
            method="POST", url=self._config.url(path), headers=headers, body=self._encode(request)
        )

    def _encode(self, request: ChatRequest) -> bytes:
        takes_sampling = self._takes_sampling(request.model)
        if self._uses_responses:
            return encode_response(request, provider=self._provider, takes_sampling=takes_sampling)
        return encode_completion(
            request,
            provider=self._provider,
            takes_sampling=takes_sampling,
            is_vendor=self._config.is_vendor,
        )

    def _takes_sampling(self, model_id: str) -> bool:
        """OpenAI's newer models refuse it; of another server's models nothing is known, and most take it."""
        model = self._models.known(model_id)
        if model is None:
            return not self._config.is_vendor
        return model.capabilities.sampling is True

    def _handler(self, headers: Mapping[str, str], request: ChatRequest) -> Handler:
        request_id, limits = request_id_of(headers), limits_of(headers)
        if not self._uses_responses:
            return CompletionsHandler(request_id=request_id, limits=limits)
        return ResponsesHandler(
            provider=self._provider,
            request_id=request_id,
            limits=limits,
            keeps_reasoning=bool(request.tools),
        )
