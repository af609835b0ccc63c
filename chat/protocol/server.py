"""What the server sends. `chat.protocol` says how it all works together."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec
from django.utils.translation import gettext_noop

from chat.log import LogEvent
from chat.models.chat_settings import ChatSettings
from chat.protocol.acks import (
    CompareAck,
    EstimateAck,
    FromServer,
    PickAck,
    QueueAck,
    RemoveAck,
    SendAck,
    SettingsAck,
    ShowAck,
    StopAck,
)
from chat.protocol.codes import ErrorCode

VERSION = 1
HEARTBEAT_S = 20  # proxies cut silent connections after 60 to 100 s
CLOSE_SIGNED_OUT = 4401
CLOSE_TOO_SLOW = 4408
CLOSE_TOO_MANY = 4429


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """Of prompts and frames, in bytes of UTF-8; of one file, and of all that are sent with a message, in bytes; and how
    many `files` a message may have."""

    prompt_bytes: int
    frame_bytes: int
    file_bytes: int
    files_bytes: int
    files: int


class Running(msgspec.Struct, frozen=True, kw_only=True):
    """A generation that is queued or running."""

    generation: UUID
    conversation: UUID
    message: str


class Ready(FromServer, frozen=True, kw_only=True, tag="ready"):
    """The first frame."""

    limits: Limits
    running: tuple[Running, ...]
    protocol: int = VERSION
    heartbeat_s: int = HEARTBEAT_S


class Snapshot(FromServer, frozen=True, kw_only=True, tag="snapshot"):
    """What an `attach` found. `seq` is the last row that the page has: the events after it follow."""

    generation: UUID
    conversation: UUID
    message: str
    status: str
    seq: int


class EventFrame(FromServer, frozen=True, kw_only=True, tag="event"):
    """One step of an answer, live; in `StoredEventFrame` the step is already JSON text."""

    generation: UUID
    seq: int
    at: int
    event: LogEvent


class StoredEventFrame(FromServer, frozen=True, kw_only=True, tag="event"):
    """A whole row from the database, passed on without parsing."""

    generation: UUID
    seq: int
    event: msgspec.Raw
    at: int = 0


class WholeFrame(FromServer, frozen=True, kw_only=True, tag="whole"):
    """The answer from its start to row `seq`, in pieces; with the last, which says no `more`, it replaces what the
    page shows of it."""

    generation: UUID
    seq: int
    events: tuple[LogEvent, ...]
    more: bool


class SessionBadge(msgspec.Struct, frozen=True, kw_only=True):
    """Who answers and pays."""

    id: UUID | None
    name: str
    initials: str
    color: int


class AttachmentView(msgspec.Struct, frozen=True, kw_only=True):
    """A file of a message: `size` in bytes, `width` and `height` in pixels or `None`."""

    id: UUID
    name: str
    media_type: str
    size: int
    width: int | None
    height: int | None


class AskedMessage(msgspec.Struct, frozen=True, kw_only=True):
    """The user's message."""

    id: str
    text: str
    created_at: datetime
    attachments: tuple[AttachmentView, ...] = ()


class ColumnPlace(msgspec.Struct, frozen=True, kw_only=True):
    """Where an answer stands in a comparison; `number` from 0."""

    comparison: UUID
    number: int


class ColumnFace(msgspec.Struct, frozen=True, kw_only=True):
    """Another column of a comparison: who answered and paid there."""

    name: str
    initials: str
    color: int
    model: str


class AnswerMessage(msgspec.Struct, frozen=True, kw_only=True):
    """The answer, empty yet. In a `column` it stands beside others under the same question, of which none is picked; a
    newer one takes the place of what it is another try of. One that was picked was compared with those `beside` it."""

    id: str
    session: SessionBadge
    model: str
    column: ColumnPlace | None = None
    beside: tuple[ColumnFace, ...] = ()


class StartedFrame(FromServer, frozen=True, kw_only=True, tag="started"):
    """To every socket of the owner: an answer began somewhere. It and its question, where there is a new one, stand
    behind the message `after` (`None`: at the start); whatever else stood behind that belongs to another branch.
    `revision` as in `conversation`."""

    conversation: UUID
    revision: int
    title: str
    generation: UUID
    client_id: UUID | None
    after: str | None
    user_message: AskedMessage | None
    message: AnswerMessage


class StatusFrame(FromServer, frozen=True, kw_only=True, tag="status"):
    """To every socket of the owner: a generation has ended."""

    generation: UUID
    conversation: UUID
    status: str


class QueuedView(msgspec.Struct, frozen=True, kw_only=True):
    """A message that waits. `session.id` is `None` when its session was deleted; `usable`: it could pay now, or after
    `not_before`, when it sends itself because a limit has passed. `again`: it is in the thread already and wants another
    answer; without `text` it is the rest of one."""

    client_id: UUID
    text: str
    session: SessionBadge
    usable: bool
    model: str
    not_before: datetime | None = None
    again: bool = False
    attachments: tuple[AttachmentView, ...] = ()


class WaitsView(msgspec.Struct, frozen=True, kw_only=True):
    """Why the first message of the queue has not gone out: `streaming` (it will, after the answer), `complete` (it
    will, at once or when a limit allows), `later` (it will, at its `not_before`), or what it waits for its owner for: `stopped`, `interrupted`, `failed`,
    `refused`, `comparison` (none of its answers was picked). `message` is a sentence, and `why` the refusal in it."""

    code: str
    message: str
    why: str = ""


class ComparisonView(msgspec.Struct, frozen=True, kw_only=True):
    """A comparison in which the owner has still to pick: its question, and the last message of each column."""

    id: UUID
    question: str
    newest: tuple[str, ...]


class ConversationFrame(FromServer, frozen=True, kw_only=True, tag="conversation"):
    """To every socket of the owner: the state of a conversation after a change. `newest` is the last message of the
    branch that is shown; `writing` are the messages that are being written, also on other branches; `forks` has, for each
    message of the shown branch with siblings, all of these, oldest first. A state of a lower `revision` than a page has
    seen is old. `deleted`: only its title counts."""

    conversation: UUID
    revision: int = 0
    title: str = ""
    updated_at: datetime | None = None
    session: SessionBadge | None = None
    settings: ChatSettings = ChatSettings()
    running: bool = False
    pinned: bool = False
    archived: bool = False
    newest: str | None = None
    comparison: ComparisonView | None = None
    writing: tuple[str, ...] = ()
    forks: tuple[tuple[str, ...], ...] = ()
    queue: tuple[QueuedView, ...] = ()
    waits: WaitsView | None = None
    deleted: bool = False


class ErrorFrame(FromServer, frozen=True, kw_only=True, tag="error"):
    """A frame was refused; `retry_at` says when it may work."""

    code: ErrorCode
    message: str
    ref: str | None = None
    retry_at: datetime | None = None


SIGNED_OUT = ErrorFrame(
    code="signed_out", message=gettext_noop("You are signed out. Sign in again; nothing was lost.")
)


class Pong(FromServer, frozen=True, kw_only=True, tag="pong"):
    """The answer to `ping`."""

    ref: str | None = None


ServerFrame = (
    Ready
    | SendAck
    | CompareAck
    | PickAck
    | QueueAck
    | EstimateAck
    | ShowAck
    | RemoveAck
    | SettingsAck
    | StopAck
    | Snapshot
    | EventFrame
    | StoredEventFrame
    | WholeFrame
    | StartedFrame
    | StatusFrame
    | ConversationFrame
    | ErrorFrame
    | Pong
)
