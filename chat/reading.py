"""What a page reads before it does anything, the same for websocket and POST: limits, what runs, what it has missed."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.models import User

from chat.models import Generation
from chat.protocol import Attach, Estimate, EstimateAck, Limits, Look, Ready, Running, ServerFrame, Snapshot
from chat.services import announcements, estimating, generations
from chat.services.estimating import Draft


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
    generation = generations.get(user.pk, frame.generation)
    is_over = generation.status not in Generation.UNFINISHED
    newest = generation.seq - 1 if is_over else generation.seq  # the end is always sent again
    return Snapshot(
        generation=generation.pk,
        conversation=generation.message.conversation_id,
        message=str(generation.message_id),
        status=generation.status,
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
