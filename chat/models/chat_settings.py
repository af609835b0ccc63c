"""How a conversation is answered: what its owner chose beside session and model. Kept as JSON text in its row.

Wishes only. What a model takes of them is decided for each run (`chat.services.chat_settings`), so that they survive
a change of the model.
"""

from __future__ import annotations

import msgspec


class ChatSettings(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`None` leaves it to the model, an empty `system` to the session. `max_tokens` bounds an answer; `cache`: the
    provider keeps what repeats, `None` as the operator set it."""

    system: str = ""
    effort: str | None = None  # providers.messages.Effort
    thinking: str | None = None  # a mode of providers.messages.ThinkingConfig
    max_tokens: int | None = None
    temperature: float | None = None
    cache: bool | None = None


_decoder = msgspec.json.Decoder(ChatSettings)


def encode_settings(chosen: ChatSettings) -> str:
    """The JSON text that `Conversation.settings_json` holds."""
    return msgspec.json.encode(chosen).decode()


def settings_from(settings_json: str) -> ChatSettings:
    """What such a text says."""
    return _decoder.decode(settings_json)
