"""The made-up models, listed and described as the vendor's Models API does.

https://platform.claude.com/docs/en/api/models-list
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from providers.messages import JsonObject
from providers.simulator.failures import AnswerError

LIFECYCLES = ("active", "deprecated", "retired")
LISTED_BY_DEFAULT = ("active", "deprecated")
DEFAULT_LIMIT = 20
MAX_LIMIT = 1000


def _yes(supported: bool) -> JsonObject:
    return {"supported": supported}


def _capabilities(
    *, thinking: Sequence[str], efforts: Sequence[str], pdfs: bool = True, search: bool = True
) -> JsonObject:
    levels = {level: _yes(level in efforts) for level in ("low", "medium", "high", "xhigh", "max")}
    types = {mode: _yes(mode in thinking) for mode in ("adaptive", "enabled", "disabled", "between_tools")}
    return {
        "batch": _yes(False),
        "citations": _yes(True),
        "code_execution": _yes(False),
        "context_management": _yes(False),
        "effort": {**_yes(bool(efforts)), **levels},
        "image_input": _yes(True),
        "pdf_input": _yes(pdfs),
        "server_tools": {"web_search": _yes(search), "code_execution": _yes(False)},
        "structured_outputs": _yes(False),
        "thinking": {**_yes(any(mode != "disabled" for mode in thinking)), "types": types},
    }


def _model(id_: str, name: str, created: str, limits: tuple[int, int], **more: object) -> JsonObject:
    context, answer = limits
    return {
        "type": "model",
        "id": id_,
        "display_name": name,
        "created_at": created,
        "max_input_tokens": context,
        "max_tokens": answer,
        "lifecycle": "active",
        "deprecated_at": None,
        "retires_at": None,
        "line": None,
        **more,
    }


# Take the beginning of their answer as the last turn; the vendor's models before 4.6 did.
PREFILL_MODELS = {"simulator-small": "Simulator Small"}

MODELS: tuple[JsonObject, ...] = (
    _model(
        "simulator-large",
        "Simulator Large",
        "2026-09-01T00:00:00Z",
        (1_000_000, 128_000),
        capabilities=_capabilities(
            thinking=("adaptive", "disabled", "between_tools"), efforts=("low", "medium", "high", "max")
        ),
    ),
    _model(
        "simulator-small",
        "Simulator Small",
        "2026-06-01T00:00:00Z",
        (200_000, 64_000),
        capabilities=_capabilities(thinking=("enabled", "disabled"), efforts=(), pdfs=False, search=False),
    ),
    _model(
        "simulator-thinking",
        "Simulator Thinking",
        "2026-03-01T00:00:00Z",
        (200_000, 64_000),
        capabilities=_capabilities(thinking=("adaptive",), efforts=("low", "medium", "high", "xhigh", "max")),
    ),
    _model(
        "simulator-retired",
        "Simulator Retired",
        "2024-01-01T00:00:00Z",
        (100_000, 4_096),
        capabilities=_capabilities(thinking=("disabled",), efforts=()),
        lifecycle="retired",
        deprecated_at="2025-01-01T00:00:00Z",
        retires_at="2026-01-01T00:00:00Z",
    ),
)
# The only model that takes temperature, top_p and top_k, as only the vendor's older models do.
SAMPLING_MODELS = frozenset({"simulator-small"})


def get_model(model_id: str) -> JsonObject:
    """The description of a model, retired ones included. Raises `AnswerError` (404)."""
    for model in MODELS:
        if model["id"] == model_id:
            return model
    raise AnswerError(404, f"model: {model_id}")


def usable_model(model_id: str) -> JsonObject:
    """As `get_model`, for a request that would run it: a retired model is not found."""
    model = get_model(model_id)
    if model["lifecycle"] == "retired":
        raise AnswerError(404, f"model: {model_id}")
    return model


def thinking_modes(model: JsonObject) -> tuple[str, ...]:
    """The values of `thinking.type` that the model takes."""
    types = model["capabilities"]["thinking"]["types"]
    return tuple(mode for mode, entry in types.items() if entry["supported"])


def list_models(query: Mapping[str, list[str]], *, page: int) -> JsonObject:
    """One page of the list. `page` caps what the client may ask for, so that three models can have pages.

    Raises `AnswerError` (400) for a limit, lifecycle or cursor that makes no sense.
    """
    limit = min(_limit(query), page)
    wanted = query.get("lifecycle") or list(LISTED_BY_DEFAULT)
    if unknown := set(wanted) - set(LIFECYCLES):
        raise AnswerError(400, f"lifecycle: unknown value {min(unknown)}")
    models = [model for model in MODELS if model["lifecycle"] in wanted]
    if "after_id" in query and "before_id" in query:
        raise AnswerError(400, "after_id, before_id: only one of them may be set")
    if "after_id" in query:
        rest = models[_position(models, query["after_id"][0]) + 1 :]
        chosen, has_more = rest[:limit], len(rest) > limit
    elif "before_id" in query:
        rest = models[: _position(models, query["before_id"][0])]
        chosen, has_more = rest[-limit:], len(rest) > limit
    else:
        chosen, has_more = models[:limit], len(models) > limit
    return {
        "data": chosen,
        "has_more": has_more,
        "first_id": chosen[0]["id"] if chosen else None,
        "last_id": chosen[-1]["id"] if chosen else None,
    }


def _limit(query: Mapping[str, list[str]]) -> int:
    text = query.get("limit", [str(DEFAULT_LIMIT)])[0]
    if not text.isdecimal() or not 1 <= int(text) <= MAX_LIMIT:
        raise AnswerError(400, f"limit: must be a number from 1 to {MAX_LIMIT}")
    return int(text)


def _position(models: Sequence[JsonObject], model_id: str) -> int:
    for position, model in enumerate(models):
        if model["id"] == model_id:
            return position
    raise AnswerError(400, f"cursor: no such model {model_id}")
