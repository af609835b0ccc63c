"""Which models a credential may use: the vendor's list, completed from `catalogue.json`.

The list is live and knows names and limits; it has no prices and says little of what a model takes. The
catalogue is dated data that ships with Maestro (from litellm 1.109.1, 2026-11-22; sampling parameters are refused
by newer models). Source: https://ai.google.dev/api/models.
"""

from __future__ import annotations

from urllib.parse import quote, urlencode

import msgspec

from providers.catalogue import Catalogue
from providers.credentials import Credentials
from providers.gemini.api import call_api
from providers.gemini.config import GeminiConfig
from providers.model_info import Capabilities, ModelInfo

_PAGE_SIZE = 1000
_MAX_PAGES = 20
_CHATS = "generateContent"
_PREFIX = "models/"
_MAX_TEMPERATURE = 2.0


class _Model(msgspec.Struct, frozen=True, rename="camel"):
    name: str
    display_name: str = ""
    input_token_limit: int | None = None
    output_token_limit: int | None = None
    supported_generation_methods: list[str] = []
    thinking: bool | None = None
    max_temperature: float | None = None

    @property
    def id(self) -> str:
        return self.name.removeprefix(_PREFIX)


class _Page(msgspec.Struct, frozen=True, rename="camel"):
    models: list[_Model] = []
    next_page_token: str = ""


class GeminiModels:
    """Implements `interface.Models`."""

    def __init__(self, config: GeminiConfig, catalogue: Catalogue) -> None:
        self._config = config
        self._catalogue = catalogue

    def list(self, credentials: Credentials) -> tuple[ModelInfo, ...]:
        """All pages, without models that only embed or draw. A list that never ends is cut at 20,000 models."""
        models: dict[str, _Model] = {}
        token = ""
        for _ in range(_MAX_PAGES):
            query = urlencode({"pageSize": _PAGE_SIZE} | ({"pageToken": token} if token else {}))
            path = self._config.path(f"models?{query}")
            page = call_api(self._config, credentials, path, answer_type=_Page)
            models.update((model.id, model) for model in page.models)
            if page.next_page_token in {"", token}:
                break
            token = page.next_page_token
        chatting = (model for model in models.values() if _CHATS in model.supported_generation_methods)
        return tuple(self._complete(model) for model in chatting)

    def get(self, credentials: Credentials, model_id: str) -> ModelInfo:
        """One model; its id is quoted, because it may come from a person."""
        path = self._config.path(_PREFIX + quote(model_id.removeprefix(_PREFIX), safe=""))
        return self._complete(call_api(self._config, credentials, path, answer_type=_Model))

    def known(self, model_id: str) -> ModelInfo | None:
        """The catalogue's entry."""
        model = self._catalogue.find(model_id)
        if model is None:
            return None
        capabilities = msgspec.structs.replace(model.capabilities, max_temperature=_MAX_TEMPERATURE)
        return msgspec.structs.replace(model, capabilities=capabilities)

    def _complete(self, listed: _Model) -> ModelInfo:
        known = self._catalogue.find(listed.id) or ModelInfo(id=listed.id, label=listed.id)
        return ModelInfo(
            id=listed.id,
            label=listed.display_name or known.label,
            max_input_tokens=listed.input_token_limit or known.max_input_tokens,
            max_output_tokens=listed.output_token_limit or known.max_output_tokens,
            retires_at=known.retires_at,
            capabilities=_capabilities(listed, known.capabilities),
            price=known.price,
        )


def _capabilities(listed: _Model, known: Capabilities) -> Capabilities:
    """The list says of thinking only whether there is any."""
    never_thinks = listed.thinking is False and known.thinking_modes is None
    return msgspec.structs.replace(
        known,
        thinking_modes=() if never_thinks else known.thinking_modes,
        max_temperature=listed.max_temperature or _MAX_TEMPERATURE,
    )
