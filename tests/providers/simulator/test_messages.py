from __future__ import annotations

from itertools import groupby

import pytest

from tests.providers.simulator.client import HEADERS, body_for, events_of, post, send, streamed_text
from tests.support.simulator import RunningSimulator

WEATHER = {
    "name": "get_weather",
    "description": "Weather of a city",
    "input_schema": {
        "type": "object",
        "properties": {
            "city": {"type": "string"},
            "days": {"type": "integer"},
            "unit": {"enum": ["celsius", "kelvin"]},
            "note": {"type": "string"},
        },
        "required": ["city", "days", "unit"],
    },
}


def test_stream_has_the_vendors_order(simulator: RunningSimulator) -> None:
    answer = post(simulator, "What is the capital of France?", stream=True)
    kinds = [kind for kind, _ in groupby(event["type"] for event in events_of(answer))]
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert kinds == [
        "message_start",
        "ping",
        "content_block_start",
        "content_block_delta",
        "content_block_stop",
        "message_delta",
        "message_stop",
    ]


def test_stream_and_whole_answer_say_the_same(simulator: RunningSimulator) -> None:
    prompt = "How would you write a FastAPI application that handles Stripe-based subscriptions?"
    whole = post(simulator, prompt).json()
    events = events_of(post(simulator, prompt, stream=True))
    assert streamed_text(events) == whole["content"][0]["text"]
    assert events[-2]["usage"]["output_tokens"] == whole["usage"]["output_tokens"]
    assert events[-2]["delta"]["stop_reason"] == whole["stop_reason"] == "end_turn"


def test_usage_counts_four_characters_as_a_token(simulator: RunningSimulator) -> None:
    answer = post(simulator, "say: 0123456789", system="12345678").json()
    assert answer["content"][0]["text"] == "0123456789"
    assert answer["usage"]["output_tokens"] == 3
    assert answer["usage"]["input_tokens"] == 2 + 4


def test_first_event_reports_the_input_and_one_token(simulator: RunningSimulator) -> None:
    first = events_of(post(simulator, "hi", stream=True))[0]["message"]
    assert (first["content"], first["stop_reason"], first["model"]) == ([], None, "simulator-large")
    assert (first["usage"]["input_tokens"], first["usage"]["output_tokens"]) == (1, 1)


def test_long_prompt_gets_headings_list_table_and_code(simulator: RunningSimulator) -> None:
    text = post(simulator, "Please explain to me how photosynthesis works.").json()["content"][0]["text"]
    assert "photosynthesis works" in text
    for sign in ("## ", "\n- ", "\n1. ", "|---|", "```python", "```bash"):
        assert sign in text


def test_question_about_subscriptions_gets_several_hundred_words(simulator: RunningSimulator) -> None:
    prompt = "How would you write a FastAPI application that handles Stripe-based subscriptions?"
    text = post(simulator, prompt).json()["content"][0]["text"]
    assert len(text.split()) > 500
    assert "stripe.Webhook.construct_event" in text
    assert text.count("```") % 2 == 0


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ("What is the capital of France?", "Paris"),
        ("and the capital of new zealand", "Wellington"),
        ("Who are you?", "no language model"),
        ("hello there", "simulator"),
        ("What is 12 * 12?", "144"),
        ("7 divided by 2", "3.5"),
        ("1 / 0", "zero"),
        ("Which is the largest planet?", "Jupiter"),
        ("repeat after me: é🌍", "é🌍"),
        ("What did I just say?", "first thing"),
        ("What is my name?", "not told me"),
        ("My name is Ada", "Ada"),
        ("the capital of nowhere", "capital of nowhere"),
        ("colourless green ideas", "colourless green ideas"),
        ("/simulate chunk 3", "ready"),
    ],
)
def test_short_prompt_gets_a_short_sensible_answer(
    simulator: RunningSimulator, prompt: str, expected: str
) -> None:
    text = post(simulator, prompt).json()["content"][0]["text"]
    assert expected in text
    assert len(text) < 400


def test_remembers_the_conversation(simulator: RunningSimulator) -> None:
    def ask(question: str) -> str:
        turns = [
            {"role": "user", "content": "My name is Ada"},
            {"role": "assistant", "content": [{"type": "text", "text": "Nice to meet you"}]},
            {"role": "user", "content": question},
        ]
        return str(post(simulator, "", messages=turns).json()["content"][0]["text"])

    assert "Ada" in ask("What is my name?")
    assert "My name is Ada" in ask("What did I say before?")


def test_max_tokens_cuts_the_answer(simulator: RunningSimulator) -> None:
    answer = post(simulator, "How do I write a book?", max_tokens=10).json()
    assert answer["stop_reason"] == "max_tokens"
    assert answer["usage"]["output_tokens"] == 10


def test_stop_sequence_ends_the_answer_before_it(simulator: RunningSimulator) -> None:
    answer = post(simulator, "say: one two three", stop_sequences=["three", " two"]).json()
    assert answer["content"][0]["text"] == "one"
    assert (answer["stop_reason"], answer["stop_sequence"]) == ("stop_sequence", " two")


def test_thinking_comes_first_with_a_signature(simulator: RunningSimulator) -> None:
    events = events_of(post(simulator, "hi", stream=True, thinking={"type": "adaptive"}))
    deltas = [event["delta"]["type"] for event in events if event["type"] == "content_block_delta"]
    assert [kind for kind, _ in groupby(deltas)] == ["thinking_delta", "signature_delta", "text_delta"]
    assert events[-2]["usage"]["output_tokens_details"]["thinking_tokens"] > 10


