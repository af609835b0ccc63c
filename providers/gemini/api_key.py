"""Login by API key: one call that costs nothing tells whether the key works."""

from __future__ import annotations

import msgspec

from providers.credentials import ApiKeyCredential
from providers.gemini.api import call_api
from providers.gemini.config import GeminiConfig


class _AnyList(msgspec.Struct):
    """Enough of a list of models to know that it is one."""

    models: list[msgspec.Raw]


class GeminiApiKey:
    """Implements `interface.ApiKey`."""

    def __init__(self, config: GeminiConfig) -> None:
        self._config = config

    def check(self, credential: ApiKeyCredential) -> None:
        """Ask for one model. Raises `AuthenticationFailed`, or whatever else the provider said."""
        call_api(self._config, credential, self._config.path("models?pageSize=1"), answer_type=_AnyList)
