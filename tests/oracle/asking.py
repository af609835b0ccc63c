"""Asking a provider that talks to somebody else's server, and telling that server what to do."""

from __future__ import annotations

from contextlib import aclosing

from providers.credentials import ApiKeyCredential
from providers.errors import ProviderError
from providers.events import Completed, Event, Failed
from providers.interface import Provider
from providers.messages import ChatMessage, ChatRequest, TextPart, ToolDefinition
from providers.reply import ReplyBuilder
from tests.support import plain

WEATHER = ToolDefinition(
    name="get_weather",
    description="Weather of a city",
    input_schema={"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
)


async def events_of(
    provider: Provider,
    key: ApiKeyCredential,
    model: str,
    prompt: str,
    tools: tuple[ToolDefinition, ...] = (),
) -> list[Event]:
    """Every event of one answer."""
    message = ChatMessage(role="user", parts=(TextPart(text=prompt),))
    request = ChatRequest(model=model, messages=(message,), max_tokens=500, tools=tools)
    async with aclosing(provider.streaming.stream_chat(key, request)) as events:
        return [event async for event in events]


def text_of(events: list[Event]) -> str:
    builder = ReplyBuilder()
    for event in events:
        builder.add(event)
    return builder.text


def failure_of(events: list[Event]) -> ProviderError:
    last = events[-1]
    assert isinstance(last, Failed), last
    return last.error


def stop_of(events: list[Event]) -> str:
    last = events[-1]
    assert isinstance(last, Completed), last
    return last.stop_reason.reason


def plan(llmock: str, **behavior: object) -> None:
    """Tell llmock what to do with the next request."""
    plain.post(f"{llmock}/_llmock/reset").raise_for_status()
    answer = plain.post(f"{llmock}/_llmock/scenario", json={"behaviors": [behavior]})
    assert answer.status_code == 201, answer.text
