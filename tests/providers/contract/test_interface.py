"""What every registered provider does, with every kind of credential it takes."""

from __future__ import annotations

from contextlib import aclosing

import pytest

from providers.errors import (
    AuthenticationFailed,
    BillingProblem,
    Conflict,
    ConnectFailed,
    ConnectionLost,
    InvalidRequest,
    NotFound,
    NotSupported,
    Overloaded,
    PermissionDenied,
    ProviderError,
    RateLimited,
    RequestTooLarge,
    ServerFailed,
    SpendLimitReached,
    StreamCutOff,
    UnexpectedAnswer,
)
from providers.events import MessageStarted, TextDelta, ToolUseReady, ToolUseStarted
from providers.messages import (
    ChatMessage,
    ImagePart,
    ProviderPart,
    TextPart,
    ThinkingConfig,
    ThinkingPart,
    ToolResultPart,
    ToolUsePart,
)
from providers.observe import SentRequest, observe_requests
from providers.registry import provider_names
from tests.providers.contract.asking import FRANCE, WEATHER, ask, chat, user
from tests.providers.contract.wirings import WIRINGS, Case

pytestmark = pytest.mark.usefixtures("closed_clients")

PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
# One table for all vendors: whatever the words on the wire, the same trouble has the same class.
FAULTS: dict[str, type[ProviderError]] = {
    "bad_request": InvalidRequest,
    "unauthorized": AuthenticationFailed,
    "billing": BillingProblem,
    "forbidden": PermissionDenied,
    "not_found": NotFound,
    "conflict": Conflict,
    "too_large": RequestTooLarge,
    "rate_limit": RateLimited,
    "spend_limit": SpendLimitReached,
    "server_error": ServerFailed,
    "timeout": ServerFailed,
    "overloaded": Overloaded,
    "html": UnexpectedAnswer,
    "bad_gateway": UnexpectedAnswer,
    "empty": UnexpectedAnswer,
    "not_json": UnexpectedAnswer,
    "redirect": UnexpectedAnswer,
    "hang_up": ConnectionLost,
}
STREAM_FAULTS: dict[str, type[ProviderError]] = {
    "error": Overloaded,
    "cut": ConnectionLost,
    "cut_utf8": ConnectionLost,
    "truncate": StreamCutOff,
}


def test_every_registered_provider_is_in_the_table() -> None:
    assert {wiring.provider for wiring in WIRINGS.values()} == set(provider_names())


async def test_an_answer_streams_to_its_end(case: Case) -> None:
    answer = await ask(case, FRANCE)
    assert isinstance(answer.events[0], MessageStarted)
    assert len([event for event in answer.events if isinstance(event, TextDelta)]) > 1
    assert answer.reply.text == "The capital of France is Paris."
    assert (answer.stop_reason, answer.reply.model) == ("end_turn", case.wiring.model)
    assert answer.reply.request_id
    assert answer.reply.usage.input_tokens == answer.reply.usage.output_tokens == 8


async def test_what_is_left_of_the_limits_is_told(case: Case) -> None:
    started = (await ask(case, FRANCE)).events[0]
    assert isinstance(started, MessageStarted)
    if not case.wiring.tells_limits:
        assert started.limits == ()
        return
    assert {limit.name for limit in started.limits} >= {"requests", "tokens"}
    assert all(0.9 < limit.left <= 1 and limit.resets_at for limit in started.limits)


async def test_the_conversation_and_the_system_prompt_are_sent(case: Case) -> None:
    earlier = (user("My name is Ada."), ChatMessage("assistant", (TextPart(text="Nice to meet you."),)))
    answer = await ask(case, *earlier, "What is my name?", system="Be brief.")
    assert answer.reply.text == "You told me that your name is Ada."
    [sent] = case.simulator.state.seen(case.wiring.chat_path)
    assert b"Be brief." in sent.body


async def test_reasoning_comes_as_thinking(case: Case) -> None:
    case.simulator.set(thinking=1)
    answer = await ask(case, FRANCE, thinking=ThinkingConfig(mode="adaptive"))
    kinds = [type(part) for part in answer.reply.parts]
    assert kinds[:2] == [ThinkingPart, TextPart]
    assert answer.reply.usage.thinking_tokens > 0


