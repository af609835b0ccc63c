"""The simulator's Gemini wire, seen by a plain client that knows nothing of our provider."""

from __future__ import annotations

from typing import Any

import httpx
import msgspec
import pytest

from tests.providers.simulator.client import get, send
from tests.support import plain
from tests.support.simulator import API_KEY, RunningSimulator

HEADERS = {"x-goog-api-key": API_KEY}
MODELS = "/gemini/v1beta/models"
QUESTION = {"contents": [{"parts": [{"text": "What is the capital of France?"}]}]}


def post(
    simulator: RunningSimulator,
    method: str,
    body: Any = QUESTION,
    *,
    headers: dict[str, str] = HEADERS,
    model: str = "simulator-large",
) -> httpx.Response:
    url = f"{simulator.url}{MODELS}/{model}:{method}"
    return send(url, headers=headers, content=msgspec.json.encode(body), timeout=10)


def error_of(answer: httpx.Response) -> dict[str, Any]:
    error: dict[str, Any] = answer.json()["error"]
    assert error["code"] == answer.status_code
    return error


def with_turns(*turns: tuple[str, dict[str, Any]]) -> dict[str, Any]:
    return {"contents": [{"role": role, "parts": [part]} for role, part in turns]}


def test_an_answer_comes_whole_or_in_pieces(simulator: RunningSimulator) -> None:
    whole = post(simulator, "generateContent").json()
    [candidate] = whole["candidates"]
    assert candidate["content"] == {"role": "model", "parts": [{"text": "The capital of France is Paris."}]}
    assert candidate["finishReason"] == "STOP"
    assert whole["usageMetadata"]["totalTokenCount"] == 16
    stream = post(simulator, "streamGenerateContent?alt=sse")
    lines = stream.text.split("\r\n\r\n")
    assert lines.pop() == ""
    events = [msgspec.json.decode(line.removeprefix("data: ")) for line in lines]
    texts = [event["candidates"][0]["content"]["parts"][0]["text"] for event in events]
    assert "".join(texts) == "The capital of France is Paris."
    assert ["finishReason" in event["candidates"][0] for event in events] == [False] * 8 + [True]
    assert events[-1]["usageMetadata"] == whole["usageMetadata"]


def test_whole_answers_have_thoughts_and_tools_with_their_signature(simulator: RunningSimulator) -> None:
    schema = {"type": "OBJECT", "properties": {"city": {"type": "STRING"}}, "required": ["city"]}
    tool = {"functionDeclarations": [{"name": "get_weather", "parameters": schema}]}
    body = with_turns(("user", {"text": "How is the weather in Paris?"})) | {
        "tools": [tool],
        "generationConfig": {"thinkingConfig": {"includeThoughts": True, "thinkingLevel": "LOW"}},
    }
    answer = post(simulator, "generateContent", body).json()
    thought, _, call = answer["candidates"][0]["content"]["parts"]
    assert thought["thought"] is True
    assert call["functionCall"]["args"] == {"city": "Paris"}
    assert call["thoughtSignature"]
    assert answer["usageMetadata"]["thoughtsTokenCount"] > 0
    body["toolConfig"] = {"functionCallingConfig": {"mode": "NONE"}}
    parts = post(simulator, "generateContent", body).json()["candidates"][0]["content"]["parts"]
    assert parts[-1]["text"] == ""
    assert parts[-1]["thoughtSignature"]


@pytest.mark.parametrize("mode", [{"mode": "ANY"}, {"mode": "ANY", "allowedFunctionNames": ["now"]}])
def test_a_tool_can_be_forced(simulator: RunningSimulator, mode: dict[str, Any]) -> None:
    body = {
        **QUESTION,
        "tools": [{"functionDeclarations": [{"name": "now"}]}],
        "toolConfig": {"functionCallingConfig": mode},
    }
    parts = post(simulator, "generateContent", body).json()["candidates"][0]["content"]["parts"]
    assert parts[-1]["functionCall"]["name"] == "now"


