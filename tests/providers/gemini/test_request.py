from __future__ import annotations

from typing import Any

import msgspec
import pytest

from providers.gemini.request import encode_chat, encode_token_count
from providers.messages import (
    ChatMessage,
    ChatRequest,
    ContentPart,
    DocumentPart,
    ImagePart,
    ProviderPart,
    RedactedThinkingPart,
    TextPart,
    ThinkingConfig,
    ThinkingPart,
    ToolDefinition,
    ToolResultPart,
    ToolUsePart,
)
from providers.model_info import Capabilities
from tests.providers.canned import ask

OLD = Capabilities(thinking_modes=("adaptive", "enabled", "disabled"), sampling=True)
PRO = Capabilities(thinking_modes=("adaptive", "enabled"), sampling=True)
NEW = Capabilities(thinking_modes=("adaptive",), efforts=("low", "high"), sampling=False)
UNKNOWN = Capabilities()
WEATHER = ToolDefinition(name="get_weather", description="Weather", input_schema={"type": "object"})
USE = ToolUsePart(id="call-1", name="get_weather", input={"city": "Paris"})
CALL = {"functionCall": {"name": "get_weather", "args": {"city": "Paris"}, "id": "call-1"}}
RESULT = ToolResultPart(tool_use_id="call-1", text="sunny")
ANSWER = {"functionResponse": {"name": "get_weather", "response": {"result": "sunny"}, "id": "call-1"}}


def body_of(request: ChatRequest, model: Capabilities = OLD) -> Any:
    return msgspec.json.decode(encode_chat(request, provider="gemini", model=model))


def conversation(*turns: tuple[ContentPart, ...]) -> ChatRequest:
    """Turns of user and assistant, one after the other."""
    messages = [ChatMessage("assistant" if place % 2 else "user", parts) for place, parts in enumerate(turns)]
    return ChatRequest(model="m", messages=tuple(messages))


def parts_of(*turns: tuple[ContentPart, ...], model: Capabilities = OLD) -> list[list[Any]]:
    return [content["parts"] for content in body_of(conversation(*turns), model)["contents"]]


QUESTION = (TextPart(text="Weather?"),)


def test_a_plain_question_is_no_more_than_that() -> None:
    assert body_of(ask("Hello")) == {
        "contents": [{"role": "user", "parts": [{"text": "Hello"}]}],
        "generationConfig": {"maxOutputTokens": 8192},
    }


def test_system_prompt_tools_and_stop_sequences_have_their_places() -> None:
    body = body_of(
        ask(
            system="Be short.",
            tools=(WEATHER,),
            server_tools=({"googleSearch": {}},),
            tool_choice="get_weather",
            stop_sequences=("END",),
            max_tokens=5,
        )
    )
    assert body["systemInstruction"] == {"parts": [{"text": "Be short."}]}
    declaration = {
        "name": "get_weather",
        "description": "Weather",
        "parametersJsonSchema": {"type": "object"},
    }
    assert body["tools"] == [{"functionDeclarations": [declaration]}, {"googleSearch": {}}]
    assert body["toolConfig"] == {
        "functionCallingConfig": {"mode": "ANY", "allowedFunctionNames": ["get_weather"]}
    }
    assert body["generationConfig"] == {"maxOutputTokens": 5, "stopSequences": ["END"]}
    assert "systemInstruction" not in body_of(ask(system=" "))


@pytest.mark.parametrize("choice", ["auto", "any", "none"])
def test_a_choice_without_a_name_is_a_mode(choice: str) -> None:
    config = body_of(ask(tools=(WEATHER,), tool_choice=choice))["toolConfig"]["functionCallingConfig"]
    assert config == {"mode": choice.upper()}


@pytest.mark.parametrize(("model", "is_sent"), [(OLD, True), (NEW, False), (UNKNOWN, False)])
def test_sampling_goes_only_to_models_that_take_it(model: Capabilities, is_sent: bool) -> None:
    config = body_of(ask(temperature=0.2, top_p=0.5, top_k=3), model)["generationConfig"]
    sampling = {"temperature": 0.2, "topP": 0.5, "topK": 3}
    assert config == {"maxOutputTokens": 8192} | (sampling if is_sent else {})


@pytest.mark.parametrize(
    ("model", "mode", "budget", "effort", "expected"),
    [
        (OLD, "adaptive", None, None, {"includeThoughts": True}),
        (OLD, "enabled", 2048, "low", {"includeThoughts": True, "thinkingBudget": 2048}),
        (OLD, "disabled", None, None, {"thinkingBudget": 0}),
        (PRO, "disabled", None, None, None),
        (NEW, "enabled", 2048, "high", {"includeThoughts": True, "thinkingLevel": "HIGH"}),
        (NEW, None, None, "low", {"thinkingLevel": "LOW"}),
        (NEW, None, None, "max", None),
        (UNKNOWN, "adaptive", None, "low", None),
        (OLD, None, None, None, None),
    ],
)
def test_thinking_is_asked_for_in_the_models_own_way(
    model: Capabilities, mode: Any, budget: int | None, effort: Any, expected: object
) -> None:
    thinking = ThinkingConfig(mode=mode, budget_tokens=budget) if mode else None
    config = body_of(ask(thinking=thinking, effort=effort), model)["generationConfig"]
    assert config.get("thinkingConfig") == expected


