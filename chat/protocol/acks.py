"""What the server says to a frame that it has carried out. `chat.protocol` says how it all works together."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

import msgspec


class FromServer(msgspec.Struct, frozen=True, kw_only=True, tag_field="type"):
    """Every frame of the server names itself in `type`."""


class SendAck(FromServer, frozen=True, kw_only=True, tag="ack"):
    """The message is stored and its answer begins, now or (`created` false) when it came before. `user_message` is
    `None` after `again`."""

    conversation: UUID
    title: str
    user_message: str | None
    message: str
    generation: UUID
    created: bool
    ref: str | None = None


class AnswerIds(msgspec.Struct, frozen=True, kw_only=True):
    """One answer of a comparison."""

    message: str
    generation: UUID


class CompareAck(FromServer, frozen=True, kw_only=True, tag="ack"):
    """The message is stored and its answers begin, in the order of the payers; `created` as for `send`."""

    conversation: UUID
    title: str
    user_message: str
    comparison: UUID
    answers: tuple[AnswerIds, ...]
    created: bool
    ref: str | None = None


class PickAck(FromServer, frozen=True, kw_only=True, tag="ack"):
    """The conversation goes on with `message`, the last one of the column that was picked."""

    conversation: UUID
    picked: str
    ref: str | None = None


class QueueAck(FromServer, frozen=True, kw_only=True, tag="ack"):
    """Where a message of the queue is now; `conversation` frames tell every page what the queue looks like. One that
    is to be sent now may still be `queued` until the answer before it has stopped, or a limit allows it."""

    conversation: UUID
    client_id: UUID
    state: Literal["queued", "sent", "deleted"]
    ref: str | None = None


class ShowAck(FromServer, frozen=True, kw_only=True, tag="ack"):
    """The branch through the message is shown; a `conversation` frame tells every page."""

    conversation: UUID
    shown: str
    ref: str | None = None


class RemoveAck(FromServer, frozen=True, kw_only=True, tag="ack"):
    """How many messages go with the one that was named, itself included, and whether they went."""

    conversation: UUID
    count: int
    removed: bool
    ref: str | None = None


class SettingsAck(FromServer, frozen=True, kw_only=True, tag="ack"):
    """The settings are stored; a `conversation` frame tells every page what they are."""

    conversation: UUID
    ref: str | None = None


class EstimateAck(FromServer, frozen=True, kw_only=True, tag="ack"):
    """Tokens of the whole prompt, and what these cost in USD without the answer; `None` where unknown."""

    tokens: int | None
    cost: str | None
    ref: str | None = None


class StopAck(FromServer, frozen=True, kw_only=True, tag="ack"):
    """The wish is stored."""

    generation: UUID
    status: str
    ref: str | None = None
