"""What a page may send. `chat.protocol` says how it all works together."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

import msgspec

Ref = Annotated[str, msgspec.Meta(max_length=64)]
Seq = Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)]
Files = Annotated[tuple[UUID, ...], msgspec.Meta(max_length=100)]  # the service knows the limit
MessageId = Annotated[str, msgspec.Meta(max_length=32)]


class _Client(msgspec.Struct, frozen=True, kw_only=True, tag_field="type"):
    ref: Ref | None = None


class SettingsChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to change of a conversation's settings; what is left out stays. `None`, and an empty `system`, go back to
    what model, session and operator set. Ranges are checked by the service, which answers with a sentence."""

    system: str | msgspec.UnsetType = msgspec.UNSET
    effort: str | msgspec.UnsetType | None = msgspec.UNSET
    thinking: str | msgspec.UnsetType | None = msgspec.UNSET
    max_tokens: int | msgspec.UnsetType | None = msgspec.UNSET
    temperature: float | msgspec.UnsetType | None = msgspec.UNSET
    cache: bool | msgspec.UnsetType | None = msgspec.UNSET


NO_CHANGE = SettingsChange()


class Send(_Client, frozen=True, kw_only=True, tag="send"):
    """A message. The page makes `conversation` and `client_id`; the same pair again is the same message. `replaces`: it is
    another wording of that message of the user, beside it, and does not wait: while an answer is being written it is
    refused. `settings` are for a conversation that begins with it; later, `settings` frames change them. `attachments`
    are files that were uploaded before; `None`: none, or those of the message that is replaced. `wait`: if a limit of the
    session speaks against it, it is queued and sends itself when that has passed."""

    conversation: UUID
    client_id: UUID
    text: str
    session: UUID
    model: str | None = None
    replaces: MessageId | None = None
    wait: bool = False
    settings: SettingsChange = NO_CHANGE
    attachments: Files | None = None


class Estimate(_Client, frozen=True, kw_only=True, tag="estimate"):
    """By POST only: how many tokens would this message use, with all that is sent along? Nothing is sent or stored."""

    conversation: UUID
    text: str
    session: UUID
    model: str | None = None
    attachments: Files = ()
    settings: SettingsChange = NO_CHANGE


class PayerChoice(msgspec.Struct, frozen=True, kw_only=True):
    """Who answers and pays: a session, and one of its models or its default."""

    session: UUID
    model: str | None = None


class Compare(_Client, frozen=True, kw_only=True, tag="compare"):
    """The same message to several payers at once; the same ids again are the same comparison. If one of them cannot pay,
    nothing is sent to any. `settings` and `attachments` as in `Send`."""

    conversation: UUID
    client_id: UUID
    text: str
    payers: Annotated[tuple[PayerChoice, ...], msgspec.Meta(min_length=2, max_length=4)]
    settings: SettingsChange = NO_CHANGE
    attachments: Files = ()


class Pick(_Client, frozen=True, kw_only=True, tag="pick"):
    """Go on with the column of this answer; what is being written in the others is stopped. Again is no error."""

    message: MessageId


class Attach(_Client, frozen=True, kw_only=True, tag="attach"):
    """Follow a generation from its row `after_seq` + 1 on. Again: start over from there."""

    generation: UUID
    after_seq: Seq = 0


class Detach(_Client, frozen=True, kw_only=True, tag="detach"):
    """Do not follow it any longer. It goes on."""

    generation: UUID


class Stop(_Client, frozen=True, kw_only=True, tag="stop"):
    """End it; the text so far is kept. Too late or twice is no error."""

    generation: UUID


class Again(_Client, frozen=True, kw_only=True, tag="again"):
    """After an answer: `retry` it, whichever it is, or `continue` where it stopped, if it is the last one and did not come
    to its end. Answered and announced as `send` is; `client_id` makes it one run. `wait`, with `retry`: as in `Send`."""

    message: MessageId
    client_id: UUID
    how: Literal["retry", "continue"]
    session: UUID
    model: str | None = None
    wait: bool = False


class Show(_Client, frozen=True, kw_only=True, tag="show"):
    """Show the branch through this message from now on, on every page; a message that is shown changes nothing."""

    message: MessageId


class Remove(_Client, frozen=True, kw_only=True, tag="remove"):
    """Delete a message and all that follows on it, in all branches, if these are `count` messages. With any other number
    the `ack` says how many they are, and nothing is deleted: so a person can be asked first."""

    message: MessageId
    count: Seq = 0


class _InQueue(_Client, frozen=True, kw_only=True):
    """A message in a queue, by the ids that it was sent with."""

    conversation: UUID
    client_id: UUID


class QueueEdit(_InQueue, frozen=True, kw_only=True, tag="queue_edit"):
    """Give it another text; too late is `already_sent`."""

    text: str


class QueueDelete(_InQueue, frozen=True, kw_only=True, tag="queue_delete"):
    """Take it back; again is no error, too late is `already_sent`."""


class QueueSend(_InQueue, frozen=True, kw_only=True, tag="queue_send"):
    """Send it now, before the others; an answer that is being written is stopped for it. `session` only to change who
    pays. Again, or too late, is no error."""

    session: UUID | None = None
    model: str | None = None


class Settings(_Client, frozen=True, kw_only=True, tag="settings"):
    """Change how a conversation is answered from its next answer on; out of range is `settings_refused`."""

    conversation: UUID
    change: SettingsChange


class Look(_Client, frozen=True, kw_only=True, tag="look"):
    """What came after the message `after`, the last one that the page shows? Empty: it shows none."""

    conversation: UUID
    after: MessageId = ""


class Ping(_Client, frozen=True, kw_only=True, tag="ping"):
    """Keeps the connection open on its way; answered by `pong`."""


QueueFrame = QueueEdit | QueueDelete | QueueSend
ClientFrame = (
    Send
    | Compare
    | Pick
    | Again
    | Show
    | Remove
    | QueueEdit
    | QueueDelete
    | QueueSend
    | Settings
    | Attach
    | Detach
    | Stop
    | Look
    | Ping
)