def test_a_search_names_its_source(simulator: RunningSimulator) -> None:
    body = {**QUESTION, "tools": [{"googleSearch": {}}]}
    body["contents"] = [{"parts": [{"text": "Search for the capital of France"}]}]
    candidate = post(simulator, "generateContent", body).json()["candidates"][0]
    assert candidate["groundingMetadata"]["groundingChunks"][0]["web"]["title"] == "The simulated almanac"


@pytest.mark.parametrize("method", ["generateContent", "streamGenerateContent?alt=sse"])
def test_a_prompt_can_be_blocked(simulator: RunningSimulator, method: str) -> None:
    simulator.set(stop="blocked_prompt")
    answer = post(simulator, method)
    assert '"blockReason":"PROHIBITED_CONTENT"' in answer.text
    assert "candidates" not in answer.text.replace("candidatesTokenCount", "")


def test_tokens_are_counted_in_both_forms(simulator: RunningSimulator) -> None:
    request = {
        **QUESTION,
        "model": "models/simulator-large",
        "systemInstruction": {"parts": [{"text": "Be short."}]},
    }
    assert post(simulator, "countTokens").json() == {"totalTokens": 8}
    longer = post(simulator, "countTokens", {"generateContentRequest": request})
    assert longer.json() == {"totalTokens": 11}
    for body in ({}, {**QUESTION, "generateContentRequest": request}):
        assert error_of(post(simulator, "countTokens", body))["status"] == "INVALID_ARGUMENT"


def test_models_come_in_pages_and_one_does_not_chat(simulator: RunningSimulator) -> None:
    url = f"{simulator.url}{MODELS}"
    first = get(f"{url}?pageSize=3", headers=HEADERS).json()
    second = get(f"{url}?pageSize=3&pageToken={first['nextPageToken']}", headers=HEADERS).json()
    assert [model["name"] for model in first["models"] + second["models"]] == [
        "models/simulator-large",
        "models/simulator-small",
        "models/simulator-thinking",
        "models/simulator-embedding",
    ]
    assert "nextPageToken" not in second
    embedding = get(f"{url}/simulator-embedding", headers=HEADERS).json()
    assert embedding["supportedGenerationMethods"] == ["embedContent"]
    assert get(f"{url}/simulator-small", headers=HEADERS).json()["displayName"] == "Simulator Small"
    assert get(f"{url}?pageSize=x", headers=HEADERS).status_code == 400
    assert get(f"{url}/none", headers=HEADERS).status_code == 404


@pytest.mark.parametrize(
    ("headers", "code", "status"),
    [
        ({"x-goog-api-key": "AIzaSim1"}, 200, ""),
        ({"x-goog-api-key": "AIzaOther"}, 400, "INVALID_ARGUMENT"),
        ({"x-goog-api-key": "sk-sim-revoked-1"}, 400, "INVALID_ARGUMENT"),
        ({"x-goog-api-key": "sk-ant-other"}, 400, "INVALID_ARGUMENT"),
        ({"authorization": "Bearer nonsense"}, 401, "UNAUTHENTICATED"),
        ({"authorization": "Basic nonsense"}, 403, "PERMISSION_DENIED"),
        ({}, 403, "PERMISSION_DENIED"),
    ],
)
def test_who_may_ask(simulator: RunningSimulator, headers: dict[str, str], code: int, status: str) -> None:
    answer = post(simulator, "generateContent", headers=headers)
    assert answer.status_code == code
    if status:
        assert error_of(answer)["status"] == status


