"""GPT through OpenAI's own API, by API key or by OAuth, and whatever else speaks its wire (llama.cpp, vLLM,
Ollama). Only the registry imports it."""

from __future__ import annotations

from providers.catalogue import Catalogue
from providers.interface import Provider
from providers.openai.api_key import OpenAIApiKey
from providers.openai.config import OpenAIConfig
from providers.openai.models import OpenAIModels
from providers.openai.oauth import make_oauth
from providers.openai.streaming import OpenAIStreaming


def build(config: OpenAIConfig, *, name: str) -> Provider:
    """The provider as the operator configured it. Another server's models and prices are its own."""
    is_vendor = config.is_vendor
    models = OpenAIModels(config, Catalogue.load("providers.openai") if is_vendor else Catalogue({}))
    oauth = make_oauth(config, prefix=f"MAESTRO_{name}_".upper())
    return Provider(
        name=name,
        label="GPT (OpenAI)",
        models=models,
        streaming=OpenAIStreaming(config, models, provider=name),
        oauth=oauth if is_vendor or config.oauth_client_id else None,
        api_key=OpenAIApiKey(config),
        api_key_hint="sk-proj-…" if is_vendor else "",
        console_url="https://platform.openai.com/api-keys" if is_vendor else "",
        key_note="" if is_vendor else "The key of that server. If it wants none, any word will do.",
    )
