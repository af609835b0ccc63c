"""Which models a credential may use: the vendor's list, completed from `catalogue.json`.

The list is live and knows limits, capabilities and lifecycle; it has no prices. The catalogue is
dated data that ships with Maestro. Source: https://platform.claude.com/docs/en/api/models-list.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Literal, TypeVar
from urllib.parse import quote, urlencode

import msgspec

from providers.anthropic.api import call_api
from providers.anthropic.config import AnthropicConfig
from providers.catalogue import Catalogue
from providers.credentials import Credentials
from providers.model_info import Capabilities, ModelInfo

# The only version whose requests may carry temperature, top_p and top_k.
SAMPLING_VERSION = "2023-06-01"
_MAX_TEMPERATURE = 1.0
_PAGE_SIZE = 1000
_MAX_PAGES = 20

T = TypeVar("T")


class _Support(msgspec.Struct, frozen=True):
    supported: bool = False


class _Thinking(msgspec.Struct, frozen=True):
    types: dict[str, _Support] = {}


class _Effort(msgspec.Struct, frozen=True):
    low: _Support | None = None
    medium: _Support | None = None
    high: _Support | None = None
    xhigh: _Support | None = None
    max: _Support | None = None


class _ServerTools(msgspec.Struct, frozen=True):
    web_search: _Support | None = None
    code_execution: _Support | None = None


class _Capabilities(msgspec.Struct, frozen=True):
    image_input: _Support | None = None
    pdf_input: _Support | None = None
    thinking: _Thinking | None = None
    effort: _Effort | None = None
    server_tools: _ServerTools | None = None


class _Model(msgspec.Struct, frozen=True):
    id: str
    display_name: str = ""
    created_at: str | int | None = None
    max_input_tokens: int | None = None
    max_tokens: int | None = None
    lifecycle: str | None = None
    retires_at: str | int | None = None
    capabilities: _Capabilities | None = None


class _Page(msgspec.Struct, frozen=True):
    data: list[_Model]
    has_more: bool = False
    last_id: str | None = None


class AnthropicModels:
    """Implements `interface.Models`."""

    def __init__(self, config: AnthropicConfig, catalogue: Catalogue) -> None:
        self._config = config
        self._catalogue = catalogue

    def list(self, credentials: Credentials) -> tuple[ModelInfo, ...]:
        """All pages. A list that never ends is cut at 20,000 models."""
        models: dict[str, _Model] = {}
        after_id: str | None = None
        for _ in range(_MAX_PAGES):
            query = urlencode({"limit": _PAGE_SIZE} | ({"after_id": after_id} if after_id else {}))
            page = call_api(self._config, credentials, f"/v1/models?{query}", answer_type=_Page)
            models.update((model.id, model) for model in page.data)
            next_id = page.last_id or (page.data[-1].id if page.data else None)
            if not page.has_more or next_id in {None, after_id}:
                break
            after_id = next_id
        return tuple(self._complete(model) for model in models.values())

    def get(self, credentials: Credentials, model_id: str) -> ModelInfo:
        """One model; its id is quoted, because it may come from a person."""
        path = f"/v1/models/{quote(model_id, safe='')}"
        return self._complete(call_api(self._config, credentials, path, answer_type=_Model))

    def known(self, model_id: str) -> ModelInfo | None:
        """The catalogue's entry, as far as the configured API version allows."""
        model = self._catalogue.find(model_id)
        return None if model is None else self._of_this_api(model)

    def _complete(self, listed: _Model) -> ModelInfo:
        known = self._catalogue.find(listed.id) or ModelInfo(id=listed.id, label=listed.id)
        model = ModelInfo(
            id=listed.id,
            label=listed.display_name or known.label,
            created_at=_moment(listed.created_at) or known.created_at,
            max_input_tokens=_first(listed.max_input_tokens, known.max_input_tokens),
            max_output_tokens=_first(listed.max_tokens, known.max_output_tokens),
            lifecycle=_lifecycle(listed.lifecycle) or known.lifecycle,
            retires_at=_moment(listed.retires_at) or known.retires_at,
            capabilities=_capabilities(listed.capabilities or _Capabilities(), known.capabilities),
            price=known.price,
        )
        return self._of_this_api(model)

    def _of_this_api(self, model: ModelInfo) -> ModelInfo:
        """With what all models have in common that are asked by this API, in the configured version."""
        found = model.capabilities
        sampling = found.sampling if self._config.version == SAMPLING_VERSION else False
        capabilities = msgspec.structs.replace(
            found, sampling=sampling, max_temperature=_MAX_TEMPERATURE, prompt_cache=True
        )
        return msgspec.structs.replace(model, capabilities=capabilities)


def _capabilities(listed: _Capabilities, known: Capabilities) -> Capabilities:
    modes = None if listed.thinking is None else _supported(listed.thinking.types)
    efforts = None if listed.effort is None else _supported(msgspec.structs.asdict(listed.effort))
    server_tools = _supported(msgspec.structs.asdict(listed.server_tools or _ServerTools()))
    return Capabilities(
        images=_first(_flag(listed.image_input), known.images),
        pdfs=_first(_flag(listed.pdf_input), known.pdfs),
        tools=known.tools,
        thinking_modes=_first(modes, known.thinking_modes),
        efforts=_first(efforts, known.efforts),
        sampling=known.sampling,
        prefill=known.prefill,
        server_tools=server_tools or known.server_tools,
    )


def _supported(flags: Mapping[str, _Support | None]) -> tuple[str, ...]:
    return tuple(name for name, flag in flags.items() if flag is not None and flag.supported)


def _flag(support: _Support | None) -> bool | None:
    return None if support is None else support.supported


def _first(listed: T | None, known: T | None) -> T | None:
    return known if listed is None else listed


def _lifecycle(word: str | None) -> Literal["active", "deprecated", "retired"] | None:
    match word:
        case "active" | "deprecated" | "retired":
            return word
        case _:
            return None


def _moment(value: str | int | None) -> datetime | None:
    """An RFC 3339 time; anything else is not worth losing the list for."""
    try:
        return datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
