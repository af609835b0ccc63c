"""OpenAI's own client against our simulator, on both of its wires: it must find everything where it looks for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import openai
import pytest

from tests.providers.contract.wirings import WIRINGS, log_in
from tests.support.simulator import RunningSimulator

pytestmark = pytest.mark.oracle

KEY = "sk-proj-sim-" + "k" * 30
MODEL = "simulator-large"
FRANCE = "What is the capital of France?"
PARIS = "The capital of France is Paris."
QUESTION: Any = [{"role": "user", "content": FRANCE}]
SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
WEATHER: Any = {"type": "function", "name": "get_weather", "description": "Weather", "parameters": SCHEMA}
CHAT_WEATHER: Any = {
    "type": "function",
    "function": {"name": "get_weather", "description": "Weather", "parameters": SCHEMA},
}


def client_of(simulator: RunningSimulator, key: str = KEY, **more: Any) -> openai.OpenAI:
    return openai.OpenAI(api_key=key, base_url=f"{simulator.url}/openai/v1", max_retries=0, **more)


@pytest.fixture
def client(simulator: RunningSimulator) -> Iterator[openai.OpenAI]:
    with client_of(simulator) as client:
        yield client


def test_streams_a_response(client: openai.OpenAI) -> None:
    with client.responses.stream(model=MODEL, input=FRANCE) as stream:
        events = list(stream)
        response = stream.get_final_response()
    deltas = [event.delta for event in events if event.type == "response.output_text.delta"]
    assert len(deltas) > 3
    assert "".join(deltas) == response.output_text == PARIS
    assert (response.status, response.usage.input_tokens, response.usage.output_tokens) == ("completed", 8, 8)
    assert [event.sequence_number for event in events if hasattr(event, "sequence_number")][:3] == [0, 1, 2]


def test_creates_a_response_without_streaming(client: openai.OpenAI) -> None:
    answer = client.responses.with_raw_response.create(model=MODEL, input=QUESTION, instructions="Be brief.")
    response = answer.parse()
    assert response.output_text == PARIS
    assert response._request_id == answer.headers["x-request-id"]


def test_streams_a_summary_of_reasoning(client: openai.OpenAI) -> None:
    with client.responses.stream(model=MODEL, input=FRANCE, reasoning={"summary": "auto"}) as stream:
        response = stream.get_final_response()
    reasoning, message = response.output
    assert (reasoning.type, message.type) == ("reasoning", "message")
    assert "user asks" in reasoning.summary[0].text
    assert reasoning.encrypted_content
    assert response.usage.output_tokens_details.reasoning_tokens > 0


def test_a_function_call_goes_there_and_back(client: openai.OpenAI) -> None:
    question: Any = [{"role": "user", "content": "How is the weather in Paris?"}]
    with client.responses.stream(model=MODEL, input=question, tools=[WEATHER]) as stream:
        first = stream.get_final_response()
    call = first.output[-1]
    assert (call.type, call.name, call.arguments) == ("function_call", "get_weather", '{"city":"Paris"}')
    output = {"type": "function_call_output", "call_id": call.call_id, "output": "Sunny"}
    history = question + [item.model_dump(exclude_none=True) for item in first.output] + [output]
    second = client.responses.create(model=MODEL, input=history, tools=[WEATHER])
    assert second.output_text == "The tool answered: Sunny"


def test_an_incomplete_and_a_failed_response_are_told(
    simulator: RunningSimulator, client: openai.OpenAI
) -> None:
    short = client.responses.create(model=MODEL, input="Write an essay about cats", max_output_tokens=16)
    assert (short.status, short.incomplete_details.reason) == ("incomplete", "max_output_tokens")
    simulator.set(stop="failed")
    failed = client.responses.create(model=MODEL, input=FRANCE)
    assert (failed.status, failed.error.code) == ("failed", "server_error")


def test_counts_the_tokens_of_a_prompt(client: openai.OpenAI) -> None:
    assert client.responses.input_tokens.count(model=MODEL, input=FRANCE).input_tokens == 8


def test_streams_a_chat_completion(client: openai.OpenAI) -> None:
    with client.chat.completions.stream(
        model=MODEL, messages=QUESTION, stream_options={"include_usage": True}
    ) as stream:
        completion = stream.get_final_completion()
    assert completion.choices[0].message.content == PARIS
    assert (completion.choices[0].finish_reason, completion.usage.completion_tokens) == ("stop", 8)


def test_creates_a_chat_completion_without_streaming(client: openai.OpenAI) -> None:
    completion = client.chat.completions.create(model=MODEL, messages=QUESTION)
    assert completion.choices[0].message.content == PARIS


def test_a_tool_call_goes_there_and_back(client: openai.OpenAI) -> None:
    messages: Any = [{"role": "user", "content": "How is the weather in Paris?"}]
    with client.chat.completions.stream(model=MODEL, messages=messages, tools=[CHAT_WEATHER]) as stream:
        message = stream.get_final_completion().choices[0].message
    [call] = message.tool_calls
    assert (call.function.name, call.function.arguments) == ("get_weather", '{"city":"Paris"}')
    result = {"role": "tool", "tool_call_id": call.id, "content": "Sunny"}
    history = [*messages, message.model_dump(exclude_none=True), result]
    second = client.chat.completions.create(model=MODEL, messages=history, tools=[CHAT_WEATHER])
    assert second.choices[0].message.content == "The tool answered: Sunny"


def test_lists_models(client: openai.OpenAI) -> None:
    assert next(iter(client.models.list())).id == MODEL
    assert client.models.retrieve("simulator-small").owned_by == "simulator"


@pytest.mark.parametrize(
    ("fault", "expected", "code"),
    [
        ("bad_request", openai.BadRequestError, None),
        ("unauthorized", openai.AuthenticationError, "invalid_api_key"),
        ("forbidden", openai.PermissionDeniedError, None),
        ("not_found", openai.NotFoundError, None),
        ("conflict", openai.ConflictError, None),
        ("rate_limit", openai.RateLimitError, "rate_limit_exceeded"),
        ("spend_limit", openai.RateLimitError, "insufficient_quota"),
        ("server_error", openai.InternalServerError, None),
    ],
)
@pytest.mark.parametrize("api", ["responses", "completions"])
def test_errors_are_recognised(
    simulator: RunningSimulator,
    client: openai.OpenAI,
    api: str,
    fault: str,
    expected: type[openai.APIStatusError],
    code: str | None,
) -> None:
    simulator.set(fault=fault)
    ask: dict[str, Callable[[], object]] = {
        "responses": lambda: client.responses.create(model=MODEL, input=FRANCE),
        "completions": lambda: client.chat.completions.create(model=MODEL, messages=QUESTION),
    }
    with pytest.raises(expected, match="Simulated") as caught:
        ask[api]()
    assert caught.value.code == code
    assert caught.value.request_id == caught.value.response.headers["x-request-id"]


def test_an_error_in_a_stream_is_raised(simulator: RunningSimulator, client: openai.OpenAI) -> None:
    simulator.set(fault="error", after=4)
    with pytest.raises(openai.APIError, match="middle of the answer"):
        list(client.chat.completions.create(model=MODEL, messages=QUESTION, stream=True))
    events = list(client.responses.create(model=MODEL, input=FRANCE, stream=True))
    assert (events[-1].type, events[-1].code) == ("error", "server_is_overloaded")


def test_retries_what_the_simulator_says_to_retry(simulator: RunningSimulator) -> None:
    simulator.set(fault="rate_limit", retry_after=0.01, first=2)
    with client_of(simulator).with_options(max_retries=2) as client:
        client.responses.create(model=MODEL, input=FRANCE)
    assert simulator.state.calls["POST /openai/v1/responses"] == 3


def test_a_wrong_organization_is_refused(simulator: RunningSimulator) -> None:
    client_of(simulator, organization="org-sim-1", project="proj_1").models.list()
    with pytest.raises(openai.AuthenticationError) as caught:
        client_of(simulator, organization="org-of-others").models.list()
    assert caught.value.code == "mismatched_organization"


def test_an_access_token_works_as_a_key(simulator: RunningSimulator) -> None:
    tokens = log_in(WIRINGS["openai"].build(simulator.url), simulator)
    client = client_of(simulator, tokens.access_token.reveal())
    assert client.responses.create(model=MODEL, input=FRANCE).output_text == PARIS
