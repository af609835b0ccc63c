from __future__ import annotations

import asyncio
from contextlib import aclosing

import pytest

from providers.credentials import ApiKeyCredential, Secret
from providers.errors import (
    AuthenticationFailed,
    ConnectFailed,
    ConnectionLost,
    NotFound,
    Overloaded,
    ProviderError,
    RateLimited,
    RequestTooLarge,
    ResponseTimeout,
    ServerFailed,
    SpendLimitReached,
    StreamCutOff,
    UnexpectedAnswer,
)
from providers.events import Completed, Event, Failed, MessageStarted, TextDelta
from providers.interface import Provider
from providers.messages import ChatRequest
from providers.registry import build_provider
from providers.reply import ReplyBuilder
from tests.providers.canned import CREDENTIAL, Canned, anthropic_at, ask
from tests.support.simulator import API_KEY, RunningSimulator
from tests.support.waiting import until

pytestmark = pytest.mark.usefixtures("closed_clients")

KEY = ApiKeyCredential(Secret(API_KEY))
QUESTION = ask("What is the capital of France?", model="simulator-large")


def provider_of(simulator: RunningSimulator, **settings: str) -> Provider:
    return build_provider("simulator", {"base_url": simulator.url, **settings})


async def read(
    provider: Provider, request: ChatRequest = QUESTION, key: ApiKeyCredential = KEY
) -> list[Event]:
    async with aclosing(provider.streaming.stream_chat(key, request)) as events:
        return [event async for event in events]


async def error_of(provider: Provider, request: ChatRequest = QUESTION) -> ProviderError:
    events = await read(provider, request)
    assert not [event for event in events[:-1] if isinstance(event, Completed | Failed)]
    assert isinstance(events[-1], Failed)
    return events[-1].error


async def test_an_answer_streams_to_its_end(simulator: RunningSimulator) -> None:
    reply = ReplyBuilder()
    events = await read(provider_of(simulator))
    for event in events:
        reply.add(event)
    assert "Paris" in reply.text
    assert reply.stop_reason is not None
    assert reply.stop_reason.reason == "end_turn"
    assert reply.usage.input_tokens > 0
    assert reply.request_id
    assert isinstance(events[0], MessageStarted)
    assert isinstance(events[-1], Completed)


async def test_the_connection_is_used_again(canned: Canned) -> None:
    canned.stream("text")
    for _ in range(3):
        await read(anthropic_at(canned.url), key=CREDENTIAL)
    ports = {request.port for request in canned.requests}
    assert len(canned.requests) == 3
    assert len(ports) == 1


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ("unauthorized", AuthenticationFailed),
        ("not_found", NotFound),
        ("too_large", RequestTooLarge),
        ("rate_limit", RateLimited),
        ("spend_limit", SpendLimitReached),
        ("server_error", ServerFailed),
        ("overloaded", Overloaded),
        ("html", UnexpectedAnswer),
        ("bad_gateway", UnexpectedAnswer),
        ("empty", UnexpectedAnswer),
        ("not_json", UnexpectedAnswer),
        ("redirect", UnexpectedAnswer),
        ("hang_up", ConnectionLost),
        ("error", Overloaded),
        ("cut", ConnectionLost),
        ("cut_utf8", ConnectionLost),
        ("truncate", StreamCutOff),
    ],
)
async def test_every_fault_ends_in_its_own_failure(
    simulator: RunningSimulator, fault: str, kind: type[ProviderError]
) -> None:
    simulator.set(fault=fault)
    assert type(await error_of(provider_of(simulator))) is kind


async def test_what_came_before_a_fault_is_kept(simulator: RunningSimulator) -> None:
    simulator.set(fault="cut", after=6)
    events = await read(provider_of(simulator))
    assert [event for event in events if isinstance(event, TextDelta)]
    assert isinstance(events[-1], Failed)


async def test_a_wrong_key_is_a_failure_too(simulator: RunningSimulator) -> None:
    [only] = await read(provider_of(simulator), key=ApiKeyCredential(Secret("sk-sim-…")))
    assert isinstance(only, Failed)
    assert isinstance(only.error, AuthenticationFailed)
    assert not simulator.state.requests


async def test_an_unknown_model_is_not_found(simulator: RunningSimulator) -> None:
    assert isinstance(await error_of(provider_of(simulator), ask(model="no-such-model")), NotFound)


async def test_a_provider_that_is_down_could_not_be_reached() -> None:
    provider = build_provider("simulator", {"base_url": "http://127.0.0.1:1"})
    assert isinstance(await error_of(provider), ConnectFailed)


async def test_silence_ends_the_answer(simulator: RunningSimulator) -> None:
    simulator.set(fault="silence")
    provider = provider_of(simulator, idle_timeout_s="0.1")
    assert isinstance(await error_of(provider), ResponseTimeout)
    await until(lambda: simulator.state.open_streams == 0)


async def test_pings_keep_an_answer_alive(simulator: RunningSimulator) -> None:
    simulator.set(fault="stall", seconds=1.5, ping=0.1)
    events = await read(provider_of(simulator, idle_timeout_s="1"))
    assert isinstance(events[-1], Completed)


async def test_unknown_events_are_skipped(simulator: RunningSimulator) -> None:
    simulator.set(fault="unknown_events")
    assert isinstance((await read(provider_of(simulator)))[-1], Completed)


async def test_closing_the_generator_closes_the_connection(simulator: RunningSimulator) -> None:
    simulator.set(fault="stall")
    async with aclosing(provider_of(simulator).streaming.stream_chat(KEY, QUESTION)) as events:
        assert isinstance(await anext(events), MessageStarted)
        await until(lambda: simulator.state.open_streams == 1)
    await until(lambda: simulator.state.open_streams == 0)
    assert simulator.state.disconnects == 1


async def test_cancelling_closes_the_connection(simulator: RunningSimulator) -> None:
    simulator.set(fault="stall")
    task = asyncio.create_task(read(provider_of(simulator)))
    await until(lambda: simulator.state.open_streams == 1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await until(lambda: simulator.state.open_streams == 0)


@pytest.mark.parametrize(
    ("model", "version", "is_sent"),
    [
        ("claude-haiku-4-5-20251001", "2023-06-01", True),
        ("claude-haiku-4-5-20251001", "2026-10-21", False),
        ("claude-opus-5-5", "2023-06-01", False),
        ("brand-new", "2023-06-01", False),
    ],
)
async def test_sampling_goes_only_to_models_and_versions_that_take_it(
    canned: Canned, model: str, version: str, is_sent: bool
) -> None:
    canned.stream("text")
    provider = anthropic_at(canned.url, version=version)
    await read(provider, ask(model=model, temperature=0.2), CREDENTIAL)
    assert ("temperature" in canned.requests[0].json) is is_sent


async def test_opaque_blocks_name_their_provider(canned: Canned) -> None:
    canned.stream("web_search", request_id="req_7")
    reply = ReplyBuilder()
    for event in await read(anthropic_at(canned.url), key=CREDENTIAL):
        reply.add(event)
    assert reply.request_id == "req_7"
    assert {getattr(part, "provider", "anthropic") for part in reply.parts} == {"anthropic"}


def test_tokens_are_counted_without_an_answer(simulator: RunningSimulator) -> None:
    provider = provider_of(simulator)
    assert provider.streaming.count_tokens(KEY, QUESTION) > 0
    [request] = simulator.state.seen("/v1/messages/count_tokens")
    assert b"max_tokens" not in request.body
    simulator.set(fault="overloaded")
    with pytest.raises(Overloaded):
        provider.streaming.count_tokens(KEY, QUESTION)
