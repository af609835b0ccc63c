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
_NO_CONTENT = (MessageStarted, UsageReported)


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
    try:
        access = payer if isinstance(payer, Access) else await in_waiting_thread(access_for, payer)
        attempts = _Attempts(access, jitter)
        while True:
            failure: ProviderError | None = None
            held: list[Event] = []  # what precedes the content, because a second call would say it again
            has_content = False
            async with aclosing(attempts.ask(request)) as events:
                async for event in events:
                    if has_content:
                        yield event
                        continue
                    if isinstance(event, Failed):
                        failure = event.error
                        break
                    held.append(event)
                    has_content = not isinstance(event, _NO_CONTENT)
                    for one in held if has_content else ():
                        yield one
            if failure is None:
                return
            if (retry := await attempts.after(failure)) is not None:
                yield retry
                await asyncio.sleep(retry.delay_s)
    except SessionError as problem:
        yield Failed(error=SessionUnusable(str(problem)))
    except ProviderError as problem:
        yield Failed(error=problem)


class _Attempts:
    """With which credentials, and how often."""

    def __init__(self, access: Access, jitter: Callable[[], float]) -> None:
        self._access, self._jitter = access, jitter
        self._number, self._has_refreshed = 1, False

    def ask(self, request: ChatRequest) -> AsyncGenerator[Event, None]:
        """One call."""
        return self._access.provider.streaming.stream_chat(self._access.credentials, request)

    async def after(self, failure: ProviderError) -> Retry | None:
        """Prepare the next attempt: with other credentials at once, or after the pause that is returned. Raises
        `failure` where it is final."""
        if isinstance(failure, AuthenticationFailed) and not self._has_refreshed:
            self._has_refreshed = True
            self._access = await _other_access(self._access, failure)
            return None
        delay = retry_delay(failure, attempt=self._number, jitter=self._jitter)
        if delay is None:
            raise failure
        self._number += 1
        return Retry(attempt=self._number, delay_s=delay, error=failure)


async def _other_access(refused: Access, failure: AuthenticationFailed) -> Access:
    """Refreshed credentials after a 401. Raises `failure`, the provider's own sentence, if there are none."""
    try:
        return await in_waiting_thread(
            access_after_401, refused.session_id, cred_version=refused.cred_version
        )
    except SessionError:
        raise failure from None
