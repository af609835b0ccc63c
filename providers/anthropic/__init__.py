"""Claude through Anthropic's own API, by API key or by OAuth. Only the registry and the simulator import it."""

from __future__ import annotations

from providers.anthropic.api_key import AnthropicApiKey
from providers.anthropic.config import AnthropicConfig
from providers.anthropic.models import AnthropicModels
from providers.anthropic.oauth import make_oauth
from providers.anthropic.streaming import AnthropicStreaming
from providers.catalogue import Catalogue
from providers.interface import Provider


def build(config: AnthropicConfig, *, name: str) -> Provider:
    """The provider as the operator configured it."""
    models = AnthropicModels(config, Catalogue.load("providers.anthropic"))
    return Provider(
        name=name,
        label="Claude (Anthropic)",
        models=models,
        streaming=AnthropicStreaming(config, models, provider=name),
        oauth=make_oauth(config, prefix=f"MAESTRO_{name}_".upper()),
        api_key=AnthropicApiKey(config),
        api_key_hint="sk-ant-api03-…",
        console_url="https://platform.claude.com/settings/keys",
    )
