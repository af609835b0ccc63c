"""From a session id and a request to the events of one answer: the only place that does this.

Owns which credentials are used and what is tried again. Knows no conversation, no log and no socket; the
runner and the commands share it. Tried again only before the first content, so that nobody pays twice for
text that was shown.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from uuid import UUID

import msgspec

from chat.threads import in_waiting_thread
from providers.errors import AuthenticationFailed, ProviderError
from providers.events import Event, Failed, MessageStarted, StopReason, UsageReported
from providers.messages import ChatRequest
from providers.model_info import ModelInfo
from providers.retry import retry_delay
from sessions_app.errors import SessionError
from sessions_app.services.tokens import Access, access_after_401, access_for

MAX_TOKENS = 32_000  # an answer longer than this is rare, and some models reserve what is asked for
UNKNOWN_MODEL_TOKENS = 8_192  # every current model of every vendor gives at least this
# Words of providers for an answer that was cut or refused rather than finished.
CUT_SHORT = frozenset({"max_tokens", "model_context_window_exceeded", "pause_turn", "refusal"})


class SessionUnusable(ProviderError):
    """The session had no usable credentials; `message` is the sentence of its own error."""

    kind = "session_unavailable"


class Retry(msgspec.Struct, frozen=True, kw_only=True):
    """A notice between events: attempt number `attempt` follows in `delay_s` seconds."""

    attempt: int
    delay_s: float
    error: ProviderError


Step = Event | Retry


def max_tokens_for(model: ModelInfo | None) -> int:
    """How long an answer may get, in tokens: what the model can, within reason."""
    if model is None or model.max_output_tokens is None:
        return UNKNOWN_MODEL_TOKENS
    return min(model.max_output_tokens, MAX_TOKENS)


def is_whole(stop_reason: StopReason) -> bool:
    """Whether the model came to an end by itself."""
    return stop_reason.reason not in CUT_SHORT


async def answer(
    payer: UUID | Access, request: ChatRequest, *, jitter: Callable[[], float] = random.random
) -> AsyncGenerator[Step, None]:
    """Ask the model of `request` through the session `payer`, or with its credentials that were read just now.

    The last step is `Completed` or `Failed`, as `Streaming.stream_chat` promises; a session that cannot be used
    ends in `Failed(SessionUnusable)`. Closing the generator closes the connection to the provider.
    """
    attempt, has_refreshed = 1, False
    try:
        access = payer if isinstance(payer, Access) else await in_waiting_thread(access_for, payer)
        while True:
            failure: ProviderError | None = None
            async with aclosing(_attempt(access, request)) as steps:
                async for step in steps:
                    if isinstance(step, _FailedEarly):
                        failure = step.error
                    else:
                        yield step
            if failure is None:
                return
            if isinstance(failure, AuthenticationFailed) and not has_refreshed:
                has_refreshed = True
                access = await _other_access(access, failure)
                continue
            delay = retry_delay(failure, attempt=attempt, jitter=jitter)
            if delay is None:
                yield Failed(error=failure)
                return
            attempt += 1
            yield Retry(attempt=attempt, delay_s=delay, error=failure)
            await asyncio.sleep(delay)
    except SessionError as problem:
        yield Failed(error=SessionUnusable(str(problem)))
    except ProviderError as problem:  # refused credentials for which there are no others
        yield Failed(error=problem)


class _FailedEarly(msgspec.Struct, frozen=True):
    """The attempt ended before any content, so that it may be repeated."""

    error: ProviderError


async def _attempt(access: Access, request: ChatRequest) -> AsyncGenerator[Event | _FailedEarly, None]:
    """One call. What precedes the content is held back, because a second call would say it again."""
    held: list[Event] = []
    has_content = False
    async with aclosing(access.provider.streaming.stream_chat(access.credentials, request)) as events:
        async for event in events:
            if isinstance(event, Failed) and not has_content:
                yield _FailedEarly(event.error)
                return
            if not has_content and isinstance(event, MessageStarted | UsageReported):
                held.append(event)
                continue
            if not has_content:
                has_content = True
                for earlier in held:
                    yield earlier
            yield event


async def _other_access(refused: Access, failure: AuthenticationFailed) -> Access:
    """Refreshed credentials after a 401. Raises `failure`, the provider's own sentence, if there are none."""
    try:
        return await in_waiting_thread(
            access_after_401, refused.session_id, cred_version=refused.cred_version
        )
    except SessionError:
        raise failure from None
