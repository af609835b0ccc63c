"""Gemini through Google's own API, by API key or by OAuth. Only the registry imports it."""

from __future__ import annotations

from providers.catalogue import Catalogue
from providers.gemini.api_key import GeminiApiKey
from providers.gemini.config import GeminiConfig
from providers.gemini.models import GeminiModels
from providers.gemini.oauth import make_oauth
from providers.gemini.streaming import GeminiStreaming
from providers.interface import Provider


def build(config: GeminiConfig, *, name: str) -> Provider:
    """The provider as the operator configured it."""
    models = GeminiModels(config, Catalogue.load("providers.gemini"))
    return Provider(
        name=name,
        label="Gemini (Google)",
        models=models,
        streaming=GeminiStreaming(config, models, provider=name),
        oauth=make_oauth(config, prefix=f"MAESTRO_{name}_".upper()),
        api_key=GeminiApiKey(config),
        api_key_hint="AIza…",
        console_url="https://aistudio.google.com/apikey",
    )
