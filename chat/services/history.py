"""What the model is sent: the conversation up to the message that it should answer, or go on with.

Reasoning is not sent back: it is bound to the model, account and request that made it, and only needed while a
tool of ours is being used. A tool request without its result would be refused, so it goes too.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from chat.models import Generation, Message
from chat.models.chat_settings import ChatSettings
from chat.parts import AttachmentPart, StoredPart
from chat.services import branches, chat_settings
from chat.services.file_contents import Loader
from providers.messages import (
    ChatMessage,
    ChatRequest,
    ProviderPart,
    RedactedThinkingPart,
    TextPart,
    ThinkingPart,
    ToolUsePart,
)
from providers.model_info import Capabilities, Price
from sessions_app.models import ProviderSession
from sessions_app.services.catalog import known_model, price_of_model

# For models that do not take the beginning of their answer (https://platform.claude.com/docs/en/api/messages).
GO_ON = "Your answer was cut off. Go on exactly where it stopped. Repeat nothing and add no preface."
PAUSED = "pause_turn"
_NOT_SENT_BACK = ThinkingPart | RedactedThinkingPart | ToolUsePart


def build_request(generation: Generation) -> ChatRequest:
    """The request of a run: its model, the branch that leads to its message, and the conversation's settings."""
    return request_of(
        _branch(generation.message),
        session=generation.session,
        model_id=generation.model,
        chosen=generation.message.conversation.settings,
    )


def request_of(
    messages: Sequence[Message], *, session: ProviderSession | None, model_id: str, chosen: ChatSettings
) -> ChatRequest:
    """The same for any messages, oldest first, the last of which is to be answered or gone on with."""
    provider = session.provider if session else ""
    model = known_model(session, model_id) if session else None
    turns = _turns(messages, provider, model.capabilities if model else Capabilities())
    request = chat_settings.apply(
        ChatRequest(model=model_id, messages=()), chosen, session=session, model=model
    )
    # A model that thinks first does not go on in the middle of a word.
    thinks = request.thinking is not None and request.thinking.is_on
    goes_on = bool(model and model.capabilities.prefill and not thinks)
    if messages and _is_paused(messages[-1], session, model_id):
        parts = (part for part in messages[-1].parts if not isinstance(part, AttachmentPart))
        paused = ChatMessage(role="assistant", parts=tuple(parts))
        return msgspec.structs.replace(request, messages=(*_without_last(turns), paused))
    return msgspec.structs.replace(request, messages=_ready_to_answer(turns, takes_prefill=goes_on))


def _is_paused(message: Message, session: ProviderSession | None, model_id: str) -> bool:
    """A turn that its provider interrupted goes on when the same model is sent it back as it is, thoughts included.

    https://platform.claude.com/docs/en/build-with-claude/handling-stop-reasons
    """
    if message.role != Message.Role.ASSISTANT or message.generation.stop_reason != PAUSED:
        return False
    return session is not None and (message.generation.session_id, message.model) == (session.pk, model_id)


def _without_last(turns: list[ChatMessage]) -> list[ChatMessage]:
    """The turns before the one that is being answered; a turn that had nothing to send is not among them."""
    return turns[:-1] if turns and turns[-1].role == "assistant" else turns


def _ready_to_answer(turns: list[ChatMessage], *, takes_prefill: bool) -> tuple[ChatMessage, ...]:
    """A continuation ends with the answer so far: the model is given it to go on, or is asked to."""
    if not turns or turns[-1].role == "user":
        return tuple(turns)
    *earlier, last = turns
    if takes_prefill and isinstance(end := last.parts[-1], TextPart):
        # Providers refuse a last turn that ends in white space.
        begun = msgspec.structs.replace(end, text=end.text.rstrip())
        return (*earlier, ChatMessage("assistant", (*last.parts[:-1], begun)))
    return (*turns, ChatMessage("user", (TextPart(text=GO_ON),)))


def price_of(generation: Generation) -> Price | None:
    """USD per million tokens of the run's model, `None` if unknown."""
    session = generation.session
    return price_of_model(session, generation.model) if session else None


def _branch(message: Message) -> list[Message]:
    """The messages before `message`, oldest first, along `parent`: siblings belong to other branches."""
    if Message.parent.is_cached(message) and (first := message.parent) and first.parent_id is None:
        return [first]
    path = branches.path_to(message.parent_id, branches.parents_of(message.conversation_id))
    return list(Message.objects.filter(pk__in=path).select_related("generation").order_by("pk"))


def _turns(messages: Sequence[Message], provider: str, takes: Capabilities) -> list[ChatMessage]:
    """The messages that have something to send, with their files."""
    kept = [(one, [part for part in one.parts if _goes_back(part, provider)]) for one in messages]
    loader = Loader((part for _, parts in kept for part in parts), takes)
    return [
        ChatMessage(
            role="assistant" if message.role == Message.Role.ASSISTANT else "user",
            parts=tuple(loader.native(part) for part in parts),
        )
        for message, parts in kept
        if parts
    ]


def _goes_back(part: StoredPart, provider: str) -> bool:
    if isinstance(part, _NOT_SENT_BACK):
        return False
    if isinstance(part, TextPart):
        return bool(part.text.strip())  # providers refuse a text part without text
    # A block of a provider's own is only understood by that provider.
    return not isinstance(part, ProviderPart) or part.provider == provider
