"""From bytes to typed frames and back. `chat.protocol` says what they mean."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, get_args

import msgspec
from django.utils.translation import gettext as _

from chat.numbers import grouped
from chat.protocol import (
    Again,
    ClientFrame,
    Compare,
    ErrorCode,
    ErrorFrame,
    Estimate,
    Pick,
    QueueFrame,
    Ref,
    Remove,
    Send,
    ServerFrame,
    Settings,
    Show,
)

T = TypeVar("T")


class _Head(msgspec.Struct, frozen=True):
    type: str
    ref: Ref | None = None


_TYPES = frozenset(kind.__struct_config__.tag for kind in get_args(ClientFrame))
_decode = msgspec.json.Decoder(ClientFrame).decode
_decode_head = msgspec.json.Decoder(_Head).decode
_decode_send = msgspec.json.Decoder(Send).decode
_decode_compare = msgspec.json.Decoder(Compare).decode
_decode_pick = msgspec.json.Decoder(Pick).decode
_decode_again = msgspec.json.Decoder(Again).decode
_decode_estimate = msgspec.json.Decoder(Estimate).decode
_decode_settings = msgspec.json.Decoder(Settings).decode
_decode_queue = msgspec.json.Decoder(QueueFrame).decode
_decode_show = msgspec.json.Decoder(Show).decode
_decode_remove = msgspec.json.Decoder(Remove).decode
_encode = msgspec.json.Encoder().encode


class Refused(Exception):
    """A client frame that is none; `frame` is the answer to it."""

    def __init__(self, code: ErrorCode, message: str, *, ref: str | None = None) -> None:
        super().__init__(message)
        self.frame = ErrorFrame(code=code, message=message, ref=ref)


def parse_frame(text: str, *, limit: int) -> ClientFrame:
    """A client frame of at most `limit` bytes. Raises `Refused`."""
    if len(text) > limit or len(text.encode("utf-8", "surrogatepass")) > limit:
        raise Refused(
            "too_large",
            _("A frame may have %(limit)s bytes. Send a long message by POST.") % {"limit": grouped(limit)},
        )
    try:
        frame: ClientFrame = _decode(text)
        return frame
    except msgspec.ValidationError as problem:
        raise _refusal(text, problem) from None
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        raise Refused("bad_json", _("The frame is not JSON.")) from None


def parse_send(body: bytes) -> Send:
    """The body of a POST: a `send` frame, with or without its `type`. Raises `Refused`."""
    return _parse_body(body, _decode_send)


def parse_compare(body: bytes) -> Compare:
    """The same for `compare`."""
    return _parse_body(body, _decode_compare)


def parse_pick(body: bytes) -> Pick:
    """The same for `pick`."""
    return _parse_body(body, _decode_pick)


def parse_again(body: bytes) -> Again:
    """The same for `again`."""
    return _parse_body(body, _decode_again)


def parse_show(body: bytes) -> Show:
    """The same for `show`."""
    return _parse_body(body, _decode_show)


def parse_remove(body: bytes) -> Remove:
    """The same for `remove`."""
    return _parse_body(body, _decode_remove)


def parse_estimate(body: bytes) -> Estimate:
    """The body of an `estimate`, which exists as POST only."""
    return _parse_body(body, _decode_estimate)


def parse_settings(body: bytes) -> Settings:
    """The same for `settings`."""
    return _parse_body(body, _decode_settings)


def parse_queue(body: bytes) -> QueueFrame:
    """The body of a POST: one of the frames that change a queue, with its `type`. Raises `Refused`."""
    frame: QueueFrame = _parse_body(body, _decode_queue)
    return frame


def _parse_body(body: bytes, decode: Callable[[bytes], T]) -> T:
    try:
        return decode(body)
    except msgspec.ValidationError as problem:
        raise Refused(
            "bad_frame", _("The message is incomplete: %(problem)s.") % {"problem": problem}
        ) from None
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        raise Refused("bad_json", _("The body is not JSON.")) from None


def _refusal(text: str, problem: msgspec.ValidationError) -> Refused:
    try:
        head = _decode_head(text)
    except msgspec.DecodeError:
        return Refused("bad_frame", _("A frame is a JSON object with a `type`."))
    if head.type not in _TYPES:
        return Refused("unknown_type", _("This server does not know that type of frame."), ref=head.ref)
    return Refused(
        "bad_frame", _("The frame is not complete: %(problem)s.") % {"problem": problem}, ref=head.ref
    )


def encode_frame(frame: ServerFrame) -> str:
    """The frame as JSON text."""
    return _encode(frame).decode()