async def test_a_tool_goes_there_and_back(case: Case) -> None:
    question = user("How is the weather in Paris?")
    first = await ask(case, question, tools=(WEATHER,))
    started = next(event for event in first.events if isinstance(event, ToolUseStarted))
    ready = next(event for event in first.events if isinstance(event, ToolUseReady))
    assert (started.id, started.name, ready.input) == (ready.id, "get_weather", {"city": "Paris"})
    assert first.stop_reason == "tool_use"
    result = ChatMessage("user", (ToolResultPart(tool_use_id=ready.id, text="Sunny"),))
    second = await ask(case, question, ChatMessage("assistant", first.reply.parts), result, tools=(WEATHER,))
    assert second.reply.text == "The tool answered: Sunny"


async def test_a_conversation_begun_elsewhere_goes_on_here(case: Case) -> None:
    elsewhere = (
        ThinkingPart(text="Hm", signature=""),
        ProviderPart(provider="another", block={"type": "reasoning", "id": "x", "encrypted_content": "y"}),
        ToolUsePart(id="toolu_1", name="get_weather", input={"city": "Rome"}),
    )
    result = ChatMessage("user", (ToolResultPart(tool_use_id="toolu_1", text="Rain", is_error=True),))
    answer = await ask(
        case, "Weather in Rome?", ChatMessage("assistant", elsewhere), result, tools=(WEATHER,)
    )
    assert "Rain" in answer.reply.text
    [sent] = case.simulator.state.seen(case.wiring.chat_path)
    assert b"encrypted_content" not in sent.body.replace(b"reasoning.encrypted_content", b"")


async def test_images_are_sent(case: Case) -> None:
    answer = await ask(case, user(FRANCE, ImagePart(media_type="image/png", data=PIXEL)))
    assert answer.reply.text == "The capital of France is Paris."
    [sent] = case.simulator.state.seen(case.wiring.chat_path)
    assert PIXEL.encode() in sent.body


async def test_what_is_cached_is_counted_apart(case: Case) -> None:
    text = user("word " * 600, TextPart(text=FRANCE))
    first, second = [(await ask(case, text, cache_prompt="5m")).reply.usage for _ in range(2)]
    assert second.cache_read_tokens > 700
    assert first.cache_read_tokens == second.cache_write_tokens == 0
    if case.wiring.counts_cache_writes:
        assert first.cache_write_tokens == second.cache_read_tokens
    total = [use.input_tokens + use.cache_read_tokens + use.cache_write_tokens for use in (first, second)]
    assert total[0] == total[1]


@pytest.mark.parametrize(("stop", "reason"), [("refusal", "refusal"), ("max_tokens", "max_tokens")])
async def test_the_reason_for_stopping_is_in_our_words(case: Case, stop: str, reason: str) -> None:
    case.simulator.set(stop=stop)
    assert (await ask(case, FRANCE)).stop_reason == reason


@pytest.mark.parametrize("fault", FAULTS | STREAM_FAULTS)
async def test_the_same_trouble_has_the_same_class(case: Case, fault: str) -> None:
    case.simulator.set(fault=fault)
    error = (await ask(case, FRANCE)).error
    assert type(error) is (FAULTS | STREAM_FAULTS)[fault]
    assert error.message
    assert case.secret not in str(error.describe())


@pytest.mark.parametrize("fault", FAULTS)
def test_short_calls_fail_alike(case: Case, fault: str) -> None:
    case.simulator.set(fault=fault)
    with pytest.raises(FAULTS[fault]):
        case.provider.models.list(case.credentials)


async def test_what_came_before_a_fault_is_kept(case: Case) -> None:
    case.simulator.set(fault="cut", after=12, chunk=1, thinking=0)
    answer = await ask(case, "How would you write a FastAPI application?")
    assert answer.reply.text
    assert isinstance(answer.error, ConnectionLost)


async def test_a_rate_limit_tells_when_and_a_spend_limit_is_final(case: Case) -> None:
    case.simulator.set(fault="rate_limit", retry_after=7)
    limited = (await ask(case, FRANCE)).error
    assert (limited.retryable, limited.retry_after) == (True, 7.0)
    case.simulator.set(fault="spend_limit")
    assert not (await ask(case, FRANCE)).error.retryable


