"""The websocket, from a page's side: messages, answers, reconnects, several tabs."""

from __future__ import annotations

import asyncio
import json
import socket
import uuid

import pytest
from django.contrib.auth.models import User
from pytest_django import Settings

from chat.runner import Runner
from chat.threads import in_thread
from sessions_app.models import ProviderSession
from sessions_app.services import sessions
from tests.chat.page import Reader, open_page
from tests.chat.stored import log_text, stored, wait_for_status
from tests.support.simulator import RunningSimulator

pytestmark = pytest.mark.django_db(transaction=True)


async def test_a_message_is_answered_token_by_token(
    owner: User, session: ProviderSession, running: Runner
) -> None:
    async with open_page(owner) as page:
        ready = await page.receive_type("ready")
        assert (ready["protocol"], ready["running"]) == (1, [])
        ack = await page.ask(session)
        assert ack["created"] is True
        started = await page.receive_type("started")
        assert started["generation"] == ack["generation"]
        assert started["message"]["session"]["initials"] == "PC"
        snapshot = await page.attach(ack["generation"])
        assert snapshot["message"] == ack["message"]
        reader = await page.read(Reader())
        assert reader.ended is not None
        assert reader.ended["status"] == "complete"
        early = [frame for frame in page.kept if frame["type"] == "status"]
        assert not early, "that it ended is told after its last event"
        assert (await page.receive_type("status"))["status"] == "complete"
    found = await stored(ack["generation"])
    assert reader.text == found.message.text == await log_text(ack["generation"])
    async with open_page(owner) as page:  # a page that has seen all of it is told once more that it is over
        await page.attach(ack["generation"], 99)
        assert (await page.receive_type("event"))["event"]["type"] == "ended"
    assert "Paris" in reader.text
    assert found.usage is not None
    assert found.usage["output_tokens"] > 0
    assert found.request_id


async def test_the_same_message_again_is_one_run(
    owner: User, session: ProviderSession, running: Runner, upstream: RunningSimulator
) -> None:
    ids = {"conversation": uuid.uuid4(), "client_id": uuid.uuid4()}
    async with open_page(owner) as first, open_page(owner) as second:
        acks = await asyncio.gather(
            first.ask(session, **ids), second.ask(session, **ids), first.ask(session, **ids)
        )
        await wait_for_status(acks[0]["generation"], "complete")
    assert sorted(ack["created"] for ack in acks) == [False, False, True]
    assert len({ack["generation"] for ack in acks}) == 1
    assert sum(one.path.endswith("/messages") for one in upstream.state.requests) == 1


async def test_a_second_tab_and_a_reload_in_mid_answer_show_the_same_text(
    owner: User, session: ProviderSession, running: Runner, upstream: RunningSimulator
) -> None:
    upstream.set(pace=150, length=80)
    async with open_page(owner) as first:
        generation = (await first.ask(session))["generation"]
        await first.attach(generation)
        reader = await first.read(Reader(), lambda one: len(one.text) > 30)
        async with open_page(owner) as second:
            ready = await second.receive_type("ready")
            assert [one["generation"] for one in ready["running"]] == [generation]
            await second.attach(generation)
            other = await second.read(Reader(), lambda one: len(one.text) > 60)
        async with open_page(owner) as third:  # the second tab, reloaded
            await third.attach(generation, other.last_whole)
            await third.read(other)
        await first.read(reader)
    found = await stored(generation)
    assert reader.text == other.text == found.message.text
    assert found.status == "complete"


async def test_detach_ends_the_events_and_attach_brings_the_rest(
    owner: User, session: ProviderSession, running: Runner, upstream: RunningSimulator
) -> None:
    upstream.set(pace=150, length=60)
    async with open_page(owner) as page:
        generation = (await page.ask(session))["generation"]
        await page.attach(generation)
        reader = await page.read(Reader(), lambda one: len(one.text) > 10)
        await page.send(type="detach", generation=generation)
        await page.receive_type("status")  # the run went on by itself
        reader_after = await page.attach(generation, reader.last_whole)
        assert reader_after["status"] == "complete"
        await page.read(reader)
    assert reader.text == (await stored(generation)).message.text


async def test_closing_the_page_does_not_stop_the_answer(
    owner: User, session: ProviderSession, running: Runner, upstream: RunningSimulator
) -> None:
    upstream.set(pace=300)
    async with open_page(owner) as page:
        generation = (await page.ask(session))["generation"]
    found = await wait_for_status(generation, "complete")
    assert "Paris" in found.message.text


async def test_a_page_is_served_while_its_message_waits_for_the_provider(
    owner: User, session: ProviderSession, running: Runner, settings: Settings
) -> None:
    await in_thread(sessions.update_defaults, session)  # no default model, so the provider is asked for one
    async with open_page(owner) as page:
        with socket.create_server(("127.0.0.1", 0)) as silent:
            address = f"http://127.0.0.1:{silent.getsockname()[1]}"
            settings.MAESTRO_PROVIDERS = {"simulator": {"base_url": address}}
            await page.send(
                type="send", ref="message", conversation=uuid.uuid4(), client_id=uuid.uuid4(), text="Hello",
                session=session.pk,
            )  # fmt: skip
            await page.send(type="ping", ref="ping")
            first = await page.receive(lambda frame: "ref" in frame)
        assert (first["type"], first["ref"]) == ("pong", "ping")
        refusal = await page.receive(lambda frame: frame.get("ref") == "message")
    assert refusal["code"] == "model_unknown"


async def test_a_message_that_breaks_closes_its_page_only(
    owner: User, session: ProviderSession, running: Runner, settings: Settings
) -> None:
    async with open_page(owner) as page, open_page(owner) as other:
        settings.MAESTRO_MAX_RUNNING_PER_USER = "not a number"
        await page.send(
            type="send", conversation=uuid.uuid4(), client_id=uuid.uuid4(), text="Hello", session=session.pk
        )
        assert await page.closed() == 1011
        await other.send(type="ping", ref="ping")
        assert (await other.receive_type("pong"))["ref"] == "ping"


async def test_two_turns_send_the_history(
    owner: User, session: ProviderSession, running: Runner, upstream: RunningSimulator
) -> None:
    async with open_page(owner) as page:
        first = await page.ask(session)
        await wait_for_status(first["generation"], "complete")
        second = await page.ask(session, "And of Spain?", conversation=first["conversation"])
        await wait_for_status(second["generation"], "complete")
    body = json.loads(upstream.state.requests[-1].body)
    assert [message["role"] for message in body["messages"]] == ["user", "assistant", "user"]
