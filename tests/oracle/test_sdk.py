"""The vendor's own client against our simulator: it must find everything where it looks for it."""

from __future__ import annotations

from collections.abc import Iterator

import anthropic
import pytest

from tests.providers.simulator.client import log_in
from tests.support.simulator import API_KEY, RunningSimulator

pytestmark = pytest.mark.oracle

QUESTION = [{"role": "user", "content": "What is the capital of France?"}]
WEATHER = {
    "name": "get_weather",
    "description": "Weather of a city",
    "input_schema": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
}


@pytest.fixture
def client(simulator: RunningSimulator) -> Iterator[anthropic.Anthropic]:
    with anthropic.Anthropic(api_key=API_KEY, base_url=simulator.url, max_retries=0) as client:
        yield client


def test_streams_text(client: anthropic.Anthropic) -> None:
    with client.messages.stream(model="simulator-large", max_tokens=100, messages=QUESTION) as stream:
        pieces = list(stream.text_stream)
        message = stream.get_final_message()
    assert len(pieces) > 3
    assert "".join(pieces) == "The capital of France is Paris."
    assert (message.stop_reason, message.usage.output_tokens) == ("end_turn", 8)


def test_creates_without_streaming(client: anthropic.Anthropic) -> None:
    answer = client.messages.with_raw_response.create(
        model="simulator-large", max_tokens=100, messages=QUESTION
    )
    message = answer.parse()
    assert message.content[0].text == "The capital of France is Paris."
    assert message._request_id == answer.headers["request-id"]


def test_streams_thinking(client: anthropic.Anthropic) -> None:
    with client.messages.stream(
        model="simulator-large", max_tokens=4000, messages=QUESTION, thinking={"type": "adaptive"}
    ) as stream:
        message = stream.get_final_message()
    thinking, text = message.content
    assert (thinking.type, text.type) == ("thinking", "text")
    assert thinking.signature
    assert message.usage.output_tokens_details.thinking_tokens > 0


def test_tool_round_trip(client: anthropic.Anthropic) -> None:
    messages = [{"role": "user", "content": "How is the weather in Paris?"}]
    with client.messages.stream(
        model="simulator-large", max_tokens=500, messages=messages, tools=[WEATHER]
    ) as stream:
        asked = stream.get_final_message()
    use = asked.content[-1]
    assert (asked.stop_reason, use.name, use.input) == ("tool_use", "get_weather", {"city": "Paris"})
    result = {"type": "tool_result", "tool_use_id": use.id, "content": "21 degrees"}
    turns = [
        *messages,
        {"role": "assistant", "content": asked.content},
        {"role": "user", "content": [result]},
    ]
    answer = client.messages.create(model="simulator-large", max_tokens=500, messages=turns, tools=[WEATHER])
    assert "21 degrees" in answer.content[0].text


def test_streams_a_web_search(client: anthropic.Anthropic) -> None:
    search = {"type": "web_search_20260318", "name": "web_search"}
    question = [{"role": "user", "content": "Search for the capital of France"}]
    with client.messages.stream(
        model="simulator-large", max_tokens=500, messages=question, tools=[search]
    ) as stream:
        message = stream.get_final_message()
    use, result, text = message.content
    assert (use.type, result.content[0].type) == ("server_tool_use", "web_search_result")
    assert text.citations[0].type == "web_search_result_location"
    assert message.usage.server_tool_use.web_search_requests == 1


def test_lists_models_over_several_pages(client: anthropic.Anthropic) -> None:
    models = list(client.models.list(limit=1))
    assert [model.id for model in models] == ["simulator-large", "simulator-small", "simulator-thinking"]
    assert models[0].max_input_tokens == 1_000_000
    assert models[0].capabilities.thinking.types.adaptive.supported is True
    assert client.models.retrieve("simulator-small").display_name == "Simulator Small"


def test_counts_tokens(client: anthropic.Anthropic) -> None:
    counted = client.messages.count_tokens(model="simulator-large", messages=QUESTION)
    message = client.messages.create(model="simulator-large", max_tokens=100, messages=QUESTION)
    assert counted.input_tokens == message.usage.input_tokens == 8


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ("bad_request", anthropic.BadRequestError),
        ("unauthorized", anthropic.AuthenticationError),
        ("forbidden", anthropic.PermissionDeniedError),
        ("not_found", anthropic.NotFoundError),
        ("conflict", anthropic.ConflictError),
        ("rate_limit", anthropic.RateLimitError),
        ("server_error", anthropic.InternalServerError),
    ],
)
def test_errors_are_recognised(
    simulator: RunningSimulator,
    client: anthropic.Anthropic,
    fault: str,
    expected: type[anthropic.APIStatusError],
) -> None:
    simulator.set(fault=fault)
    with pytest.raises(expected, match="Simulated") as caught:
        client.messages.create(model="simulator-large", max_tokens=100, messages=QUESTION)
    assert caught.value.request_id == caught.value.response.headers["request-id"]


@pytest.mark.parametrize(
    ("fault", "kind"), [("overloaded", "overloaded_error"), ("too_large", "request_too_large")]
)
def test_errors_carry_their_type(
    simulator: RunningSimulator, client: anthropic.Anthropic, fault: str, kind: str
) -> None:
    simulator.set(fault=fault)
    with pytest.raises(anthropic.APIStatusError) as caught:
        client.messages.create(model="simulator-large", max_tokens=100, messages=QUESTION)
    assert caught.value.body["error"]["type"] == kind


def test_error_in_a_stream_is_raised(simulator: RunningSimulator, client: anthropic.Anthropic) -> None:
    simulator.set(fault="error", after=4)
    with (
        client.messages.stream(model="simulator-large", max_tokens=100, messages=QUESTION) as stream,
        pytest.raises(anthropic.APIStatusError, match="middle of the answer"),
    ):
        list(stream.text_stream)


def test_retries_what_the_simulator_says_to_retry(simulator: RunningSimulator) -> None:
    simulator.set(fault="rate_limit", retry_after=0.01, first=2)
    with anthropic.Anthropic(api_key=API_KEY, base_url=simulator.url, max_retries=2) as client:
        client.messages.create(model="simulator-large", max_tokens=100, messages=QUESTION)
    assert simulator.state.calls["POST /v1/messages"] == 3


def test_unknown_events_are_passed_over(simulator: RunningSimulator, client: anthropic.Anthropic) -> None:
    simulator.set(fault="unknown_events")
    with client.messages.stream(model="simulator-large", max_tokens=100, messages=QUESTION) as stream:
        assert stream.get_final_text() == "The capital of France is Paris."


def test_access_token_works_as_bearer(simulator: RunningSimulator) -> None:
    token = log_in(simulator)["access_token"]
    beta = {"anthropic-beta": "oauth-2025-04-20"}
    with anthropic.Anthropic(
        auth_token=token, base_url=simulator.url, default_headers=beta, max_retries=0
    ) as client:
        assert next(iter(client.models.list())).id == "simulator-large"
