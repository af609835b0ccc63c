"""The settings of a conversation: who changes them, what of them reaches the provider, and for which answers."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import AsyncClient
from django.urls import reverse
from pytest_django import Settings

from chat.models import Conversation
from chat.models.chat_settings import ChatSettings
from chat.protocol import SettingsChange
from chat.runner import Runner
from chat.services import chat_settings, errors
from chat.threads import in_thread
from providers.messages import ChatRequest
from providers.model_info import Capabilities, ModelInfo
from sessions_app.models import ProviderSession
from sessions_app.services import catalog, sessions
from tests.chat.page import Frame, Page, open_page
from tests.chat.rows import queue
from tests.chat.stored import stored, wait_for_status
from tests.support.simulator import RunningSimulator

pytestmark = pytest.mark.django_db(transaction=True)
LIST = "GET /v1/models"
ALL = {"system": "Be brief.", "effort": "high", "thinking": "adaptive", "max_tokens": 900, "temperature": 0.5}
LONG = "word " * 1000


def newest(upstream: RunningSimulator) -> dict[str, Any]:
    """The newest request for an answer, as the provider saw it."""
    asked = [one for one in upstream.state.requests if one.path.endswith("/messages")]
    body: dict[str, Any] = json.loads(asked[-1].body)
    return body


async def answered(page: Page, session: ProviderSession, text: str = "Hello", **changes: Any) -> Frame:
    ack = await page.ask(session, text, **changes)
    await wait_for_status(ack["generation"], "complete")
    return ack


def test_only_what_is_named_changes(owner: User, session: ProviderSession) -> None:
    pk = queue(owner, session).conversation.pk
    chat_settings.change(owner, pk, SettingsChange(effort="low", max_tokens=100))
    chat_settings.change(owner, pk, SettingsChange(system="Be brief.", max_tokens=None))
    assert Conversation.objects.get().settings == ChatSettings(system="Be brief.", effort="low")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"temperature": 2.1}, "from 0 to 2"),
        ({"temperature": -0.1}, "from 0 to 2"),
        ({"max_tokens": 0}, "from 1 to 10,000,000"),
        ({"max_tokens": 10_000_001}, "from 1 to 10,000,000"),
        ({"effort": "extreme"}, "low, medium, high, xhigh, max"),
        ({"thinking": "deeply"}, "adaptive, disabled, enabled"),
        ({"system": "x" * 100_001}, "100,000 characters"),
        ({"thinking": "enabled", "max_tokens": 2047}, "at least 2,048 tokens"),
    ],
)
def test_what_is_out_of_range_is_refused_with_the_range(
    owner: User, session: ProviderSession, change: dict[str, Any], sentence: str
) -> None:
    pk = queue(owner, session).conversation.pk
    with pytest.raises(errors.SettingsRefused, match=sentence):
        chat_settings.change(owner, pk, SettingsChange(**change))
    assert Conversation.objects.get().settings == ChatSettings()


@pytest.mark.parametrize(
    "change", [{"temperature": 2}, {"temperature": 0}, {"max_tokens": 1}, {"system": ""}]
)
def test_the_ends_of_a_range_are_in_it(change: dict[str, Any]) -> None:
    assert chat_settings.changed(ChatSettings(), SettingsChange(**change))


async def test_every_page_follows_a_change(owner: User, session: ProviderSession, running: Runner) -> None:
    async with open_page(owner) as page, open_page(owner) as other:
        ack = await answered(page, session)
        mine = {"conversation": ack["conversation"], "change": {"effort": "low"}}
        assert (await page.do("settings", **mine))["type"] == "ack"
        frame = await other.state(lambda one: one["settings"])
        assert (frame["conversation"], frame["settings"]) == (ack["conversation"], {"effort": "low"})
        refused = await page.do("settings", conversation=ack["conversation"], change={"temperature": 9})
        assert (refused["code"], "from 0 to 2" in refused["message"]) == ("settings_refused", True)


async def test_settings_are_changed_by_post(owner: User, session: ProviderSession, running: Runner) -> None:
    client = AsyncClient()
    await client.aforce_login(owner)
    conversation = (await in_thread(queue, owner, session)).conversation

    async def post(change: object) -> tuple[int, Any]:
        raw = json.dumps({"conversation": str(conversation.pk), "change": change})
        answer = await client.post(reverse("chat:settings"), raw, content_type="application/json")
        return answer.status_code, json.loads(answer.content)

    assert (await post({"effort": "max"}))[0] == 200
    assert (await in_thread(Conversation.objects.get)).settings.effort == "max"
    status, error = await post({"max_tokens": 0})
    assert (status, error["code"]) == (400, "settings_refused")
    status, error = await post({"effort": 1})
    assert (status, error["code"]) == (400, "bad_frame")


async def test_a_first_message_brings_the_settings_of_its_conversation(
    owner: User, session: ProviderSession, running: Runner, upstream: RunningSimulator
) -> None:
    await in_thread(catalog.list_models, session)
    async with open_page(owner) as page:
        refused = await page.ask(session, settings={"temperature": 3})
        assert refused["code"] == "settings_refused"
        ack = await answered(page, session, settings={"effort": "low", "max_tokens": 77})
        sent = newest(upstream)
        assert (sent["output_config"], sent["max_tokens"]) == ({"effort": "low"}, 77)
        await answered(page, session, conversation=ack["conversation"], settings={"effort": "max"})
        assert newest(upstream)["output_config"] == {"effort": "low"}, "it had settings already"


async def test_a_model_gets_only_what_its_provider_says_it_takes(
    owner: User, session: ProviderSession, running: Runner, upstream: RunningSimulator
) -> None:
    await in_thread(catalog.list_models, session)
    asked_for_models = upstream.state.calls[LIST]
    async with open_page(owner) as page:
        ack = await answered(page, session, settings=ALL)
        large = newest(upstream)
        await answered(page, session, conversation=ack["conversation"], model="simulator-small")
        small = newest(upstream)
    assert large["system"][0]["text"] == small["system"][0]["text"] == "Be brief."
    assert large["max_tokens"] == small["max_tokens"] == 900
    assert (large["output_config"], large["thinking"]["type"]) == ({"effort": "high"}, "adaptive")
    assert "temperature" not in large
    assert small["temperature"] == 0.5
    assert not {"output_config", "thinking"} & small.keys()
    assert upstream.state.calls[LIST] == asked_for_models, "no message waits for a list"


async def test_retries_and_the_queue_are_answered_as_the_conversation_is_set(
    owner: User, session: ProviderSession, running: Runner, upstream: RunningSimulator
) -> None:
    await in_thread(catalog.list_models, session)
    upstream.set(pace=50, length=5000)
    async with open_page(owner) as page:
        first = await page.ask(session)
        conversation = first["conversation"]
        waiting = await page.ask(session, "Second", conversation=conversation)
        assert waiting["state"] == "queued"
        await page.do("settings", conversation=conversation, change={"effort": "max"})
        upstream.reset()
        await page.do("queue_send", conversation=conversation, client_id=waiting["client_id"])
        state = await page.state(lambda one: not one["running"] and not one["queue"])
        assert newest(upstream)["output_config"] == {"effort": "max"}
        await page.do("settings", conversation=conversation, change={"effort": "low"})
        wish = {"message": state["newest"], "client_id": uuid.uuid4(), "how": "retry", "session": session.pk}
        ack = await page.do("again", **wish)
        await wait_for_status(ack["generation"], "complete")
        assert newest(upstream)["output_config"] == {"effort": "low"}


def model(**takes: Any) -> ModelInfo:
    return ModelInfo(id="m", label="M", max_output_tokens=500, capabilities=Capabilities(**takes))


def applied(chosen: ChatSettings, info: ModelInfo | None) -> ChatRequest:
    return chat_settings.apply(ChatRequest(model="m", messages=()), chosen, session=None, model=info)


def test_what_is_unknown_is_not_sent() -> None:
    request = applied(ChatSettings(effort="low", thinking="disabled", temperature=1.0), None)
    assert (request.effort, request.thinking, request.temperature) == (None, None, None)


def test_numbers_stay_within_what_the_model_can() -> None:
    assert applied(ChatSettings(max_tokens=900), model()).max_tokens == 500
    assert applied(ChatSettings(max_tokens=900), None).max_tokens == 900
    warm = ChatSettings(temperature=1.5)
    assert applied(warm, model(sampling=True, max_temperature=1.0)).temperature is None
    assert applied(warm, model(sampling=True, max_temperature=2.0)).temperature == 1.5


def test_the_sessions_system_prompt_counts_where_the_conversation_has_none(
    owner: User, session: ProviderSession
) -> None:
    sessions.update_defaults(session, system_prompt="Of the session.")
    session.refresh_from_db()
    request = ChatRequest(model="m", messages=())
    own = ChatSettings(system="Of the conversation.")
    for chosen, system in ((ChatSettings(), "Of the session."), (own, "Of the conversation.")):
        found = chat_settings.apply(request, chosen, session=session, model=None)
        assert found.system == system


async def test_what_repeats_comes_from_the_cache_unless_it_is_switched_off(
    owner: User, session: ProviderSession, running: Runner, settings: Settings
) -> None:
    async with open_page(owner) as page:
        ack = await answered(page, session, LONG)
        conversation = ack["conversation"]
        again = await stored((await answered(page, session, conversation=conversation))["generation"])
        assert again.usage["cache_read_tokens"] > 1000
        await page.do("settings", conversation=conversation, change={"cache": False})
        off = await stored((await answered(page, session, conversation=conversation))["generation"])
        assert off.usage["cache_read_tokens"] == off.usage["cache_write_tokens"] == 0
        settings.MAESTRO_PROMPT_CACHE = False
        other = await stored((await answered(page, session, LONG))["generation"])
        assert other.usage["cache_write_tokens"] == 0
