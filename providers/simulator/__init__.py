"""A try-out without an account: a provider that talks to the program in this package.

It speaks Anthropic's wire, so the client side is Anthropic's, with other addresses.
"""

from __future__ import annotations

from providers.anthropic.api_key import AnthropicApiKey
from providers.anthropic.models import AnthropicModels
from providers.anthropic.oauth import make_oauth
from providers.anthropic.streaming import AnthropicStreaming
from providers.catalogue import Catalogue
from providers.interface import Provider
from providers.model_info import Capabilities, ModelInfo
from providers.simulator.config import SimulatorConfig
from providers.simulator.models import PREFILL_MODELS

OLD_MODELS = tuple(
    ModelInfo(id=id_, label=label, capabilities=Capabilities(prefill=True, sampling=True))
    for id_, label in PREFILL_MODELS.items()
)


def build(config: SimulatorConfig, *, name: str) -> Provider:
    """The provider as configured. Its models are made up and have no prices; one is like those of old times."""
    wire = config.as_anthropic()
    models = AnthropicModels(wire, Catalogue({model.id: model for model in OLD_MODELS}))
    return Provider(
        name=name,
        label="Simulator",
        models=models,
        streaming=AnthropicStreaming(wire, models, provider=name),
        oauth=make_oauth(wire, prefix=f"MAESTRO_{name}_".upper()),
        api_key=AnthropicApiKey(wire),
        api_key_hint="sk-sim-anything",
        trial_key="sk-sim-anything",
        key_note="No account is needed: use the key as it stands here.",
    )
