"""Our provider against Claude-shaped servers that other people wrote."""

from __future__ import annotations

import pytest

from providers.credentials import ApiKeyCredential, Secret
from providers.errors import Overloaded, RateLimited, ServerFailed, StreamCutOff, TransportError
from providers.events import Completed, Event, ToolUseReady
from providers.interface import Provider
from providers.messages import ToolDefinition
from providers.registry import build_provider
from tests.oracle.asking import WEATHER, events_of, failure_of, plan, text_of

pytestmark = [pytest.mark.oracle, pytest.mark.usefixtures("closed_clients")]

KEY = ApiKeyCredential(key=Secret("sk-ant-api-not-a-real-one"))


async def ask(base_url: str, prompt: str, tools: tuple[ToolDefinition, ...] = ()) -> list[Event]:
    """Every event of one answer."""
    provider = build_provider("anthropic", {"base_url": base_url, "first_event_timeout_s": "10"})
    return await events_of(provider, KEY, "claude-sonnet-4-6", prompt, tools)


def claude(base_url: str) -> Provider:
    return build_provider("anthropic", {"base_url": base_url})


async def test_aimock_streams_an_answer(aimock: str) -> None:
    events = await ask(aimock, "What is the capital of France?")
    assert text_of(events) == "The capital of France is Paris."
    assert isinstance(events[-1], Completed)
    assert events[-1].stop_reason.reason == "end_turn"


async def test_aimock_streams_markdown_beyond_ascii(aimock: str) -> None:
    events = await ask(aimock, "How would you write a FastAPI application?")
    assert text_of(events) == "# Subscriptions\n\n1. Größe prüfen 🌍\n2. Bezahlen\n"


async def test_aimock_asks_for_a_tool(aimock: str) -> None:
    events = await ask(aimock, "How is the weather?", (WEATHER,))
    use = next(event for event in events if isinstance(event, ToolUseReady))
    assert (use.name, use.input) == ("get_weather", {"city": "Paris"})
    assert isinstance(events[-1], Completed)
    assert events[-1].stop_reason.reason == "tool_use"


async def test_aimock_refuses_for_now(aimock: str) -> None:
    limited = failure_of(await ask(aimock, "too fast"))
    assert isinstance(limited, RateLimited)
    assert (limited.message, limited.retry_after) == ("slow down", 1)
    assert isinstance(failure_of(await ask(aimock, "too busy")), Overloaded)


async def test_llmock_streams_an_answer_with_usage(llmock: str) -> None:
    events = await ask(f"{llmock}/anthropic", "a question for the echo")
    last = events[-1]
    assert "a question for the echo" in text_of(events)
    assert isinstance(last, Completed)
    assert last.usage.output_tokens > 0
    assert last.usage.input_tokens > 0


async def test_llmock_asks_for_a_tool(llmock: str) -> None:
    events = await ask(f"{llmock}/anthropic", "weather", (WEATHER,))
    use = next(event for event in events if isinstance(event, ToolUseReady))
    assert use.name == "get_weather"
    assert "city" in use.input


@pytest.mark.parametrize(
    ("fault", "expected"), [("truncate", StreamCutOff), ("disconnect", (TransportError, StreamCutOff))]
)
async def test_llmock_breaks_the_stream(llmock: str, fault: str, expected: type | tuple[type, ...]) -> None:
    plan(llmock, type="stream_fault", kind=fault, after_chunks=3)
    assert isinstance(failure_of(await ask(f"{llmock}/anthropic", "a somewhat longer question")), expected)


@pytest.mark.parametrize(("status", "expected"), [(429, RateLimited), (500, ServerFailed), (529, Overloaded)])
async def test_llmock_refuses(llmock: str, status: int, expected: type) -> None:
    retry_after = {"retry_after": 3} if status == 429 else {}
    plan(llmock, type="fail", status=status, **retry_after)
    assert isinstance(failure_of(await ask(f"{llmock}/anthropic", "hi")), expected)


def test_llmock_lists_models(llmock: str) -> None:
    provider = claude(f"{llmock}/anthropic")
    models = provider.models.list(KEY)
    assert "claude-sonnet-4-6" in [model.id for model in models]
    assert provider.api_key is not None
    provider.api_key.check(KEY)