def test_omitted_thinking_has_only_its_signature(simulator: RunningSimulator) -> None:
    omitted = {"type": "adaptive", "display": "omitted"}
    block = post(simulator, "hi", model="simulator-thinking", thinking=omitted).json()["content"][0]
    assert (block["type"], block["thinking"], bool(block["signature"])) == ("thinking", "", True)


def test_tool_named_in_the_prompt_is_asked_for(simulator: RunningSimulator) -> None:
    events = events_of(post(simulator, "How is the weather in Paris?", stream=True, tools=[WEATHER]))
    start = next(e for e in events if e["type"] == "content_block_start" and e["index"] == 1)
    pieces = [e["delta"]["partial_json"] for e in events if e["type"] == "content_block_delta" and e["index"]]
    assert start["content_block"]["name"] == "get_weather"
    assert start["content_block"]["input"] == {}
    assert pieces[0] == ""
    assert "".join(pieces) == '{"city":"Paris","days":1,"unit":"celsius"}'
    assert events[-2]["delta"]["stop_reason"] == "tool_use"


def test_forced_tool_is_asked_for_and_none_is_obeyed(simulator: RunningSimulator) -> None:
    forced = post(simulator, "hi", tools=[WEATHER], tool_choice={"type": "any"}).json()
    refused = post(simulator, "weather", tools=[WEATHER], tool_choice={"type": "none"}).json()
    assert (forced["stop_reason"], refused["stop_reason"]) == ("tool_use", "end_turn")


@pytest.mark.parametrize(("is_error", "expected"), [(False, "The tool answered: 21 °C"), (True, "failed")])
def test_tool_result_is_repeated(simulator: RunningSimulator, is_error: bool, expected: str) -> None:
    use = {"type": "tool_use", "id": "toolu_1", "name": "get_weather", "input": {}}
    result = {"type": "tool_result", "tool_use_id": "toolu_1", "content": "21 °C", "is_error": is_error}
    turns = [
        {"role": "user", "content": "weather?"},
        {"role": "assistant", "content": [use]},
        {"role": "user", "content": [result]},
    ]
    answer = post(simulator, "", messages=turns, tools=[WEATHER]).json()
    assert expected in answer["content"][0]["text"]


def test_web_search_gives_result_block_and_citation(simulator: RunningSimulator) -> None:
    search = {"type": "web_search_20260318", "name": "web_search", "max_uses": 1}
    prompt = "Search for the capital of France"
    whole = post(simulator, prompt, tools=[search]).json()
    events = events_of(post(simulator, prompt, tools=[search], stream=True))
    kinds = [block["type"] for block in whole["content"]]
    assert kinds == ["server_tool_use", "web_search_tool_result", "text"]
    assert whole["usage"]["server_tool_use"]["web_search_requests"] == 1
    assert any(event.get("delta", {}).get("type") == "citations_delta" for event in events)


def test_cached_prefix_is_written_once_and_then_read(simulator: RunningSimulator) -> None:
    system = [{"type": "text", "text": "word " * 1000, "cache_control": {"type": "ephemeral", "ttl": "1h"}}]
    first = post(simulator, "hi", system=system).json()["usage"]
    second = post(simulator, "hello", system=system).json()["usage"]
    assert first["cache_creation_input_tokens"] == second["cache_read_input_tokens"] > 1000
    assert first["cache_creation"]["ephemeral_1h_input_tokens"] == first["cache_creation_input_tokens"]
    assert second["cache_creation_input_tokens"] == first["cache_read_input_tokens"] == 0


def test_a_longer_prompt_reads_what_the_one_before_wrote(simulator: RunningSimulator) -> None:
    asked = {"role": "user", "content": [{"type": "text", "text": "word " * 1000}]}
    more = [asked, {"role": "assistant", "content": "Yes."}, {"role": "user", "content": "Again " * 500}]
    first, second = (
        post(simulator, "", messages=messages, cache_control={"type": "ephemeral"}).json()["usage"]
        for messages in ([asked], more)
    )
    assert second["cache_read_input_tokens"] == first["cache_creation_input_tokens"] > 1000
    assert second["cache_creation_input_tokens"] > 700
    assert second["input_tokens"] == 0


def test_top_level_cache_control_ignores_a_short_prompt(simulator: RunningSimulator) -> None:
    usage = post(simulator, "hi", cache_control={"type": "ephemeral"}).json()["usage"]
    assert usage["cache_creation_input_tokens"] == usage["cache_read_input_tokens"] == 0


def test_counting_agrees_with_the_usage(simulator: RunningSimulator) -> None:
    image = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "aGk="}}
    pdf = {
        "type": "document",
        "source": {"type": "base64", "media_type": "application/pdf", "data": "a" * 640},
    }
    content = [image, pdf, {"type": "text", "text": "Look at this"}]
    body = body_for(content, tools=[WEATHER])
    del body["max_tokens"]
    counted = send(f"{simulator.url}/v1/messages/count_tokens", headers=HEADERS, json=body).json()
    usage = post(simulator, content, tools=[WEATHER]).json()["usage"]
    assert counted["input_tokens"] == usage["input_tokens"] > 1500


def test_answer_carries_request_id_and_rate_limits(simulator: RunningSimulator) -> None:
    headers = post(simulator, "hi").headers
    assert headers["request-id"].startswith("req_")
    for name in ("requests", "tokens", "input-tokens", "output-tokens"):
        limit, remaining = (
            int(headers[f"anthropic-ratelimit-{name}-{end}"]) for end in ("limit", "remaining")
        )
        assert 0 <= remaining < limit
        assert headers[f"anthropic-ratelimit-{name}-reset"].endswith("Z")
