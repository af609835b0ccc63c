"""Our OpenAI provider against servers of that wire that other people wrote."""

from __future__ import annotations

import pytest

from providers.credentials import ApiKeyCredential, Secret
from providers.errors import (
    Overloaded,
    RateLimited,
    ServerFailed,
    StreamCutOff,
    TransportError,
)
from providers.events import Completed, Event, ToolUseReady
from providers.interface import Provider
from providers.messages import ToolDefinition
from providers.registry import build_provider
from tests.oracle.asking import WEATHER, events_of, failure_of, plan, stop_of, text_of

pytestmark = [pytest.mark.oracle, pytest.mark.usefixtures("closed_clients")]

APIS = ("responses", "chat_completions")
KEY = ApiKeyCredential(key=Secret("sk-proj-not-a-real-one"))


def gpt(base_url: str, api: str) -> Provider:
    return build_provider("openai", {"base_url": base_url, "api": api, "first_event_timeout_s": "10"})


async def ask(provider: Provider, prompt: str, tools: tuple[ToolDefinition, ...] = ()) -> list[Event]:
    return await events_of(provider, KEY, "gpt-4o", prompt, tools)


@pytest.mark.parametrize("api", APIS)
async def test_aimock_streams_an_answer(aimock: str, api: str) -> None:
    events = await ask(gpt(f"{aimock}/v1", api), "What is the capital of France?")
    assert text_of(events) == "The capital of France is Paris."
    assert stop_of(events) == "end_turn"


@pytest.mark.parametrize("api", APIS)
async def test_aimock_streams_markdown_beyond_ascii(aimock: str, api: str) -> None:
    events = await ask(gpt(f"{aimock}/v1", api), "How would you write a FastAPI application?")
    assert text_of(events) == "# Subscriptions\n\n1. Größe prüfen 🌍\n2. Bezahlen\n"


@pytest.mark.parametrize("api", APIS)
async def test_aimock_asks_for_a_tool(aimock: str, api: str) -> None:
    events = await ask(gpt(f"{aimock}/v1", api), "How is the weather?", (WEATHER,))
    use = next(event for event in events if isinstance(event, ToolUseReady))
    assert (use.name, use.input) == ("get_weather", {"city": "Paris"})
    assert stop_of(events) == "tool_use"


@pytest.mark.parametrize("api", APIS)
async def test_aimock_refuses_for_now(aimock: str, api: str) -> None:
    limited = failure_of(await ask(gpt(f"{aimock}/v1", api), "too fast"))
    assert isinstance(limited, RateLimited)
    assert limited.message == "slow down"
    assert isinstance(failure_of(await ask(gpt(f"{aimock}/v1", api), "too busy")), Overloaded)


@pytest.mark.parametrize("api", APIS)
async def test_llmock_streams_an_answer_with_usage(llmock: str, api: str) -> None:
    events = await ask(gpt(f"{llmock}/v1", api), "a question for the echo")
    last = events[-1]
    assert "a question for the echo" in text_of(events)
    assert isinstance(last, Completed)
    assert last.usage.output_tokens > 0


@pytest.mark.parametrize("api", APIS)
async def test_llmock_asks_for_a_tool(llmock: str, api: str) -> None:
    events = await ask(gpt(f"{llmock}/v1", api), "weather", (WEATHER,))
    use = next(event for event in events if isinstance(event, ToolUseReady))
    assert use.name == "get_weather"
    assert "city" in use.input


@pytest.mark.parametrize("api", APIS)
@pytest.mark.parametrize("fault", ["truncate", "disconnect"])
async def test_llmock_breaks_the_stream(llmock: str, fault: str, api: str) -> None:
    plan(llmock, type="stream_fault", kind=fault, after_chunks=3)
    failure = failure_of(await ask(gpt(f"{llmock}/v1", api), "a somewhat longer question"))
    assert isinstance(failure, StreamCutOff | TransportError)


@pytest.mark.parametrize(("status", "expected"), [(429, RateLimited), (500, ServerFailed), (503, Overloaded)])
async def test_llmock_refuses(llmock: str, status: int, expected: type) -> None:
    retry_after = {"retry_after": 3} if status == 429 else {}
    plan(llmock, type="fail", status=status, **retry_after)
    assert isinstance(failure_of(await ask(gpt(f"{llmock}/v1", "chat_completions"), "hi")), expected)


def test_llmock_lists_models(llmock: str) -> None:
    provider = gpt(f"{llmock}/v1", "chat_completions")
    assert "gpt-4o" in [model.id for model in provider.models.list(KEY)]
    assert provider.api_key is not None
    provider.api_key.check(KEY)
