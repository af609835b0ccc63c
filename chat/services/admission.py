"""What must be true before something is sent for a user: the text, the session, the model, the limits.

Every way to a run asks here: a new message, one from the queue, another try, a continuation.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.contrib.auth.models import User
from django.utils.translation import gettext as _

from chat.models import Generation
from chat.numbers import grouped
from chat.services import errors
from providers.errors import ProviderError
from sessions_app.errors import BudgetSpent, SessionError
from sessions_app.models import ProviderSession
from sessions_app.prepared import Select, on
from sessions_app.services import budgets
from sessions_app.services.catalog import default_model_for
from sessions_app.services.free import free_at

MODEL_NAME_LIMIT = 200
_MINUTE = timedelta(minutes=1)

_SESSION = Select(
    lambda owner, pk: ProviderSession.objects.filter(owner=owner, pk=pk), on(ProviderSession, "owner", "id")
)
# Without its key: PostgreSQL looks at that for every row that names the user, and the writer, which has touched a
# conversation and stores what its answer used, would wait for one that waits for the conversation.
_LOCK = Select(
    lambda pk: User.objects.select_for_update(no_key=True).filter(pk=pk).values_list("pk", flat=True),
    on(User, "id"),
)
_UNFINISHED = Select(
    lambda user: Generation.objects.owned_by(user).unfinished().values_list("pk", flat=True),
    on(Generation, "user"),
)
_LATELY = Select(
    lambda user, since: (
        Generation.objects.owned_by(user).filter(created_at__gt=since).values_list("message", flat=True)
    ),
    on(Generation, "user", "created_at"),
)
_RECENT = Select(
    lambda user, since: (
        Generation.objects.owned_by(user)
        .filter(created_at__gt=since)
        .order_by("created_at")
        .values_list("created_at", flat=True)
    ),
    on(Generation, "user", "created_at"),
)


def size_of(text: str) -> int:
    """Bytes of UTF-8."""
    return len(text.encode("utf-8", "surrogatepass"))


def check_prompt(text: str, *, has_files: bool = False) -> None:
    """Files alone are a message too. Raises `PromptEmpty` or `PromptTooLarge`."""
    if not text.strip() and not has_files:
        raise errors.PromptEmpty
    size, limit = size_of(text), settings.MAESTRO_MAX_PROMPT_BYTES
    if size > limit:
        raise errors.PromptTooLarge(
            _("The message has %(size)s bytes; at most %(limit)s are allowed. Shorten it.")
            % {"size": grouped(size), "limit": grouped(limit)}
        )


def usable_session(user: User, session_id: UUID | None) -> ProviderSession:
    """The user's session, if it can answer and may cost more now. Raises `SessionNotUsable` or `BudgetSpent`."""
    session = _working_session(user, session_id)
    try:
        budgets.check(session)
    except BudgetSpent as spent:
        raise errors.BudgetSpent(spent.message, retry_at=spent.retry_at) from None
    return session


def session_to_wait_for(
    user: User, session_id: UUID | None, *, now: datetime
) -> tuple[ProviderSession, datetime | None]:
    """The same for a message that may wait for it, and until when it has to: `None`, it may go now. Raises
    `SessionNotUsable`."""
    session = _working_session(user, session_id)
    return session, free_at(session, now=now)


def _working_session(user: User, session_id: UUID | None) -> ProviderSession:
    session = _SESSION.first(user.pk, session_id)
    if session is None:
        raise errors.SessionNotUsable(_("This session does not exist any more. Choose another one."))
    session.owner = user
    if not session.is_usable:
        raise errors.SessionNotUsable(
            _("%(session)s: %(state)s. Or choose another session.")
            % {"session": session.name, "state": session.state_sentence.rstrip(".")}
        )
    return session


def model_for(session: ProviderSession, wanted: str | None) -> str:
    """The name of the model to ask. Without a wish the provider may be asked. Raises `ModelUnknown`."""
    if not wanted:
        try:
            return default_model_for(session)
        except (SessionError, ProviderError) as problem:
            raise errors.ModelUnknown(
                _("No model could be chosen: %(problem)s. Choose one in the list.") % {"problem": problem}
            ) from problem
    if len(wanted) > MODEL_NAME_LIMIT or not wanted.isprintable() or " " in wanted:
        raise errors.ModelUnknown(_("This cannot be the name of a model. Choose one in the list."))
    return wanted


def lock_out_other_tabs(user: User) -> None:
    """Until the transaction ends nobody else sends for this user, so two cannot both be the last one allowed."""
    if not _LOCK(user.pk):
        raise User.DoesNotExist


def check_limits(user: User, now: datetime, *, answers: int = 1) -> None:
    """Whether so many more `answers` may begin. Raises `TooManyRunning` or `TooManySends`."""
    _check_running(len(_UNFINISHED(user.pk)), answers)
    per_minute = settings.MAESTRO_SENDS_PER_MINUTE
    too_many = len(_LATELY(user.pk, now - _MINUTE)) + answers - per_minute
    if too_many > 0:
        sends = _RECENT(user.pk, now - _MINUTE)
        # When so many have left the minute that there is room; a comparison over the whole limit never has it.
        passes_at = sends[min(too_many, len(sends)) - 1] + _MINUTE if sends else None
        raise errors.TooManySends(
            _("%(most)s answers in a minute is the most. Wait a moment.") % {"most": per_minute},
            retry_at=passes_at,
        )


def _check_running(running: int, answers: int) -> None:
    limit = settings.MAESTRO_MAX_RUNNING_PER_USER
    if running + answers <= limit:
        return
    if answers == 1:
        raise errors.TooManyRunning(
            _("%(limit)s answers are being written for you, the most at a time. Wait for one or stop one.")
            % {"limit": limit}
        )
    raise errors.TooManyRunning(
        _(
            "%(limit)s answers may be written for you at a time, and %(running)s are now; %(answers)s more are too many."
            " Wait, or compare fewer."
        )
        % {"limit": limit, "running": running, "answers": answers}
    )
