"""What a page reads before it does anything, the same for websocket and POST: limits, what runs, what it has missed."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.models import User

from chat.models import Generation
from chat.protocol import Attach, Estimate, EstimateAck, Limits, Look, Ready, Running, ServerFrame, Snapshot
from chat.services import announcements, estimating, generations
from chat.services.errors import AnswerGone
from chat.services.estimating import Draft
from sessions_app.prepared import Select, on

_FOUND = Select(
    lambda user, pk: (
        Generation.objects.owned_by(user)
        .shown()
        .filter(pk=pk)
        .values_list("status", "seq", "message", "message__conversation")
    ),
    on(Generation, "user", "id"),
)


def limits() -> Limits:
    """What a page should know before it sends."""
    return Limits(
        prompt_bytes=settings.MAESTRO_MAX_PROMPT_BYTES,
        frame_bytes=settings.MAESTRO_MAX_FRAME_BYTES,
        file_bytes=settings.MAESTRO_MAX_FILE_BYTES,
        files_bytes=settings.MAESTRO_MAX_FILES_BYTES,
        files=settings.MAESTRO_MAX_FILES,
    )


def ready(user: User) -> Ready:
    """The first frame of a connection."""
    running = tuple(
        Running(generation=one.pk, conversation=one.message.conversation_id, message=str(one.message_id))
        for one in generations.unfinished(user.pk)
    )
    return Ready(limits=limits(), running=running)


def snapshot(user: User, frame: Attach) -> Snapshot:
    """What an `attach` finds. A page that claims to have rows which are not stored starts after the stored ones.

    Raises `NotThere`.
    """
    found = _FOUND.first(user.pk, frame.generation)
    if found is None:
        raise AnswerGone
    status, seq, message, conversation = found
    is_over = status not in Generation.UNFINISHED
    newest = seq - 1 if is_over else seq  # the end is always sent again
    return Snapshot(
        generation=frame.generation,
        conversation=conversation,
        message=str(message),
        status=status,
        seq=min(frame.after_seq, newest),
    )


def estimate(user: User, frame: Estimate) -> EstimateAck:
    """What a message would use. Raises a `ChatError`; may wait for the provider."""
    draft = Draft(
        conversation_id=frame.conversation,
        text=frame.text,
        session_id=frame.session,
        model=frame.model,
        attachments=frame.attachments,
        settings=frame.settings,
    )
    found = estimating.estimate(user, draft)
    return EstimateAck(ref=frame.ref, tokens=found.tokens, cost=found.cost)


def look(user: User, frame: Look) -> tuple[ServerFrame, ...]:
    """What a page has missed. Raises `NotThere`."""
    return announcements.missed(user.pk, frame.conversation, frame.after)
