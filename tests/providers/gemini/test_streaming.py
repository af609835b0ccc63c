"""Over real HTTP, against the simulator's Gemini wire: what is Gemini's own. The contract has the rest."""

from __future__ import annotations

import base64
from contextlib import aclosing

import pytest

from providers.credentials import ApiKeyCredential, Secret
from providers.errors import (
    AuthenticationFailed,
    NotFound,
    ProviderError,
    UnexpectedAnswer,
)
from providers.events import Completed, Event, Failed
from providers.interface import Provider
from providers.messages import (
    ChatMessage,
    ChatRequest,
    TextPart,
    ThinkingPart,
    ToolDefinition,
    ToolResultPart,
    ToolUsePart,
)
from providers.reply import ReplyBuilder
from tests.providers.canned import Canned, ask
from tests.providers.gemini import CREDENTIAL, body_of, gemini_at
from tests.support.simulator import RunningSimulator

pytestmark = pytest.mark.usefixtures("closed_clients")

KEY = ApiKeyCredential(Secret("AIzaSim" + "k" * 32))
QUESTION = ask("What is the capital of France?", model="simulator-large")
WEATHER = ToolDefinition(
    name="get_weather",
    description="Weather of a city",
    input_schema={"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
)


def provider_of(simulator: RunningSimulator, **settings: str) -> Provider:
    return gemini_at(f"{simulator.url}/gemini", **settings)


async def read(
    provider: Provider, request: ChatRequest = QUESTION, key: ApiKeyCredential = KEY
) -> list[Event]:
    async with aclosing(provider.streaming.stream_chat(key, request)) as events:
        return [event async for event in events]


async def reply_to(simulator: RunningSimulator, request: ChatRequest) -> ReplyBuilder:
    reply = ReplyBuilder()
    for event in await read(provider_of(simulator), request):
        reply.add(event)
    assert reply.error is None
    return reply


async def error_of(provider: Provider, request: ChatRequest = QUESTION) -> ProviderError:
    events = await read(provider, request)
    assert not [event for event in events[:-1] if isinstance(event, Completed | Failed)]
    assert isinstance(events[-1], Failed)
    return events[-1].error


async def test_a_key_that_no_header_can_hold_is_not_sent(simulator: RunningSimulator) -> None:
    [only] = await read(provider_of(simulator), key=ApiKeyCredential(Secret("AIza…")))
    assert isinstance(only, Failed)
    assert isinstance(only.error, AuthenticationFailed)
    assert not simulator.state.requests


async def test_a_wrong_key_fails_although_google_calls_it_a_bad_request(simulator: RunningSimulator) -> None:
    key = ApiKeyCredential(Secret("AIzaSy-of-somebody-else"))
    [only] = await read(provider_of(simulator), key=key)
    assert isinstance(only, Failed)
    assert isinstance(only.error, AuthenticationFailed)
    assert (only.error.status, only.error.error_code) == (400, "API_KEY_INVALID")
    checker = provider_of(simulator).api_key
    assert checker is not None
    checker.check(KEY)
    with pytest.raises(AuthenticationFailed):
        checker.check(key)


@pytest.mark.parametrize("model", ["no-such-model", "simulator-embedding", "simulator-retired"])
async def test_a_model_that_does_not_stream_is_not_found(simulator: RunningSimulator, model: str) -> None:
    error = await error_of(provider_of(simulator), ask(model=model))
    assert isinstance(error, NotFound)
    assert model in error.message


async def test_thoughts_come_apart_and_their_signature_at_the_end(simulator: RunningSimulator) -> None:
    simulator.set(thinking=1)
    reply = await reply_to(simulator, QUESTION)
    thoughts, text, signed = reply.parts
    assert isinstance(thoughts, ThinkingPart)
    assert "capital of France" in thoughts.text
    assert text == TextPart(text="The capital of France is Paris.")
    assert isinstance(signed, ThinkingPart)
    assert base64.b64decode(signed.signature)
    assert 0 < reply.usage.thinking_tokens < reply.usage.output_tokens


async def test_a_tool_is_used_and_its_signature_goes_back(simulator: RunningSimulator) -> None:
    simulator.set(thinking=1)
    question = ask("How is the weather in Paris?", model="simulator-large", tools=(WEATHER,))
    asked = await reply_to(simulator, question)
    use = next(part for part in asked.parts if isinstance(part, ToolUsePart))
    assert (use.name, use.input) == ("get_weather", {"city": "Paris"})
    assert asked.stop_reason is not None
    assert asked.stop_reason.reason == "tool_use"
    result = ToolResultPart(tool_use_id=use.id, text="sunny")
    messages = (*question.messages, ChatMessage("assistant", asked.parts), ChatMessage("user", (result,)))
    answered = await reply_to(
        simulator, ChatRequest(model="simulator-large", messages=messages, tools=(WEATHER,))
    )
    assert answered.text == "The tool answered: sunny"
    sent = simulator.state.requests[-1].body
    signature = next(
        part.signature for part in asked.parts if isinstance(part, ThinkingPart) and not part.text
    )
    assert signature.encode() in sent


@pytest.mark.parametrize(
    ("stop", "reason", "category"),
    [
        ("SAFETY", "refusal", "SAFETY"),
        ("RECITATION", "refusal", "RECITATION"),
        ("blocked_prompt", "refusal", "PROHIBITED_CONTENT"),
        ("max_tokens", "max_tokens", None),
    ],
)
async def test_how_it_stopped_arrives(
    simulator: RunningSimulator, stop: str, reason: str, category: str | None
) -> None:
    simulator.set(stop=stop)
    reply = await reply_to(simulator, QUESTION)
    assert reply.stop_reason is not None
    assert (reply.stop_reason.reason, reply.stop_reason.category) == (reason, category)


async def test_a_malformed_tool_request_fails(simulator: RunningSimulator) -> None:
    simulator.set(stop="MALFORMED_FUNCTION_CALL")
    assert isinstance(await error_of(provider_of(simulator)), UnexpectedAnswer)


@pytest.mark.parametrize(
    ("model", "is_sent"), [("gemini-2.5-flash", True), ("gemini-3.8-flash", False), ("brand-new", False)]
)
async def test_sampling_goes_only_to_models_that_take_it(canned: Canned, model: str, is_sent: bool) -> None:
    canned.answer(body_of("text"), content_type="text/event-stream")
    await read(gemini_at(canned.url), ask(model=model, temperature=0.2), CREDENTIAL)
    assert ("temperature" in canned.requests[0].json["generationConfig"]) is is_sent


def test_pages_of_one_model_are_put_together(simulator: RunningSimulator) -> None:
    simulator.set(page=1)
    models = provider_of(simulator).models.list(KEY)
    assert [model.id for model in models] == ["simulator-large", "simulator-small", "simulator-thinking"]
    assert models[0].max_output_tokens == 128_000
    assert simulator.state.calls["GET /gemini/v1beta/models"] == 4
