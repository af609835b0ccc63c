"""Everything the chat can refuse, each with the code that the browser protocol names.

    ChatError
    ├── NotThere             no such conversation or generation, or somebody else's
    │   ├── NotQueued        no such message in the queue
    │   ├── MessageGone      no such message
    │   └── AnswerGone       no such answer
    ├── SessionNotUsable     the session cannot answer now
    │   └── BudgetSpent      its budget for this month is used up; carries `retry_at`
    ├── ModelUnknown         not a model name
    ├── PromptEmpty
    ├── PromptTooLarge
    ├── FileUnfit            not an image or PDF that providers take
    ├── FileTooLarge
    ├── TooManyFiles         for one message, or together for one request
    ├── FileNotTaken         the model takes no such files
    ├── FileGone             it was removed, or is somebody else's
    ├── StorageFull          all files of the user together
    ├── NotStored            the disk does not take it
    ├── SettingsRefused      a setting of a conversation is out of its range
    ├── TooManyRunning
    │   └── StillAnswering   this conversation is being answered
    ├── TooManySends         carries `retry_at`
    ├── QueueFull            too many messages wait, or too much text
    ├── AlreadySent          the message has left the queue
    ├── NotNewest            another message came after this answer
    ├── BeingWritten         what should be deleted is not finished
    ├── MessagesWait         another branch cannot be shown while the queue follows this one
    ├── NothingToContinue    the answer has no text, or came to its end
    ├── PickFirst            answers stand side by side and none was picked
    ├── SamePayerTwice       two columns of a comparison would be the same
    └── ServerBusy           shutting down

`message` is a sentence for the person, without secrets, and says what to do next.
"""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from django.utils.translation import gettext_lazy as _lazy
from django_stubs_ext import StrPromise

from chat.protocol import RefusalCode


class ChatError(Exception):
    """Root. `code` is the protocol's word, `http_status` the same for the HTTP doors, `default_message` what an error says
    that is always for the same reason."""

    code: ClassVar[RefusalCode]
    http_status: ClassVar[int] = 400
    default_message: ClassVar[StrPromise | str] = ""

    def __init__(self, message: str = "", *, retry_at: datetime | None = None) -> None:
        self.message = message or str(self.default_message)  # in the language of whoever asks, from here on
        self.retry_at = retry_at
        super().__init__(self.message)


class NotThere(ChatError):
    """Absent, or not yours: the two are answered alike."""

    code = "not_found"
    http_status = 404
    default_message = _lazy("This conversation does not exist any more. Reload the page.")


class NotQueued(NotThere):
    """The queue has no such message."""

    default_message = _lazy("This message is not waiting any more. Reload the page.")


class MessageGone(NotThere):
    """The conversation has no such message."""

    default_message = _lazy("This message does not exist any more. Reload the page.")


class AnswerGone(NotThere):
    """The conversation has no such answer."""

    default_message = _lazy("This answer does not exist any more. Reload the page.")


class SessionNotUsable(ChatError):
    """The session is missing, waits for a login, or is disabled."""

    code: ClassVar[RefusalCode] = "session_unavailable"
    http_status = 409


class BudgetSpent(SessionNotUsable):
    """The session's owner wants to spend no more this month; passes at `retry_at`."""

    code = "budget_spent"
    http_status = 402


class ModelUnknown(ChatError):
    """The text cannot be a model's name, or no model could be chosen."""

    code = "model_unknown"


class PromptEmpty(ChatError):
    """Nothing to send."""

    code = "prompt_empty"
    default_message = _lazy("Write a message first.")


class PromptTooLarge(ChatError):
    """Over `MAESTRO_MAX_PROMPT_BYTES`."""

    code = "prompt_too_large"
    http_status = 413


class FileUnfit(ChatError):
    """Its bytes are not what a provider takes; the sentence says why."""

    code = "file_refused"
    http_status = 415


class FileTooLarge(ChatError):
    """Over `MAESTRO_MAX_FILE_BYTES`."""

    code = "file_too_large"
    http_status = 413


class TooManyFiles(ChatError):
    """Over `MAESTRO_MAX_FILES`, or over `MAESTRO_MAX_FILES_BYTES` with what is sent along."""

    code = "too_many_files"
    http_status = 413


class FileNotTaken(ChatError):
    """The model is known to take no such files."""

    code = "file_not_taken"
    http_status = 409


class FileGone(ChatError):
    """A file that a message should have is not there."""

    code = "file_gone"
    http_status = 409
    default_message = _lazy("A file of this message is not on the server any more. Attach it again.")


class StorageFull(ChatError):
    """Over `MAESTRO_MAX_STORED_BYTES_PER_USER`."""

    code = "storage_full"
    http_status = 413


class NotStored(ChatError):
    """The disk is full or broken."""

    code = "not_stored"
    http_status = 507


class SettingsRefused(ChatError):
    """No model takes that; the sentence names the range."""

    code = "settings_refused"


class TooManyRunning(ChatError):
    """Over `MAESTRO_MAX_RUNNING_PER_USER`."""

    code = "limit_running"
    http_status = 429


class StillAnswering(TooManyRunning):
    """One answer at a time in a conversation."""

    default_message = _lazy("This conversation is still being answered. Wait for the end or stop it.")


class TooManySends(ChatError):
    """Over `MAESTRO_SENDS_PER_MINUTE`; passes at `retry_at`."""

    code = "limit_rate"
    http_status = 429


class QueueFull(ChatError):
    """Over `MAESTRO_MAX_QUEUED`, or the texts together over `MAESTRO_MAX_PROMPT_BYTES`."""

    code = "queue_full"
    http_status = 429


class AlreadySent(ChatError):
    """Too late to change a message of the queue."""

    code = "already_sent"
    http_status = 409
    default_message = _lazy("This message was sent already, so it cannot be changed any more.")


class NotNewest(ChatError):
    """Only the last answer of the shown branch can be continued."""

    code = "not_newest"
    http_status = 409
    default_message = _lazy(
        "This is not the newest answer any more. Reload the page to see what came after it, or try this one again."
    )


class BeingWritten(ChatError):
    """A run would lose its message."""

    code = "being_written"
    http_status = 409
    default_message = _lazy("An answer below this is still being written. Stop it first, then delete.")


class MessagesWait(ChatError):
    """The queue is about to follow the shown branch."""

    code = "messages_wait"
    http_status = 409
    default_message = _lazy(
        "Messages are waiting for the answer that is being written, and would follow another one. "
        "Wait until they are sent, or delete them; then show another version."
    )


class NothingToContinue(ChatError):
    """There is no beginning to go on from."""

    code = "nothing_to_continue"
    http_status = 409
    default_message = _lazy(
        "There is nothing to continue: the answer has no text, or it is complete. Try again."
    )


class PickFirst(ChatError):
    """What is written next would follow no answer, or all of them."""

    code = "pick_first"
    http_status = 409
    default_message = _lazy("Pick the answer to go on with first.")


class SamePayerTwice(ChatError):
    """Nobody should pay twice for the same by a slip of the hand."""

    code = "same_payer"
    default_message = _lazy("Two columns have the same session and the same model. Change one of them.")


class ServerBusy(ChatError):
    """The process is going down and starts nothing new."""

    code = "server_busy"
    http_status = 503
    default_message = _lazy("The server is restarting. The message was not sent; try again in a moment.")