async def test_what_is_newer_than_we_are_is_passed_over(case: Case) -> None:
    case.simulator.set(fault="unknown_events")
    answer = await ask(case, FRANCE)
    assert (answer.reply.text, answer.stop_reason) == ("The capital of France is Paris.", "end_turn")


async def test_an_interruption_closes_the_connection_upstream(case: Case) -> None:
    case.simulator.set(pace=20)
    request = chat(case, "How would you write a FastAPI application?")
    async with aclosing(case.provider.streaming.stream_chat(case.credentials, request)) as events:
        async for event in events:
            if isinstance(event, TextDelta):
                break
        assert case.simulator.state.open_streams == 1
    await case.simulator.until_idle()


async def test_silence_ends_the_answer(case: Case) -> None:
    case.simulator.set(fault="silence", after=2, seconds=30)
    quick = case.other(idle_timeout_s="0.3", first_event_timeout_s="0.6")
    assert (await ask(quick, FRANCE)).error.kind == "response_timeout"


async def test_signs_of_life_are_no_silence(case: Case) -> None:
    case.simulator.set(fault="stall", after=2, seconds=1.5, ping=0.1)
    patient = case.other(idle_timeout_s="1")
    assert (await ask(patient, FRANCE)).stop_reason == "end_turn"


async def test_wrong_credentials_are_refused_in_a_sentence(case: Case) -> None:
    wrong = case.with_wrong_credentials()
    error = (await ask(wrong, FRANCE)).error
    assert type(error) is AuthenticationFailed
    assert wrong.secret not in error.message
    with pytest.raises(AuthenticationFailed):
        wrong.provider.models.list(wrong.credentials)


async def test_the_credential_travels_in_its_header_and_nowhere_else(case: Case) -> None:
    await ask(case, FRANCE)
    [sent] = case.simulator.state.seen(case.wiring.chat_path)
    name, form = case.wiring.key_header if case.auth_type == "api_key" else ("authorization", "Bearer {}")
    assert sent.headers[name] == form.format(case.secret)
    assert sent.headers["content-type"] == "application/json"
    assert sent.headers["user-agent"].startswith("maestro/")
    assert "cookie" not in sent.headers
    rest = {key: value for key, value in sent.headers.items() if key != name}
    assert case.secret not in str(rest)
    assert case.secret.encode() not in sent.body


async def test_observers_see_masked_secrets(case: Case) -> None:
    seen: list[SentRequest] = []
    with observe_requests(seen.append):
        await ask(case, FRANCE)
        case.provider.models.list(case.credentials)
    assert len(seen) == 2
    assert case.secret not in str(seen)
    assert all("…" in str(request.headers) for request in seen)


def test_models_are_listed_and_described(case: Case) -> None:
    models = case.provider.models.list(case.credentials)
    assert [model.id for model in models] == ["simulator-large", "simulator-small", "simulator-thinking"]
    assert all(model.label and model.price is None for model in models)
    assert case.provider.models.get(case.credentials, "simulator-small").id == "simulator-small"
    with pytest.raises(NotFound):
        case.provider.models.get(case.credentials, "no such/model")
    assert case.provider.models.known("no-such-model") is None


def test_tokens_are_counted_or_plainly_not(case: Case) -> None:
    def count() -> int:
        return case.provider.streaming.count_tokens(case.credentials, chat(case, FRANCE))

    if case.wiring.counts_tokens:
        assert count() == 8
    else:
        with pytest.raises(NotSupported):
            count()


def test_a_key_is_tried(key_case: Case) -> None:
    assert key_case.provider.api_key is not None
    key_case.provider.api_key.check(key_case.credentials)  # type: ignore[arg-type]
    wrong = key_case.with_wrong_credentials().credentials
    with pytest.raises(AuthenticationFailed):
        key_case.provider.api_key.check(wrong)  # type: ignore[arg-type]


async def test_a_server_that_is_down_got_nothing(case: Case) -> None:
    down = case._replace(provider=case.wiring.build("http://127.0.0.1:1"))
    error = (await ask(down, FRANCE)).error
    assert type(error) is ConnectFailed
    assert not error.maybe_processed
