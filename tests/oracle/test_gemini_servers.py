"""Our Gemini provider against a server of that wire that other people wrote, and every reason that Google names."""

from __future__ import annotations

import pytest
from google.genai import types

from providers.credentials import ApiKeyCredential, Secret
from providers.errors import Overloaded, RateLimited
from providers.events import Completed, Event, Failed, ToolUseReady, Usage
from providers.gemini.endings import answer_ended
from providers.messages import ToolDefinition
from providers.registry import build_provider
from tests.oracle.asking import WEATHER, events_of, failure_of, stop_of, text_of

pytestmark = [pytest.mark.oracle, pytest.mark.usefixtures("closed_clients")]

KEY = ApiKeyCredential(key=Secret("AIzaSy-not-a-real-one"))


async def ask(base_url: str, prompt: str, tools: tuple[ToolDefinition, ...] = ()) -> list[Event]:
    provider = build_provider("gemini", {"base_url": base_url, "first_event_timeout_s": "10"})
    return await events_of(provider, KEY, "gemini-2.5-flash", prompt, tools)


async def test_aimock_streams_an_answer(aimock: str) -> None:
    events = await ask(aimock, "What is the capital of France?")
    assert text_of(events) == "The capital of France is Paris."
    assert stop_of(events) == "end_turn"


async def test_aimock_streams_markdown_beyond_ascii(aimock: str) -> None:
    events = await ask(aimock, "How would you write a FastAPI application?")
    assert text_of(events) == "# Subscriptions\n\n1. Größe prüfen 🌍\n2. Bezahlen\n"


async def test_aimock_asks_for_a_tool(aimock: str) -> None:
    events = await ask(aimock, "How is the weather?", (WEATHER,))
    use = next(event for event in events if isinstance(event, ToolUseReady))
    assert (use.name, use.input) == ("get_weather", {"city": "Paris"})
    assert stop_of(events) == "tool_use"


async def test_aimock_refuses_for_now(aimock: str) -> None:
    limited = failure_of(await ask(aimock, "too fast"))
    assert isinstance(limited, RateLimited)
    assert limited.message == "slow down"
    assert isinstance(failure_of(await ask(aimock, "too busy")), Overloaded)


@pytest.mark.parametrize("reason", [reason.value for reason in types.FinishReason])
def test_every_finish_reason_that_the_sdk_knows_has_its_ending(reason: str) -> None:
    end = answer_ended(reason, "", has_tool_calls=False, usage=Usage(), request_id=None)
    if isinstance(end, Failed):
        assert end.error.message
        return
    assert isinstance(end, Completed)
    assert end.stop_reason.reason in {"end_turn", "max_tokens", "pause_turn", "refusal", "unknown"}
    assert end.stop_reason.explanation or end.stop_reason.reason != "refusal"
