"""The browser protocol, version 1: every frame between a page and the server. This is its document; `client`,
`acks`, `codes` and `server` have the fields.

One websocket per page, `/ws/chat/`; text frames, each a JSON object with `type`. Ids are UUID text, except message
ids, which are opaque text. A client frame may carry `ref` (≤ 64 characters), which its `ack` or `error` repeats.

A generation's log is a list of rows, `seq` from 1 without gaps. Text of one kind and block shares a row while the
row is open, so an `event` carries `seq` and `at`, the offset of its text within the row in UTF-16 code units. A
reader keeps a cursor (seq, offset) for each generation:

    seq < cursor.seq                  drop
    seq == cursor.seq                 drop the first (offset - at) units of the text; drop all if nothing is left
    seq == cursor.seq + 1, at == 0    take
    anything else                     something is missing: `attach` again after the last whole row

A text row that came last may still grow, so "the last whole row" is the one before it.

A connection begins with `ready`. `attach` is answered by one `snapshot` and then by `event`s: the stored ones after
`after_seq`, then live ones; the last event of every generation is `ended`. Where much is missing of an answer that is
over, its log is gone, or the page may show text that died with a process before it was stored, `whole` comes in
place of the rows: the page shows it instead of what it has of the answer. Whatever is wrong with a frame is answered
by an `error` with a code; the connection stays. It is closed with 4401 when the login has ended, with 4429 when
the user has too many, with 4408 when the page does not read. A page pings every `heartbeat_s` seconds.

A message that is sent while its conversation is being answered waits in the conversation's queue and keeps its
`client_id`; its `ack` says `queued`. When its turn comes, the server sends it and tells so by `started`, whether a page
is open or not. `queue_edit`, `queue_delete` and `queue_send` change the queue.

The messages of a conversation are a tree, of which one branch is shown. `send` with `replaces` and `again` add a sibling to
a question or an answer, or go on with one; whatever begins is shown. `show` chooses another branch, `remove` deletes one.

`compare` asks several payers the same: their answers stand in columns under one question, each with its `started`. While
none is picked the conversation ends in the question, and `comparison` of its state names the columns; what is sent then is
refused with `pick_first`. `pick` goes on with one. Another try and a continuation stay in their column.

`settings` changes how a conversation is answered from its next answer on, whoever asks for that: a new message, one
from the queue, another try. Only what is named changes, so that two pages can change different things. A conversation
that does not exist yet gets them with its first `send`.

Files are uploaded before their message (`POST /chat/attachments/`), which names them by id in `attachments`; they are
given back by `GET /chat/attachments/<id>/`.

`conversation` is the whole state of a conversation and replaces what the page knew of it, unless its `revision` is lower
than one that the page has seen. The shown branch ends in the message `newest`. A page that has `newest` takes away what
stands behind it. One that does not have it asks for the branch as it is rendered (`GET /c/<id>/thread/`). A page that was
away sends `look` after `ready`, which is answered by a `started` for each answer of the shown branch from where it leaves
the branch of the page's last message, oldest first, and then by `conversation`.

Everything that changes something exists as POST too, with the same body and the same answer, for prompts over the frame
limit and for times without a socket.
"""

from __future__ import annotations

from chat.protocol.acks import (
    AnswerIds,
    CompareAck,
    EstimateAck,
    PickAck,
    QueueAck,
    RemoveAck,
    SendAck,
    SettingsAck,
    ShowAck,
    StopAck,
)
from chat.protocol.client import (
    NO_CHANGE,
    Again,
    Attach,
    ClientFrame,
    Compare,
    Detach,
    Estimate,
    Look,
    MessageId,
    PayerChoice,
    Pick,
    Ping,
    QueueDelete,
    QueueEdit,
    QueueFrame,
    QueueSend,
    Ref,
    Remove,
    Send,
    Seq,
    Settings,
    SettingsChange,
    Show,
    Stop,
)
from chat.protocol.codes import ErrorCode, RefusalCode
from chat.protocol.server import (
    CLOSE_SIGNED_OUT,
    CLOSE_TOO_MANY,
    CLOSE_TOO_SLOW,
    HEARTBEAT_S,
    SIGNED_OUT,
    VERSION,
    AnswerMessage,
    AskedMessage,
    AttachmentView,
    ColumnFace,
    ColumnPlace,
    ComparisonView,
    ConversationFrame,
    ErrorFrame,
    EventFrame,
    Limits,
    Pong,
    QueuedView,
    Ready,
    Running,
    ServerFrame,
    SessionBadge,
    Snapshot,
    StartedFrame,
    StatusFrame,
    StoredEventFrame,
    WaitsView,
    WholeFrame,
)

__all__ = [
    "CLOSE_SIGNED_OUT",
    "CLOSE_TOO_MANY",
    "CLOSE_TOO_SLOW",
    "HEARTBEAT_S",
    "NO_CHANGE",
    "SIGNED_OUT",
    "VERSION",
    "Again",
    "AnswerIds",
    "AnswerMessage",
    "AskedMessage",
    "Attach",
    "AttachmentView",
    "ClientFrame",
    "ColumnFace",
    "ColumnPlace",
    "Compare",
    "CompareAck",
    "ComparisonView",
    "ConversationFrame",
    "Detach",
    "ErrorCode",
    "ErrorFrame",
    "Estimate",
    "EstimateAck",
    "EventFrame",
    "Limits",
    "Look",
    "MessageId",
    "PayerChoice",
    "Pick",
    "PickAck",
    "Ping",
    "Pong",
    "QueueAck",
    "QueueDelete",
    "QueueEdit",
    "QueueFrame",
    "QueueSend",
    "QueuedView",
    "Ready",
    "Ref",
    "RefusalCode",
    "Remove",
    "RemoveAck",
    "Running",
    "Send",
    "SendAck",
    "Seq",
    "ServerFrame",
    "SessionBadge",
    "Settings",
    "SettingsAck",
    "SettingsChange",
    "Show",
    "ShowAck",
    "Snapshot",
    "StartedFrame",
    "StatusFrame",
    "Stop",
    "StopAck",
    "StoredEventFrame",
    "WaitsView",
    "WholeFrame",
]
