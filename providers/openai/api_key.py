"""Login by API key: the list of models costs nothing, and tells whether the key works."""

from __future__ import annotations

import msgspec

from providers.credentials import ApiKeyCredential
from providers.openai.api import call_api
from providers.openai.config import OpenAIConfig


class _AnyList(msgspec.Struct):
    """Enough of a list of models to know that it is one."""

    data: list[msgspec.Raw]


class OpenAIApiKey:
    """Implements `interface.ApiKey`."""

    def __init__(self, config: OpenAIConfig) -> None:
        self._config = config

    def check(self, credential: ApiKeyCredential) -> None:
        """Ask for the models. Raises `AuthenticationFailed`, or whatever else the provider said."""
        call_api(self._config, credential, "/models", answer_type=_AnyList)
