"""Asking a provider of the contract, and what came back; every answer is held to the terminal rule."""

from __future__ import annotations

from contextlib import aclosing
from dataclasses import dataclass

from providers.errors import ProviderError
from providers.events import Completed, Event, Failed
from providers.messages import ChatMessage, ChatRequest, ContentPart, TextPart, ToolDefinition
from providers.reply import ReplyBuilder
from tests.providers.contract.wirings import Case

WEATHER = ToolDefinition(
    name="get_weather",
    description="Weather of a city",
    input_schema={"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
)
FRANCE = "What is the capital of France?"


def user(text: str, *parts: ContentPart) -> ChatMessage:
    return ChatMessage("user", (TextPart(text=text), *parts))


def chat(case: Case, *messages: ChatMessage | str, **more: object) -> ChatRequest:
    turns = tuple(user(message) if isinstance(message, str) else message for message in messages)
    return ChatRequest(model=case.wiring.model, messages=turns, **more)  # type: ignore[arg-type]


@dataclass
class Answer:
    """All events of one answer, and what they add up to."""

    events: list[Event]
    reply: ReplyBuilder

    @property
    def error(self) -> ProviderError:
        assert isinstance(self.events[-1], Failed), self.events[-1]
        return self.events[-1].error

    @property
    def stop_reason(self) -> str:
        assert isinstance(self.events[-1], Completed), self.events[-1]
        return self.events[-1].stop_reason.reason


async def ask(case: Case, *messages: ChatMessage | str, **more: object) -> Answer:
    """One answer, whose events must keep the terminal rule."""
    reply, events = ReplyBuilder(), []
    request = chat(case, *messages, **more)
    async with aclosing(case.provider.streaming.stream_chat(case.credentials, request)) as stream:
        async for event in stream:
            reply.add(event)
            events.append(event)
    assert [event for event in events if isinstance(event, Completed | Failed)] == events[-1:]
    return Answer(events, reply)