def test_a_key_may_stand_in_the_address(simulator: RunningSimulator) -> None:
    assert post(simulator, f"generateContent?key={API_KEY}", headers={}).status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"contents": []},
        {"contents": [{"parts": []}]},
        {"contents": [{"parts": [{"text": "a", "inlineData": {"mimeType": "image/png", "data": ""}}]}]},
        {"contents": [{"parts": [{}]}]},
        {"contents": [{"role": "assistant", "parts": [{"text": "a"}]}]},
        {**QUESTION, "max_tokens": 5},
        {**QUESTION, "generationConfig": {"maxOutputTokens": 0}},
        {**QUESTION, "generationConfig": {"maxOutputTokens": 10_000_000}},
        {**QUESTION, "generationConfig": {"temperature": 3}},
        {**QUESTION, "generationConfig": {"stopSequences": list("abcdef")}},
        {**QUESTION, "generationConfig": {"thinkingConfig": {"thinkingLevel": "SOME"}}},
        with_turns(("user", {"text": "a"}), ("model", {"text": "b"})),
        with_turns(("user", {"functionResponse": {"name": "x", "response": {}}})),
        with_turns(
            ("user", {"text": "a"}),
            ("model", {"functionCall": {"name": "x"}}),
            ("user", {"text": "b"}),
        ),
        with_turns(
            ("user", {"text": "a"}),
            ("model", {"text": "b", "thoughtSignature": "c"}),
            ("user", {"text": "d"}),
        ),
        "not an object",
    ],
)
def test_what_google_would_not_take_is_refused(simulator: RunningSimulator, body: object) -> None:
    answer = post(simulator, "streamGenerateContent?alt=sse", body)
    assert answer.status_code == 400
    assert error_of(answer)["status"] == "INVALID_ARGUMENT"


def test_fields_may_be_written_in_both_of_googles_ways(simulator: RunningSimulator) -> None:
    body = {
        **QUESTION,
        "generation_config": {"max_output_tokens": 2, "thinkingConfig": {"include_thoughts": False}},
    }
    answer = post(simulator, "generateContent", body).json()
    assert answer["candidates"][0]["finishReason"] == "MAX_TOKENS"
    nested = b'{"contents":' * 5000
    deep = send(f"{simulator.url}{MODELS}/simulator-large:generateContent", headers=HEADERS, content=nested)
    assert deep.status_code == 400


def test_a_prompt_that_is_too_long_is_refused(simulator: RunningSimulator) -> None:
    body = with_turns(("user", {"text": "word " * 200_000}))
    answer = post(simulator, "generateContent", body, model="simulator-small")
    assert "exceeds the maximum number of tokens" in error_of(answer)["message"]


def test_paths_that_do_not_exist(simulator: RunningSimulator) -> None:
    assert post(simulator, "embedContent").status_code == 404
    assert post(simulator, "streamGenerateContent").status_code == 400
    assert get(f"{simulator.url}/gemini/v1beta/files", headers=HEADERS).status_code == 404
    deleted = plain.delete(f"{simulator.url}{MODELS}", headers=HEADERS)
    assert error_of(deleted)["status"] == "UNIMPLEMENTED"
    broken = send(f"{simulator.url}{MODELS}/simulator-large:generateContent", headers=HEADERS, content=b"{")
    assert error_of(broken)["status"] == "INVALID_ARGUMENT"


@pytest.mark.parametrize(("fault", "quota"), [("rate_limit", "PerMinute"), ("spend_limit", "PerDay")])
def test_quotas_say_which_they_are(simulator: RunningSimulator, fault: str, quota: str) -> None:
    simulator.set(fault=fault, retry_after=3)
    failure, retry = error_of(post(simulator, "generateContent"))["details"]
    assert quota in failure["violations"][0]["quotaId"]
    assert retry["retryDelay"].endswith("s")


def test_numbered_lines_come_over_this_wire_too(simulator: RunningSimulator) -> None:
    simulator.set(numbered=20)
    assert post(simulator, "streamGenerateContent?alt=sse").text.count("🌍") == 20


def test_refreshing_gives_no_new_refresh_token(simulator: RunningSimulator) -> None:
    wrong = send(f"{simulator.url}/gemini/token", data={"grant_type": "refresh_token", "client_id": "other"})
    assert (wrong.status_code, wrong.json()["error"]) == (401, "invalid_client")
    as_json = send(f"{simulator.url}/gemini/token", json={"grant_type": "refresh_token"})
    assert (as_json.status_code, as_json.json()["error"]) == (400, "invalid_request")
