"""One question and its answer, for commands: streamed to a callback, timed, summed up."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass, field

from django.utils import timezone

from chat.answering import Retry, Step, answer, is_whole, max_tokens_for
from providers.errors import ProviderError
from providers.events import Completed, Failed, StopReason, TextDelta, Usage
from providers.http import aclose_clients
from providers.messages import ChatMessage, ChatRequest, TextPart
from providers.reply import ReplyBuilder
from sessions_app.models import ProviderSession
from sessions_app.services import budgets, usage
from sessions_app.services.catalog import known_model


@dataclass
class Outcome:
    """What came of it. Times in seconds since the start; `first_s` is `None` without any text."""

    reply: ReplyBuilder = field(default_factory=ReplyBuilder)
    first_s: float | None = None
    total_s: float = 0.0

    @property
    def error(self) -> ProviderError | None:
        return self.reply.error

    @property
    def stop_reason(self) -> StopReason | None:
        return self.reply.stop_reason

    @property
    def usage(self) -> Usage:
        return self.reply.usage

    @property
    def is_complete(self) -> bool:
        """The provider's last event came, and the model ended by itself."""
        return self.stop_reason is not None and is_whole(self.stop_reason)

    @property
    def exit_code(self) -> int:
        """0 complete; 1 failed before any text; 3 the text is not the whole answer."""
        if self.is_complete:
            return 0
        return 1 if self.error is not None and self.first_s is None else 3


def request_for(session: ProviderSession, *, prompt: str, model: str, system: str = "") -> ChatRequest:
    """A conversation of one message."""
    return ChatRequest(
        model=model,
        messages=(ChatMessage(role="user", parts=(TextPart(text=prompt),)),),
        max_tokens=max_tokens_for(known_model(session, model)),
        system=system,
    )


def ask(session: ProviderSession, request: ChatRequest, *, on_step: Callable[[Step], None]) -> Outcome:
    """Run one question to its end, without a limit of time, and record what it used. Ctrl-C closes the connection
    and raises `KeyboardInterrupt`. Raises `BudgetSpent`, before anything is sent."""
    budgets.check(session)
    outcome = Outcome()
    try:
        asyncio.run(_ask(outcome, session, request, on_step))
    finally:
        _record(outcome, session, request.model)
    return outcome


def _record(outcome: Outcome, session: ProviderSession, model: str) -> None:
    """What a provider refuses costs nothing; what was cut may have cost more than was reported."""
    if outcome.error is not None and outcome.usage == Usage():
        return
    known = known_model(session, model)
    record = usage.make_record(
        run_id=uuid.uuid4(),
        at=timezone.now(),
        owner_id=session.owner_id,
        payer=usage.payer_of(session),
        model=model,
        usage=outcome.usage,
        price=known.price if known else None,
        is_complete=outcome.stop_reason is not None,
    )
    usage.store([record])


async def _ask(
    outcome: Outcome, session: ProviderSession, request: ChatRequest, on_step: Callable[[Step], None]
) -> None:
    started = time.monotonic()
    try:
        async with aclosing(answer(session.pk, request)) as steps:
            async for step in steps:
                outcome.total_s = time.monotonic() - started
                if isinstance(step, TextDelta) and outcome.first_s is None:
                    outcome.first_s = outcome.total_s
                if not isinstance(step, Retry):
                    outcome.reply.add(step)
                on_step(step)
                if isinstance(step, Completed | Failed):
                    break
    finally:
        await aclose_clients()
