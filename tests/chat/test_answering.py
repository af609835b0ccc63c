"""Which credentials an answer uses and what is tried again."""

from __future__ import annotations

import uuid
from contextlib import aclosing

import pytest

from chat.answering import Retry, Step, answer, max_tokens_for
from chat.threads import in_thread
from providers.events import Completed, Failed, TextDelta
from providers.http import aclose_clients
from providers.messages import ChatMessage, ChatRequest, TextPart
from providers.model_info import ModelInfo
from sessions_app.models import ProviderSession
from tests.support.simulator import RunningSimulator

pytestmark = pytest.mark.django_db(transaction=True)
REQUEST = ChatRequest(
    model="simulator-small",
    messages=(ChatMessage(role="user", parts=(TextPart(text="What is the capital of France?"),)),),
)


async def steps_of(session_id: uuid.UUID) -> list[Step]:
    async with aclosing(answer(session_id, REQUEST, jitter=lambda: 0.0)) as steps:
        found = [step async for step in steps]
    await aclose_clients()
    return found


def text_of(steps: list[Step]) -> str:
    return "".join(step.text for step in steps if isinstance(step, TextDelta))


def failure_of(steps: list[Step]) -> str:
    assert isinstance(steps[-1], Failed)
    return steps[-1].error.kind


async def test_a_401_refreshes_once_and_asks_once_more(
    oauth_session: ProviderSession, upstream: RunningSimulator
) -> None:
    upstream.set(fault="unauthorized", path="/messages", first=1)
    steps = await steps_of(oauth_session.pk)
    assert "Paris" in text_of(steps)
    assert upstream.state.calls["POST /v1/messages"] == 2
    await in_thread(oauth_session.refresh_from_db)
    assert oauth_session.cred_version == 2


async def test_a_second_401_is_the_end(oauth_session: ProviderSession, upstream: RunningSimulator) -> None:
    upstream.set(fault="unauthorized", path="/messages")
    assert failure_of(await steps_of(oauth_session.pk)) == "authentication_failed"
    assert upstream.state.calls["POST /v1/messages"] == 2


async def test_a_refused_key_is_not_tried_again(session: ProviderSession, upstream: RunningSimulator) -> None:
    upstream.set(fault="unauthorized", path="/messages")
    steps = await steps_of(session.pk)
    assert failure_of(steps) == "authentication_failed"
    assert upstream.state.calls["POST /v1/messages"] == 1


async def test_529_is_tried_three_times(session: ProviderSession, upstream: RunningSimulator) -> None:
    upstream.set(fault="overloaded", path="/messages")
    steps = await steps_of(session.pk)
    assert [step.attempt for step in steps if isinstance(step, Retry)] == [2, 3]
    assert failure_of(steps) == "overloaded"
    assert upstream.state.calls["POST /v1/messages"] == 3


async def test_an_error_event_before_any_content_is_tried_again(
    session: ProviderSession, upstream: RunningSimulator
) -> None:
    upstream.set(fault="error", after=1, first=1)
    steps = await steps_of(session.pk)
    assert isinstance(steps[0], Retry)
    assert isinstance(steps[-1], Completed)
    assert sum(type(step).__name__ == "MessageStarted" for step in steps) == 1


async def test_after_content_nothing_is_tried_again(
    session: ProviderSession, upstream: RunningSimulator
) -> None:
    upstream.set(fault="cut", after=9)
    steps = await steps_of(session.pk)
    assert text_of(steps)
    assert not [step for step in steps if isinstance(step, Retry)]
    assert upstream.state.calls["POST /v1/messages"] == 1


async def test_a_spend_limit_is_never_tried_again(
    session: ProviderSession, upstream: RunningSimulator
) -> None:
    upstream.set(fault="spend_limit")
    assert failure_of(await steps_of(session.pk)) == "spend_limit_reached"
    assert upstream.state.calls["POST /v1/messages"] == 1


async def test_a_session_that_is_gone_ends_in_a_failure(db: None) -> None:
    assert failure_of(await steps_of(uuid.uuid4())) == "session_unavailable"


async def test_a_dead_grant_says_that_it_needs_a_login(
    oauth_session: ProviderSession, upstream: RunningSimulator
) -> None:
    upstream.set(fault="unauthorized", path="/messages", token_fault="invalid_grant")
    assert failure_of(await steps_of(oauth_session.pk)) == "authentication_failed"


@pytest.mark.parametrize(("most", "asked"), [(None, 8_192), (4_096, 4_096), (128_000, 32_000)])
def test_the_length_follows_the_model(most: int | None, asked: int) -> None:
    assert max_tokens_for(ModelInfo(id="m", label="M", max_output_tokens=most)) == asked
    assert max_tokens_for(None) == 8_192
