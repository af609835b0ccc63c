"""Everything that the services of this app refuse, as one tree.

    SessionError
    ├── InvalidName          the name breaks the rules for names
    ├── InvalidDate          a date that cannot be meant
    ├── InvalidBudget        an amount or level that cannot be meant; `field` says which
    ├── NameTaken            the owner has a session of that name
    ├── ProviderUnavailable  unknown here, or switched off by the operator
    ├── AuthTypeUnavailable  the provider has no such login, or the operator has not set it up
    ├── KeyRejected          not a key, or the provider refuses it
    ├── LoginProblem         a pasted code that cannot be used; `reason` says which problem
    ├── Undecryptable        stored credentials that the server's keys do not open
    ├── KeysDoNotFit         nothing may be stored, because this server's keys are not the database's
    ├── SessionUnavailable   the session cannot answer now; `status` and `reason` say why
    ├── BudgetSpent          the session's budget for this month is used up; `retry_at` is the next month
    ├── InstanceProblem      what an operator says about this copy of the database cannot be done
    └── ProviderProblem      the provider refused a call, or could not be reached

`message` is a plain sentence for the person who asked, and says what to do next. No error carries
a secret. Each door (page, admin, command, task) maps this tree in one place.
"""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar


class SessionError(Exception):
    """Root of the tree. `code` is a stable word for JSON and tests."""

    code: ClassVar[str] = "session_error"

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class InvalidName(SessionError):
    """The name is empty, too long, or has characters that names do not have."""

    code = "invalid_name"


class InvalidDate(SessionError):
    """The date of a key is over, or there is no key."""

    code = "invalid_date"


class InvalidBudget(SessionError):
    """`field`: amount, warn_percent or stop_percent."""

    code = "invalid_budget"

    def __init__(self, message: str, *, field: str) -> None:
        super().__init__(message)
        self.field = field


class NameTaken(SessionError):
    """The owner already has a session of that name."""

    code = "name_taken"


class ProviderUnavailable(SessionError):
    """This server does not offer the provider."""

    code = "provider_unavailable"


class AuthTypeUnavailable(SessionError):
    """The provider cannot be used in that way here."""

    code = "auth_type_unavailable"


class KeyRejected(SessionError):
    """The text is no key, or the provider does not accept it."""

    code = "key_rejected"


class LoginProblem(SessionError):
    """`reason`: empty, too_long, bare_code, email_code, not_a_code, unknown_state, other_login,
    expired, used, too_many, unreadable, refused, not_sent, lost_answer, provider, operator, session_gone."""

    code = "login_problem"

    def __init__(self, message: str, *, reason: str) -> None:
        super().__init__(message)
        self.reason = reason

    @property
    def needs_new_link(self) -> bool:
        """Whether the login is over, so that only a new one can help."""
        return self.reason in {
            "expired",
            "used",
            "too_many",
            "unreadable",
            "refused",
            "not_sent",
            "lost_answer",
            "provider",
        }


class Undecryptable(SessionError):
    """`reason`: wrong_key, wrong_session or wrong_login (the text of another row), or malformed."""

    code = "undecryptable"

    def __init__(self, message: str, *, reason: str) -> None:
        super().__init__(message)
        self.reason = reason


class KeysDoNotFit(SessionError):
    """What is stored under wrong keys would be lost when the right ones are back."""

    code = "keys_do_not_fit"


class SessionUnavailable(SessionError):
    """`status` is the session's; `reason` a word as in `words.REASONS`; `retry_at` when it may work again.

    The message begins with the name, where `name` is given; `sentence` is without it, for places that show both.
    """

    code = "session_unavailable"

    def __init__(
        self, sentence: str, *, status: str, reason: str, retry_at: datetime | None = None, name: str = ""
    ) -> None:
        super().__init__(f"{name}: {sentence}" if name else sentence)
        self.sentence = sentence
        self.status = status
        self.reason = reason
        self.retry_at = retry_at


class BudgetSpent(SessionError):
    """Nothing more is sent this month; `retry_at` is when the next one begins."""

    code = "budget_spent"

    def __init__(self, message: str, *, retry_at: datetime) -> None:
        super().__init__(message)
        self.retry_at = retry_at


class InstanceProblem(SessionError):
    """Nothing is on hold, or the data folder cannot remember the decision."""

    code = "instance_problem"


class ProviderProblem(SessionError):
    """`kind` is the provider error's word; `retryable` whether the same call may work later."""

    code = "provider_problem"

    def __init__(self, message: str, *, kind: str, retryable: bool) -> None:
        super().__init__(message)
        self.kind = kind
        self.retryable = retryable
