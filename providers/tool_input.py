"""Reads the input of a tool request: JSON text that a model wrote, so that it may be anything."""

from __future__ import annotations

from typing import cast

import msgspec

from providers.errors import UnexpectedAnswer
from providers.messages import JsonObject

_object_decoder = msgspec.json.Decoder(dict[str, object])


def json_object(raw: msgspec.Raw | bytes | str) -> JsonObject:
    """A JSON object whose shape is not ours to know. Raises `msgspec.DecodeError`."""
    return cast(JsonObject, _object_decoder.decode(raw))


def parse_tool_input(text: str, *, name: str) -> JsonObject:
    """The input for the tool `name`; no text at all means no arguments. Raises `UnexpectedAnswer`."""
    if not text.strip():
        return {}
    try:
        return json_object(text)
    except (msgspec.DecodeError, RecursionError) as error:
        raise UnexpectedAnswer(
            f"The model's input for the tool “{name[:64]}” is not a JSON object, so the request for the "
            "tool cannot be carried out. Ask again."
        ) from error
