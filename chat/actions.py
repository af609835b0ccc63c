"""What a page may do, the same for websocket and POST: from a typed frame to the service, the runner, and the
frame that answers. The doors parse and authorise before they come here."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from typing import Literal
from uuid import UUID

from django.contrib.auth.models import User

from chat.protocol import (
    Again,
    AnswerIds,
    Compare,
    CompareAck,
    ConversationFrame,
    ErrorFrame,
    Pick,
    PickAck,
    QueueAck,
    QueueDelete,
    QueueEdit,
    QueueFrame,
    QueueSend,
    Remove,
    RemoveAck,
    Send,
    SendAck,
    Settings,
    SettingsAck,
    Show,
    ShowAck,
    StopAck,
)
from chat.runner import Runner
from chat.services import again as another
from chat.services import (
    announcements,
    beginning,
    chat_settings,
    comparing,
    deleting,
    generations,
    messages,
    queue,
)
from chat.services.again import Wish
from chat.services.comparing import NewComparison, Wanted
from chat.services.errors import ChatError, MessageGone, NotThere, ServerBusy
from chat.services.generations import NewMessage
from chat.services.logins import Login
from chat.services.queue import Queued
from chat.services.turns import Started
from chat.threads import in_thread, in_waiting_thread


async def send(
    runner: Runner | None, sender: User | Login, frame: Send, *, place: str = ""
) -> SendAck | QueueAck:
    """Store the message and have it answered, now or in its turn. `place` is where the user sits. Raises a `ChatError`;
    of a `Login`, which is looked up with the storing, `SignedOut`."""
    _check_draining(runner)
    new = NewMessage(
        conversation_id=frame.conversation,
        client_id=frame.client_id,
        text=frame.text,
        session_id=frame.session,
        model=frame.model,
        place=place,
        replaces=None if frame.replaces is None else _message_id(frame.replaces),
        wait=frame.wait,
        settings=frame.settings,
        attachments=frame.attachments,
    )
    begun = await in_waiting_thread(beginning.send, sender, new, takes_run=runner is not None)
    if runner is None or begun.run is None or isinstance(begun.rows, Queued):
        return await _begin(runner, begun.rows, ref=frame.ref)
    await runner.begin(*begun.run)
    return _ack(begun.rows, ref=frame.ref)


async def compare(runner: Runner | None, user: User, frame: Compare, *, place: str = "") -> CompareAck:
    """Store the message and have each payer answer it. Raises a `ChatError`."""
    _check_draining(runner)
    new = NewComparison(
        conversation_id=frame.conversation,
        client_id=frame.client_id,
        text=frame.text,
        wanted=[Wanted(session_id=one.session, model=one.model) for one in frame.payers],
        place=place,
        settings=frame.settings,
        attachments=frame.attachments,
    )
    compared = await in_waiting_thread(comparing.compare, user, new)
    answers = [column.newest for column in compared.comparison.columns]
    if compared.created and runner is not None:
        for answer in answers:
            runner.wake(answer.generation.pk)
    return CompareAck(
        ref=frame.ref,
        conversation=compared.conversation.pk,
        title=compared.conversation.title,
        user_message=str(compared.comparison.question.pk),
        comparison=compared.comparison.id,
        answers=tuple(AnswerIds(message=str(one.pk), generation=one.generation.pk) for one in answers),
        created=compared.created,
    )


async def pick(runner: Runner | None, user: User, frame: Pick) -> PickAck:
    """Go on with one column; what others of them write is stopped. Raises `NotThere`."""
    picked = await in_thread(comparing.pick, user, _message_id(frame.message))
    await _stop_all(runner, user, picked.to_stop)
    await _queue_changed(runner, picked.conversation_id)
    return PickAck(ref=frame.ref, conversation=picked.conversation_id, picked=str(picked.message.pk))


async def again(runner: Runner | None, user: User, frame: Again, *, place: str = "") -> SendAck | QueueAck:
    """Another try, or the rest of an answer, now or when a limit has passed. Raises a `ChatError`."""
    _check_draining(runner)
    wish = Wish(
        message_id=_message_id(frame.message),
        client_id=frame.client_id,
        how=frame.how,
        session_id=frame.session,
        model=frame.model,
        place=place,
        wait=frame.wait,
    )
    return await _begin(runner, await in_waiting_thread(another.again, user, wish), ref=frame.ref)


def _check_draining(runner: Runner | None) -> None:
    if runner is not None and runner.is_draining:
        raise ServerBusy


def _message_id(text: str) -> int:
    """The number behind the opaque text. Raises `NotThere` for what was never one."""
    if not (text.isascii() and text.isdigit()) or int(text) >= 2**63:
        raise MessageGone
    return int(text)


async def _begin(runner: Runner | None, started: Started | Queued, *, ref: str | None) -> SendAck | QueueAck:
    conversation = started.conversation
    if isinstance(started, Queued):
        await _queue_changed(runner, conversation.pk)
        return QueueAck(ref=ref, conversation=conversation.pk, client_id=started.client_id, state="queued")
    if started.created and runner is not None:
        runner.wake(started.generation.pk)
    return _ack(started, ref=ref)


def _ack(started: Started, *, ref: str | None) -> SendAck:
    conversation = started.conversation
    return SendAck(
        ref=ref,
        conversation=conversation.pk,
        title=conversation.title,
        user_message=str(started.user_message.pk) if started.user_message else None,
        message=str(started.message.pk),
        generation=started.generation.pk,
        created=started.created,
    )


async def change_queue(runner: Runner | None, user: User, frame: QueueFrame) -> QueueAck:
    """Edit, take back, or send a message that waits. Raises a `ChatError`."""
    conversation, client_id = frame.conversation, frame.client_id
    state: Literal["queued", "sent", "deleted"] = "queued"
    match frame:
        case QueueEdit():
            await in_thread(queue.edit, user, conversation, client_id, frame.text)
        case QueueDelete():
            await in_thread(queue.delete, user, conversation, client_id)
            state = "deleted"
        case QueueSend():
            await _send_queued(runner, user, frame)
    await _queue_changed(runner, conversation)
    if state == "queued" and await in_thread(queue.find, conversation, client_id) is None:
        state = "sent"
    return QueueAck(ref=frame.ref, conversation=conversation, client_id=client_id, state=state)


async def _send_queued(runner: Runner | None, user: User, frame: QueueSend) -> None:
    wanted = await in_waiting_thread(
        queue.send_now,
        user,
        frame.conversation,
        frame.client_id,
        session_id=frame.session,
        model=frame.model,
    )
    await _stop_all(runner, user, wanted.to_stop)


async def _stop_all(runner: Runner | None, user: User, generation_ids: Sequence[UUID]) -> None:
    for generation_id in generation_ids:
        with contextlib.suppress(NotThere):  # deleted in this moment
            await stop(runner, user, generation_id)


async def _queue_changed(runner: Runner | None, conversation_id: UUID) -> None:
    """Tell the pages; the answer before may have ended meanwhile, or the change may let the next one go."""
    if runner is not None:
        runner.changed(conversation_id)
        await runner.release(conversation_id)


async def show(runner: Runner | None, user: User, frame: Show) -> ShowAck:
    """Have another branch shown. Raises `NotThere`, `MessagesWait`."""
    conversation = await in_thread(messages.show, user, _message_id(frame.message))
    if runner is not None:
        runner.changed(conversation.pk)
    return ShowAck(ref=frame.ref, conversation=conversation.pk, shown=frame.message)


async def remove(runner: Runner | None, user: User, frame: Remove) -> RemoveAck:
    """Delete a message with what follows on it, or say how many that would be. Raises `NotThere`, `BeingWritten`."""
    message_id = _message_id(frame.message)
    removal = await in_thread(messages.remove, user, message_id, count=frame.count)
    if removal.is_done and runner is not None:
        runner.changed(removal.conversation_id)
    return RemoveAck(
        ref=frame.ref,
        conversation=removal.conversation_id,
        count=removal.count,
        removed=removal.is_done,
    )


async def change_settings(runner: Runner | None, user: User, frame: Settings) -> SettingsAck:
    """Change how a conversation is answered. Raises `NotThere`, `SettingsRefused`."""
    await in_thread(chat_settings.change, user, frame.conversation, frame.change)
    if runner is not None:
        runner.changed(frame.conversation)
    return SettingsAck(ref=frame.ref, conversation=frame.conversation)


async def change(runner: Runner | None, conversation_id: UUID, do: Callable[[], object]) -> ConversationFrame:
    """Rename, pin or archive a conversation, delete it or bring it back (`do`), and tell every page; the state that
    they are told. Raises `NotThere`."""
    await in_thread(do)
    if runner is not None:
        runner.changed(conversation_id)
    state = await in_thread(announcements.state_of, conversation_id)
    return state.frame if state else ConversationFrame(conversation=conversation_id, deleted=True)


async def delete(runner: Runner | None, user: User, conversation_id: UUID) -> ConversationFrame:
    """Delete it, so that it can be brought back, and stop what is being answered in it. Raises `NotThere`."""
    stopped: list[UUID] = []
    state = await change(
        runner, conversation_id, lambda: stopped.extend(deleting.delete(user, conversation_id))
    )
    if runner is not None:
        for generation_id in stopped:
            runner.stop(generation_id)
    return state


async def stop(runner: Runner | None, user: User, generation_id: UUID, *, ref: str | None = None) -> StopAck:
    """Have a run ended. Raises `NotThere`."""
    generation = await in_thread(generations.stop, user.pk, generation_id)
    if runner is not None:
        runner.stop(generation_id)
    return StopAck(ref=ref, generation=generation_id, status=generation.status)


def error_frame(error: ChatError, *, ref: str | None = None) -> ErrorFrame:
    """A refusal as the page gets it."""
    return ErrorFrame(code=error.code, message=error.message, ref=ref, retry_at=error.retry_at)
