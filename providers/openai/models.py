"""Which models a credential may use: the server's list, completed from `catalogue.json` for OpenAI itself.

The list knows ids and little else, and OpenAI's holds models that do not chat. Limits, capabilities and prices
are dated data that ships with Maestro (from litellm 1.109.1, 2026-11-22). Source:
https://platform.openai.com/docs/api-reference/models/list.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from urllib.parse import quote

import msgspec

from providers.catalogue import Catalogue
from providers.credentials import Credentials
from providers.model_info import ModelInfo
from providers.openai.api import call_api
from providers.openai.config import OpenAIConfig

_MAX_TEMPERATURE = 2.0
_NO_CHAT = re.compile(
    r"embedding|whisper|\btts\b|dall-e|image|moderation|realtime|transcribe|audio|sora|live|translate"
    r"|search|deep-research|computer-use|instruct|^babbage|^davinci"
)


class _Model(msgspec.Struct, frozen=True):
    id: str
    created: float | None = None
    shutdown_date: str | None = None
    max_model_len: int | None = None  # vLLM tells the context


class _List(msgspec.Struct, frozen=True):
    data: list[_Model]


class OpenAIModels:
    """Implements `interface.Models`."""

    def __init__(self, config: OpenAIConfig, catalogue: Catalogue) -> None:
        self._config = config
        self._catalogue = catalogue

    def list(self, credentials: Credentials) -> tuple[ModelInfo, ...]:
        """All models that chat: those we know first, in the catalogue's order, because OpenAI's has none."""
        listed = call_api(self._config, credentials, "/models", answer_type=_List).data
        if self._config.is_vendor:
            listed = [model for model in listed if not _NO_CHAT.search(model.id)]
        models = [self._complete(model) for model in listed]
        places = {model_id: place for place, model_id in enumerate(self._catalogue.models)}
        return tuple(sorted(models, key=lambda model: places.get(model.id, len(places))))

    def get(self, credentials: Credentials, model_id: str) -> ModelInfo:
        """One model; its id is quoted, because it may come from a person."""
        path = f"/models/{quote(model_id, safe='')}"
        return self._complete(call_api(self._config, credentials, path, answer_type=_Model))

    def known(self, model_id: str) -> ModelInfo | None:
        """The catalogue's entry."""
        model = self._catalogue.find(model_id)
        return None if model is None else self._of_this_api(model)

    def _of_this_api(self, model: ModelInfo) -> ModelInfo:
        """Servers of others say nothing of sampling, and nearly all of them take it; the vendor's newer models do not."""
        sampling = model.capabilities.sampling
        if sampling is None and not self._config.is_vendor:
            sampling = True
        capabilities = msgspec.structs.replace(
            model.capabilities, sampling=sampling, max_temperature=_MAX_TEMPERATURE
        )
        return msgspec.structs.replace(model, capabilities=capabilities)

    def _complete(self, listed: _Model) -> ModelInfo:
        known = self._of_this_api(self._catalogue.find(listed.id) or ModelInfo(id=listed.id, label=listed.id))
        retires_at = _day(listed.shutdown_date) or known.retires_at
        return msgspec.structs.replace(
            known,
            label=known.label if known.id in self._catalogue.models else listed.id,
            created_at=_moment(listed.created),
            max_input_tokens=listed.max_model_len or known.max_input_tokens,
            lifecycle="deprecated" if retires_at and known.lifecycle == "active" else known.lifecycle,
            retires_at=retires_at,
        )


def _moment(seconds: float | None) -> datetime | None:
    """Unix time; 0 and other nonsense of small servers is not worth losing the list for."""
    try:
        return datetime.fromtimestamp(seconds, UTC) if seconds else None
    except (ValueError, OverflowError, OSError):
        return None


def _day(text: str | None) -> datetime | None:
    try:
        day = datetime.fromisoformat(text) if text else None
    except ValueError:
        return None
    return day.replace(tzinfo=UTC) if day and day.tzinfo is None else day
