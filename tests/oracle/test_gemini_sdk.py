"""Google's own client against our simulator: it must find everything where it looks for it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from google import genai
from google.genai import errors, types

from tests.support.simulator import RunningSimulator

pytestmark = pytest.mark.oracle

KEY = "AIzaSim" + "k" * 32
MODEL = "simulator-large"
FRANCE = "What is the capital of France?"
PARIS = "The capital of France is Paris."
SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
WEATHER = types.Tool(
    function_declarations=[
        types.FunctionDeclaration(name="get_weather", description="Weather", parameters_json_schema=SCHEMA)
    ]
)
THINK = types.ThinkingConfig(include_thoughts=True)


@contextmanager
def client_of(simulator: RunningSimulator, key: str = KEY) -> Iterator[genai.Client]:
    with httpx.Client(trust_env=False) as http:  # ours, because the SDK's own leaves sockets open
        options = types.HttpOptions(base_url=f"{simulator.url}/gemini", httpx_client=http)
        yield genai.Client(api_key=key, http_options=options)


@pytest.fixture
def client(simulator: RunningSimulator) -> Iterator[genai.Client]:
    with client_of(simulator) as client:
        yield client


def config(**more: Any) -> types.GenerateContentConfig:
    return types.GenerateContentConfig(**more)


def test_streams_an_answer(client: genai.Client) -> None:
    chunks = list(client.models.generate_content_stream(model=MODEL, contents=FRANCE))
    assert len(chunks) > 3
    assert "".join(chunk.text or "" for chunk in chunks) == PARIS
    last = chunks[-1]
    assert last.candidates[0].finish_reason is types.FinishReason.STOP
    assert (last.usage_metadata.prompt_token_count, last.usage_metadata.candidates_token_count) == (8, 8)
    assert (last.model_version, last.response_id) == (MODEL, chunks[0].response_id)


def test_answers_without_streaming(client: genai.Client) -> None:
    answer = client.models.generate_content(
        model=MODEL, contents=FRANCE, config=config(system_instruction="Be brief.", max_output_tokens=100)
    )
    assert answer.text == PARIS
    assert answer.usage_metadata.total_token_count == 8 + 8 + 3


def test_thoughts_are_marked_and_signed(client: genai.Client) -> None:
    chunks = list(
        client.models.generate_content_stream(
            model=MODEL, contents=FRANCE, config=config(thinking_config=THINK)
        )
    )
    parts = [part for chunk in chunks for part in chunk.candidates[0].content.parts]
    assert "capital of France" in "".join(part.text for part in parts if part.thought)
    assert "".join(part.text for part in parts if not part.thought) == PARIS
    assert parts[-1].thought_signature
    assert chunks[-1].usage_metadata.thoughts_token_count > 0


def test_a_tool_goes_there_and_back_with_its_signature(client: genai.Client) -> None:
    settings = config(
        tools=[WEATHER],
        thinking_config=THINK,
        automatic_function_calling=types.AutomaticFunctionCallingConfig(disable=True),
    )
    chat = client.chats.create(model=MODEL, config=settings)
    first = chat.send_message("How is the weather in Paris?")
    [call] = first.function_calls
    assert (call.name, call.args) == ("get_weather", {"city": "Paris"})
    signed = [part for part in first.candidates[0].content.parts if part.function_call]
    assert signed[0].thought_signature
    response = types.FunctionResponse(id=call.id, name=call.name, response={"output": "Sunny"})
    second = chat.send_message(types.Part(function_response=response))
    assert second.text == "The tool answered: Sunny"


def test_a_search_names_its_sources(client: genai.Client) -> None:
    search = types.Tool(google_search=types.GoogleSearch())
    answer = client.models.generate_content(
        model=MODEL, contents="Search for the capital of France", config=config(tools=[search])
    )
    chunk = answer.candidates[0].grounding_metadata.grounding_chunks[0]
    assert chunk.web.title == "The simulated almanac"


def test_lists_models_over_several_pages(client: genai.Client) -> None:
    models = list(client.models.list(config={"page_size": 1}))
    assert [model.name for model in models][:2] == ["models/simulator-large", "models/simulator-small"]
    assert (models[0].input_token_limit, models[0].thinking) == (1_000_000, True)
    assert client.models.get(model="simulator-small").display_name == "Simulator Small"


def test_counts_tokens(client: genai.Client) -> None:
    assert client.models.count_tokens(model=MODEL, contents=FRANCE).total_tokens == 8


@pytest.mark.parametrize(
    ("fault", "code", "status"),
    [
        ("bad_request", 400, "INVALID_ARGUMENT"),
        ("unauthorized", 401, "UNAUTHENTICATED"),
        ("forbidden", 403, "PERMISSION_DENIED"),
        ("not_found", 404, "NOT_FOUND"),
        ("rate_limit", 429, "RESOURCE_EXHAUSTED"),
        ("server_error", 500, "INTERNAL"),
        ("overloaded", 503, "UNAVAILABLE"),
        ("timeout", 504, "DEADLINE_EXCEEDED"),
    ],
)
def test_errors_are_recognised(
    simulator: RunningSimulator, client: genai.Client, fault: str, code: int, status: str
) -> None:
    simulator.set(fault=fault)
    with pytest.raises(errors.APIError, match="Simulated") as caught:
        client.models.generate_content(model=MODEL, contents=FRANCE)
    assert (caught.value.code, caught.value.status) == (code, status)
    assert isinstance(caught.value, errors.ServerError) is (code >= 500)


def test_an_error_in_a_stream_is_raised(simulator: RunningSimulator, client: genai.Client) -> None:
    simulator.set(fault="error", after=3)
    with pytest.raises(errors.APIError, match="middle of the answer"):
        list(client.models.generate_content_stream(model=MODEL, contents=FRANCE))


def test_a_wrong_key_is_a_bad_request_with_its_reason(simulator: RunningSimulator) -> None:
    with (
        client_of(simulator, key="AIzaSy-somebody-elses") as client,
        pytest.raises(errors.ClientError) as caught,
    ):
        client.models.generate_content(model=MODEL, contents=FRANCE)
    assert caught.value.code == 400
    assert caught.value.details["error"]["details"][0]["reason"] == "API_KEY_INVALID"


def test_a_blocked_prompt_has_no_candidates(simulator: RunningSimulator, client: genai.Client) -> None:
    simulator.set(stop="blocked_prompt")
    answer = client.models.generate_content(model=MODEL, contents=FRANCE)
    assert not answer.candidates
    assert answer.prompt_feedback.block_reason is types.BlockedReason.PROHIBITED_CONTENT


def test_every_finish_reason_of_the_sdk_is_passed_on(
    simulator: RunningSimulator, client: genai.Client
) -> None:
    for reason in types.FinishReason:
        simulator.set(stop=reason.value)
        answer = client.models.generate_content(model=MODEL, contents=FRANCE)
        assert answer.candidates[0].finish_reason is reason
