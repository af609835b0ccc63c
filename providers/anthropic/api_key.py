"""Login by API key: one call that costs nothing tells whether the key works."""

from __future__ import annotations

import msgspec

from providers.anthropic.api import call_api
from providers.anthropic.config import AnthropicConfig
from providers.credentials import ApiKeyCredential


class _AnyList(msgspec.Struct):
    """Enough of a list of models to know that it is one."""

    data: list[msgspec.Raw]


class AnthropicApiKey:
    """Implements `interface.ApiKey`."""

    def __init__(self, config: AnthropicConfig) -> None:
        self._config = config

    def check(self, credential: ApiKeyCredential) -> None:
        """Ask for one model. Raises `AuthenticationFailed`, or whatever else the provider said."""
        call_api(self._config, credential, "/v1/models?limit=1", answer_type=_AnyList)