def test_turns_of_one_role_become_one_and_empty_ones_disappear() -> None:
    messages = (
        ChatMessage("user", (TextPart(text="One"),)),
        ChatMessage("assistant", (TextPart(text=" "),)),
        ChatMessage("user", (TextPart(text="Two"),)),
    )
    body = body_of(ChatRequest(model="m", messages=messages))
    assert body["contents"] == [{"role": "user", "parts": [{"text": "One"}, {"text": "Two"}]}]


def test_images_and_pdfs_go_inline() -> None:
    image = ImagePart(media_type="image/png", data="aGk=")
    [parts] = parts_of((image, DocumentPart(data="JVBERg==", title="A")))
    assert parts == [
        {"inlineData": {"mimeType": "image/png", "data": "aGk="}},
        {"inlineData": {"mimeType": "application/pdf", "data": "JVBERg=="}},
    ]


def test_a_tool_result_names_its_tool() -> None:
    failed = ToolResultPart(tool_use_id="call-1", text="no idea", is_error=True)
    assert parts_of(QUESTION, (USE,), (RESULT,))[1:] == [[CALL], [ANSWER]]
    assert parts_of(QUESTION, (USE,), (failed,))[2][0]["functionResponse"]["response"] == {"error": "no idea"}
    assert parts_of((RESULT, TextPart(text="?"))) == [[{"text": "?"}]], "an answer to nothing is left out"


def test_ids_that_we_made_up_are_not_sent() -> None:
    own = "gemini-call-resp-1-1"
    use = ToolUsePart(id=own, name="now", input={})
    _, [call], [answer] = parts_of(QUESTION, (use,), (ToolResultPart(tool_use_id=own, text="12"),))
    assert call == {"functionCall": {"name": "now", "args": {}}}
    assert answer == {"functionResponse": {"name": "now", "response": {"result": "12"}}}


def test_each_signature_goes_back_on_the_part_it_came_with() -> None:
    turn = (
        ThinkingPart(text="Hm.", signature="c2lnMA=="),
        TextPart(text="I look."),
        ThinkingPart(text="", signature="c2lnMQ=="),
        ThinkingPart(text="", signature="c2lnMg=="),
        USE,
        ThinkingPart(text="unsigned"),
        RedactedThinkingPart(data="x"),
    )
    assert parts_of(QUESTION, turn, (RESULT,))[1] == [
        {"text": "Hm.", "thought": True, "thoughtSignature": "c2lnMA=="},
        {"text": "I look."},
        {"text": "", "thoughtSignature": "c2lnMQ=="},
        CALL | {"thoughtSignature": "c2lnMg=="},
    ]
    last = (TextPart(text="Done."), ThinkingPart(text="", signature="c2lnMw=="))
    assert parts_of(QUESTION, last)[1] == [{"text": "Done."}, {"text": "", "thoughtSignature": "c2lnMw=="}]


def test_another_vendors_request_for_a_tool_says_that_it_has_no_signature() -> None:
    other = ToolUsePart(id="toolu_2", name="get_weather", input={})
    second = {"functionCall": {"name": "get_weather", "args": {}, "id": "toolu_2"}}
    [_, calls] = parts_of(QUESTION, (USE, other), model=NEW)
    assert calls == [CALL | {"thoughtSignature": "skip_thought_signature_validator"}, second]
    assert parts_of(QUESTION, (USE,), model=OLD)[1] == [CALL], "older models do not look"


def test_blocks_go_back_to_the_provider_that_made_them() -> None:
    code = {"executableCode": {"language": "PYTHON", "code": "1"}, "thoughtSignature": "c2ln"}
    own = ProviderPart(provider="gemini", block={"type": "executable_code", "part": code})
    foreign = ProviderPart(provider="anthropic", block={"type": "server_tool_use"})
    assert parts_of(QUESTION, (own, foreign))[1] == [code]


def test_a_count_needs_the_prompt_only() -> None:
    request = ask("Hello", model="gemini-x", system="Be short.", temperature=0.5)
    body = msgspec.json.decode(encode_token_count(request, provider="gemini", model=OLD))
    assert body == {
        "generateContentRequest": {
            "model": "models/gemini-x",
            "contents": [{"role": "user", "parts": [{"text": "Hello"}]}],
            "systemInstruction": {"parts": [{"text": "Be short."}]},
        }
    }
