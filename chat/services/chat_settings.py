"""The settings of a conversation: changed by its owner, turned into a request for each run.

A model is sent only what it is known to take, so no setting can make it refuse; what it does not take stays stored
and counts again with another model.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, cast, get_args
from uuid import UUID

import msgspec
from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext as _

from chat.answering import max_tokens_for
from chat.models import Conversation
from chat.models.chat_settings import ChatSettings, encode_settings
from chat.numbers import grouped
from chat.protocol import SettingsChange
from chat.services import admission, conversations, errors
from providers.messages import ChatRequest, Effort, ThinkingConfig
from providers.model_info import Capabilities, ModelInfo
from sessions_app.models import ProviderSession

MAX_SYSTEM = 100_000  # characters, as for a session's own
MOST_TOKENS = 10_000_000  # no model answers with more
MAX_TEMPERATURE = 2.0  # the widest range of any vendor
CACHE_FOR = "5m"  # what repeats is asked for again within minutes, and an hour costs more to write
_MIN_WHILE_THINKING = 2048  # tokens: half of them are for thinking, of which vendors want 1,024
_THINKING = {"adaptive", "enabled", "disabled"}


def change(user: User, conversation_id: UUID, wanted: SettingsChange) -> None:
    """Change what is named and keep the rest. Raises `NotThere`, `SettingsRefused`."""
    with transaction.atomic():
        admission.lock_out_other_tabs(user)
        conversation = conversations.get(user, conversation_id)
        chosen = changed(conversation.settings, wanted)
        Conversation.objects.filter(pk=conversation.pk).touch(settings_json=encode_settings(chosen))


def changed(before: ChatSettings, wanted: SettingsChange) -> ChatSettings:
    """`before` with what is named in `wanted`. Raises `SettingsRefused`, which names the range."""
    named = {
        name: value for name, value in msgspec.structs.asdict(wanted).items() if value is not msgspec.UNSET
    }
    for name, value in named.items():
        if value is not None and not _CHECKS[name](value):
            raise errors.SettingsRefused(_range_of(name))
    after = msgspec.structs.replace(before, **named)
    if after.thinking == "enabled" and (after.max_tokens or _MIN_WHILE_THINKING) < _MIN_WHILE_THINKING:
        raise errors.SettingsRefused(
            _("With thinking on, an answer needs at least %(least)s tokens. Allow more, or turn it off.")
            % {"least": grouped(_MIN_WHILE_THINKING)}
        )
    return after


_CHECKS: dict[str, Callable[[Any], bool]] = {
    "system": lambda text: len(text) <= MAX_SYSTEM,
    "effort": lambda word: word in get_args(Effort),
    "thinking": lambda word: word in _THINKING,
    "max_tokens": lambda number: 1 <= number <= MOST_TOKENS,
    "temperature": lambda number: math.isfinite(number) and 0 <= number <= MAX_TEMPERATURE,
    "cache": lambda flag: True,
}


def _range_of(name: str) -> str:
    match name:
        case "system":
            sentence = _("A system prompt may have %(most)s characters. Shorten it.")
            return sentence % {"most": grouped(MAX_SYSTEM)}
        case "effort":
            return _("Effort is one of %(words)s.") % {"words": ", ".join(get_args(Effort))}
        case "thinking":
            return _("Thinking is one of %(words)s.") % {"words": ", ".join(sorted(_THINKING))}
        case "max_tokens":
            sentence = _("The longest answer is a number of tokens from 1 to %(most)s.")
            return sentence % {"most": grouped(MOST_TOKENS)}
        case _:
            return _("Temperature is a number from 0 to %(most)s.") % {"most": f"{MAX_TEMPERATURE:g}"}


def apply(
    request: ChatRequest, chosen: ChatSettings, *, session: ProviderSession | None, model: ModelInfo | None
) -> ChatRequest:
    """The request as the owner wants it, as far as the model is known to take it."""
    takes = model.capabilities if model else Capabilities()
    return msgspec.structs.replace(
        request,
        system=chosen.system or (session.system_prompt if session else ""),
        max_tokens=_longest(chosen, model),
        effort=cast("Effort", chosen.effort) if chosen.effort in (takes.efforts or ()) else None,
        thinking=_thinking(chosen, takes),
        temperature=_temperature(chosen, takes),
        cache_prompt=CACHE_FOR if _caches(chosen) else None,
    )


def _longest(chosen: ChatSettings, model: ModelInfo | None) -> int:
    if chosen.max_tokens is None:
        return max_tokens_for(model)
    most = model.max_output_tokens if model else None
    return min(chosen.max_tokens, most) if most else chosen.max_tokens


def _thinking(chosen: ChatSettings, takes: Capabilities) -> ThinkingConfig | None:
    match chosen.thinking:
        case "adaptive" | "enabled" | "disabled" as mode if mode in (takes.thinking_modes or ()):
            return ThinkingConfig(mode=mode)
        case _:
            return None


def _temperature(chosen: ChatSettings, takes: Capabilities) -> float | None:
    if chosen.temperature is None or not takes.sampling:
        return None
    is_in_range = takes.max_temperature is None or chosen.temperature <= takes.max_temperature
    return chosen.temperature if is_in_range else None


def _caches(chosen: ChatSettings) -> bool:
    return bool(settings.MAESTRO_PROMPT_CACHE) if chosen.cache is None else chosen.cache
