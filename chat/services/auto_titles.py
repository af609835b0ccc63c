"""Titles by a model: once for each conversation, after its first complete answer, asked of the cheapest model of the session
that answered, and counted in what that session used. A title that its owner gave is never written over.

The claim comes before the call, so a process that dies in between leaves the first line as the title and nobody pays twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID, uuid5

from django.conf import settings
from django.db import transaction

from chat.models import Conversation, Generation
from chat.services import admission
from chat.services.errors import SessionNotUsable
from chat.services.titles import title_from
from providers.errors import ProviderError
from providers.events import Usage
from providers.messages import ChatMessage, ChatRequest, TextPart, ThinkingConfig
from providers.model_info import ModelInfo
from providers.reply import ReplyBuilder
from sessions_app.errors import SessionError
from sessions_app.models import ProviderSession, UsageRecord
from sessions_app.services import catalog, usage
from sessions_app.services.catalog import known_model
from sessions_app.services.usage import Payer

SYSTEM = "You name conversations. Answer with a title of three to six words in the language of the conversation, and nothing else."
WISH = "Write a title for this conversation."
TIME_LIMIT_S = 60
_AROUND = " \t*_#`\"'“”„«»."  # what models put around a title
_READ = 1_500  # characters of question and answer that are sent
_TOKENS, _TOKENS_WITH_THINKING = 60, 2_000
_GUESSED_INPUT, _GUESSED_OUTPUT, _GUESSED_THINKING = 800, 20, 500  # tokens, to compare models


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """A title that this process asks for."""

    conversation_id: UUID
    session_id: UUID
    owner_id: int
    payer: Payer
    request: ChatRequest


def claim(generation_id: UUID, *, now: datetime) -> Wanted | None:
    """Take the conversation's one title, after a complete answer; `None` if none is wanted, or another process has it. May
    ask the provider for its models."""
    found = Generation.objects.select_related("message__conversation", "message__parent", "session", "user")
    generation = found.filter(pk=generation_id, status=Generation.Status.COMPLETE).first()
    if generation is None or generation.session is None or not _is_wanted(generation, generation.session):
        return None
    request = _request(generation, _cheapest(generation.session, generation.model))
    waiting = Conversation.objects.filter(
        pk=generation.message.conversation_id, title_is_chosen=False, title_asked_at=None, deleted_at=None
    )
    if not waiting.update(title_asked_at=now):
        return None
    return Wanted(
        conversation_id=generation.message.conversation_id,
        session_id=generation.session.pk,
        owner_id=generation.user_id,
        payer=usage.payer_of(generation.session),
        request=request,
    )


def _is_wanted(generation: Generation, session: ProviderSession) -> bool:
    conversation = generation.message.conversation
    if not (settings.MAESTRO_AUTO_TITLES and session.auto_titles):
        return False
    if conversation.title_is_chosen or conversation.title_asked_at is not None:
        return False
    try:
        admission.usable_session(generation.user, session.pk)
    except SessionNotUsable:  # or its budget is spent
        return False
    return True


def _cheapest(session: ProviderSession, used: str) -> ModelInfo | str:
    """The model for a title: of those whose price is known the one that would cost least, else the one that answered."""
    try:
        models = catalog.list_models(session)
    except (SessionError, ProviderError):
        models = ()
    priced = [
        (cost, one) for one in models if one.lifecycle == "active" and (cost := _guess(one)) is not None
    ]
    if priced:
        return min(priced, key=lambda pair: pair[0])[1]
    return known_model(session, used) or used


def _guess(model: ModelInfo) -> Decimal | None:
    if model.price is None:
        return None
    output = _GUESSED_OUTPUT + (0 if _can_be_quiet(model) else _GUESSED_THINKING)
    return model.price.cost(Usage(input_tokens=_GUESSED_INPUT, output_tokens=output))


def _can_be_quiet(model: ModelInfo) -> bool:
    return "disabled" in (model.capabilities.thinking_modes or ())


def _request(generation: Generation, model: ModelInfo | str) -> ChatRequest:
    question = generation.message.parent
    turns = [
        ("user", question.text if question else ""),
        ("assistant", generation.message.text),
        ("user", WISH),
    ]
    is_quiet = isinstance(model, ModelInfo) and _can_be_quiet(model)
    return ChatRequest(
        model=model if isinstance(model, str) else model.id,
        messages=tuple(
            ChatMessage("user" if role == "user" else "assistant", (TextPart(text=text[:_READ].rstrip()),))
            for role, text in turns
            if text.strip()
        ),
        system=SYSTEM,
        max_tokens=_TOKENS if is_quiet else _TOKENS_WITH_THINKING,
        thinking=ThinkingConfig(mode="disabled") if is_quiet else None,
    )


def store(wanted: Wanted, reply: ReplyBuilder, *, now: datetime) -> bool:
    """Write down what it used and, if it is a title, the title; whether that is new to the owner's pages."""
    title = _title_of(reply)
    with transaction.atomic():
        if reply.error is None or reply.usage != Usage():
            usage.store([_record(wanted, reply, now)])
        waiting = Conversation.objects.filter(pk=wanted.conversation_id, title_is_chosen=False)
        return bool(title) and waiting.touch(title=title) > 0


def _title_of(reply: ReplyBuilder) -> str:
    """One short line without what models put around it; "" if there is none."""
    if reply.stop_reason is None or reply.stop_reason.reason == "refusal":
        return ""
    line = next((line for line in reply.text.splitlines() if line.strip()), "")
    bare = line.strip(_AROUND).removeprefix("Title:").strip(_AROUND)
    return title_from(bare) if bare else ""


def _record(wanted: Wanted, reply: ReplyBuilder, now: datetime) -> UsageRecord:
    session = ProviderSession.objects.filter(pk=wanted.session_id).first()
    known = known_model(session, wanted.request.model) if session else None
    record = usage.make_record(
        run_id=uuid5(wanted.conversation_id, "title"),
        at=now,
        owner_id=wanted.owner_id,
        payer=wanted.payer,
        model=wanted.request.model,
        conversation_id=wanted.conversation_id,
        usage=reply.usage,
        price=known.price if known else None,
        is_complete=reply.stop_reason is not None,
    )
    record.purpose = UsageRecord.Purpose.TITLE
    return record
