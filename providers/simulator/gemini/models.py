"""The made-up models as Google's list describes them, and one that does not chat.

https://ai.google.dev/api/models
"""

from __future__ import annotations

from collections.abc import Mapping

from providers.messages import JsonObject
from providers.simulator import models
from providers.simulator.failures import AnswerError

_DEFAULT_PAGE = 50
_EMBEDDING: JsonObject = {
    "name": "models/simulator-embedding",
    "version": "001",
    "displayName": "Simulator Embedding",
    "inputTokenLimit": 2048,
    "outputTokenLimit": 1,
    "supportedGenerationMethods": ["embedContent"],
}


def list_models(query: Mapping[str, list[str]], *, page: int) -> JsonObject:
    """One page of the list. `page` caps what the client may ask for. Raises `AnswerError` (400)."""
    size = min(_number(query, "pageSize", _DEFAULT_PAGE) or _DEFAULT_PAGE, page)
    start = _number(query, "pageToken", 0)
    usable = [_describe(model) for model in models.MODELS if model["lifecycle"] != "retired"]
    listed = [*usable, _EMBEDDING]
    answer: JsonObject = {"models": listed[start : start + size]}
    return answer | ({"nextPageToken": str(start + size)} if start + size < len(listed) else {})


def get_model(model_id: str) -> JsonObject:
    """The description of a model. Raises `AnswerError` (404)."""
    if f"models/{model_id}" == _EMBEDDING["name"]:
        return _EMBEDDING
    return _describe(_usable(model_id, "v1beta"))


def chat_model(model_id: str) -> JsonObject:
    """The simulator's own description of a model that chats. Raises `AnswerError` (404)."""
    return _usable(model_id, "v1beta, or is not supported for generateContent")


def _usable(model_id: str, where: str) -> JsonObject:
    try:
        return models.usable_model(model_id)
    except AnswerError as error:
        raise AnswerError(404, f"models/{model_id} is not found for API version {where}.") from error


def _describe(model: JsonObject) -> JsonObject:
    return {
        "name": f"models/{model['id']}",
        "version": "001",
        "displayName": model["display_name"],
        "description": "Made up for try-outs.",
        "inputTokenLimit": model["max_input_tokens"],
        "outputTokenLimit": model["max_tokens"],
        "supportedGenerationMethods": ["generateContent", "countTokens"],
        "temperature": 1,
        "topP": 0.95,
        "topK": 64,
        "thinking": any(mode != "disabled" for mode in models.thinking_modes(model)),
    }


def _number(query: Mapping[str, list[str]], name: str, default: int) -> int:
    text = query.get(name, [str(default)])[0]
    if not text.isascii() or not text.isdecimal():
        raise AnswerError(400, f"Invalid value at '{name}'.")
    return int(text)
