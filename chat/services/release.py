"""What waits goes out: the first message of a queue is sent once the answer before it is complete.

After an answer that failed, was stopped or was interrupted the queue waits, because what was to follow it may make no
sense any more; its owner sends or deletes. A message that waits for a limit of its session goes when that has passed. `release` may be called by anybody, any number of times: one of the callers sends.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import Exists, F, OuterRef, Q, Subquery
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from chat.models import Conversation, Generation, Message, QueuedMessage
from chat.services import admission, branches, errors
from chat.services.branches import Standing
from chat.services.turns import Payer, Started, add_answer, add_question
from sessions_app.models import ProviderSession
from sessions_app.prepared import Select, on

_SCANNED = 100  # conversations that one look of the timer takes
_FIRST = Select(
    lambda conversation: QueuedMessage.objects.filter(
        conversation=conversation, conversation__deleted_at=None
    ).values_list("pk", flat=True)[:1],
    on(QueuedMessage, "conversation"),
)


def may_go(first: QueuedMessage, standing: Standing, *, now: datetime) -> bool:
    """Whether the first message of a queue goes out by itself in a conversation that stands so."""
    if first.not_before is not None and first.not_before > now:
        return False
    if first.refused_code or standing.unpicked or standing.status == Message.Status.STREAMING:
        return False
    return first.wanted_now or standing.status == Message.Status.COMPLETE


@dataclass(frozen=True, kw_only=True)
class Release:
    """What became of the first message of a queue: its run, or `None` when it was refused and says why."""

    started: Started | None


def release(conversation_id: UUID, *, now: datetime | None = None) -> Release | None:
    """Send the first waiting message of a conversation if it may go now; `None` if nothing changed.

    Limits are no refusal: the message stays, and the timer tries again.
    """
    now = now or timezone.now()
    if _next(conversation_id, now) is None:
        return None
    owner = User.objects.get(conversations=conversation_id)
    try:
        with transaction.atomic():
            admission.lock_out_other_tabs(owner)
            row = _next(conversation_id, now)
            return None if row is None else _send(row, owner, now)
    except (errors.TooManyRunning, errors.TooManySends, IntegrityError):
        return None


def _next(conversation_id: UUID, now: datetime) -> QueuedMessage | None:
    """The message whose turn it is, `None` if there is none or it has to wait."""
    pk = _FIRST.first(conversation_id)
    if pk is None:
        return None
    first = QueuedMessage.objects.select_related("conversation", "parent").filter(pk=pk).first()
    if first is None:
        return None
    return first if may_go(first, branches.standing_of(conversation_id), now=now) else None


def _send(row: QueuedMessage, owner: User, now: datetime) -> Release | None:
    try:
        with translation.override("en"):  # as a refusal is stored
            session, until = _payer_of(row, owner, now)
            parent = _parent_of(row)
    except (errors.SessionNotUsable, errors.NotNewest) as refusal:
        return _hold(row, refused_code=refusal.code, refused_why=refusal.message)
    if until is not None:  # the limit was hit again meanwhile, from another conversation
        return _hold(row, not_before=until)
    admission.check_limits(owner, now)
    # Whoever deletes the row as it was read sends it; for everybody else it is gone or was changed.
    taken = QueuedMessage.objects.filter(pk=row.pk, revision=row.revision).delete()[0]
    if not taken:
        return None
    payer = Payer(user=owner, session=session, model=row.model)
    return Release(started=_begin(row, parent, payer, now))


def _payer_of(row: QueuedMessage, owner: User, now: datetime) -> tuple[ProviderSession, datetime | None]:
    """Who pays, and until when it has to wait once more."""
    if not owner.is_active:
        raise errors.SessionNotUsable(_("This account was deactivated."))
    if row.not_before is None:
        return admission.usable_session(owner, row.session_id), None
    return admission.session_to_wait_for(owner, row.session_id, now=now)


def _parent_of(row: QueuedMessage) -> Message | None:
    """What the answer will stand behind; `None`: the message becomes one of its own. When the conversation has gone on, an
    answer to what lies back would hide what came after. Raises `NotNewest` for what is nothing without its place."""
    end = branches.end_of(row.conversation_id)
    if row.parent is not None and end is not None and row.parent_id in (end.pk, end.parent_id):
        return row.parent
    if not row.parts:
        raise errors.NotNewest
    return None


def _begin(row: QueuedMessage, parent: Message | None, payer: Payer, now: datetime) -> Started:
    if parent is None:
        end = branches.end_of(row.conversation_id)
        return add_question(
            row.conversation,
            after=end.pk if end else None,
            payer=payer,
            client_id=row.client_id,
            parts_json=row.parts_json,
            now=now,
        )
    answer = add_answer(parent, payer=payer, now=now, client_id=row.client_id)
    return Started(
        conversation=row.conversation,
        user_message=None,
        message=answer,
        generation=answer.generation,
        created=True,
    )


def _hold(row: QueuedMessage, **why: object) -> Release:
    """It stays where it is, and says why."""
    QueuedMessage.objects.filter(pk=row.pk, revision=row.revision).update(revision=F("revision") + 1, **why)
    Conversation.objects.filter(pk=row.conversation_id).touch()
    return Release(started=None)


def releasable(*, now: datetime | None = None) -> list[UUID]:
    """Conversations whose queue should move on by itself, for the timer: their time has come, their process died, or a
    limit was met."""
    first = QueuedMessage.objects.filter(conversation=OuterRef("conversation")).values("pk")[:1]
    end = Message.objects.filter(pk=OuterRef("end_id")).values("status")
    busy = Generation.objects.unfinished().filter(message__conversation=OuterRef("conversation"))
    rows = QueuedMessage.objects.annotate(
        first=Subquery(first), end_id=branches.end_pk(OuterRef("conversation")), end=Subquery(end)
    ).filter(
        ~Exists(busy),
        ~branches.unpicked("end_id"),
        Q(end=Message.Status.COMPLETE) | Q(wanted_now=True),
        Q(not_before=None) | Q(not_before__lte=now or timezone.now()),
        pk=F("first"),
        refused_code="",
        conversation__owner__is_active=True,
        conversation__deleted_at=None,
    )
    return list(rows.order_by("created_at").values_list("conversation", flat=True)[:_SCANNED])


@dataclass(frozen=True, kw_only=True)
class Waits:
    """Why the first message has not gone out yet: code, a sentence with what happens next, and the refusal in it; in
    English, as stored."""

    code: str
    message: str
    why: str = ""


_WAITS = {
    Message.Status.STREAMING: gettext_noop("The next one goes out by itself when the answer is complete."),
    Message.Status.COMPLETE: gettext_noop(
        "The next one goes out by itself, as soon as fewer answers are being written for you."
    ),
    Message.Status.STOPPED: gettext_noop("Waiting for you, because the answer before was stopped."),
    Message.Status.INTERRUPTED: gettext_noop("Waiting for you, because the answer before was cut off."),
    Message.Status.FAILED: gettext_noop("Waiting for you, because the answer before failed."),
}
REFUSED = gettext_noop("Waiting for you.")
_UNPICKED = Waits(
    code="comparison", message=gettext_noop("Waiting for you to pick the answer to go on with.")
)
_LATER = Waits(
    code="later", message=gettext_noop("It is sent by itself as soon as its session may be used again.")
)


def waits_of(rows: list[QueuedMessage], standing: Standing, *, now: datetime) -> Waits | None:
    """Why the queue of a conversation that stands so does not move; `None` if it is empty."""
    if not rows:
        return None
    if rows[0].refused_code:
        return Waits(code="refused", message=f"{REFUSED} {rows[0].refused_why}", why=rows[0].refused_why)
    if standing.unpicked:
        return _UNPICKED
    status = standing.status
    if status != Message.Status.STREAMING and rows[0].not_before is not None and rows[0].not_before > now:
        return _LATER
    if rows[0].wanted_now and status != Message.Status.STREAMING:
        status = Message.Status.COMPLETE
    return Waits(code=status.value, message=_WAITS[status])
