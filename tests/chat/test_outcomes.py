"""How answers end, seen by a page: stopped, failed, deleted."""

from __future__ import annotations

import uuid

import pytest
from django.contrib.auth.models import User

from chat.models import Message
from chat.runner import Runner
from chat.threads import in_thread
from sessions_app.models import ProviderSession
from sessions_app.services import sessions
from tests.chat.page import Reader, open_page
from tests.chat.rows import queue
from tests.chat.stored import stored
from tests.support.simulator import RunningSimulator
from tests.support.waiting import until

pytestmark = pytest.mark.django_db(transaction=True)


async def test_stop_closes_the_connection_and_keeps_the_text(
    owner: User, session: ProviderSession, running: Runner, upstream: RunningSimulator
) -> None:
    upstream.set(pace=100, length=2000)
    async with open_page(owner) as page, open_page(owner) as other:
        generation = (await page.ask(session))["generation"]
        await page.attach(generation)
        reader = await page.read(Reader(), lambda one: len(one.text) > 20)
        await other.send(type="stop", ref="s", generation=generation)
        assert (await other.receive_type("ack"))["generation"] == generation
        await page.read(reader)
        assert (await other.receive_type("status"))["status"] == "stopped"
        await until(lambda: upstream.state.open_streams == 0, seconds=1)
        await page.send(type="stop", ref="again", generation=generation)
        assert (await page.receive_type("ack"))["status"] == "stopped"
    found = await stored(generation)
    assert found.status == found.message.status == "stopped"
    assert reader.text == found.message.text


async def test_stop_before_the_claim_sends_nothing(
    owner: User, session: ProviderSession, patient: Runner, upstream: RunningSimulator
) -> None:
    new_run = str((await in_thread(queue, owner, session)).generation.pk)
    asked = len(upstream.state.requests)
    async with open_page(owner) as page:
        await page.send(type="stop", ref="s", generation=new_run)
        assert (await page.receive_type("ack"))["status"] == "stopped"
        await page.attach(new_run)
        assert (await page.read(Reader())).ended is not None
    patient.wake(uuid.UUID(new_run))
    await until(lambda: patient.running() == 0)
    assert len(upstream.state.requests) == asked


async def test_a_failure_after_some_text_is_an_interruption(
    owner: User, session: ProviderSession, running: Runner, upstream: RunningSimulator
) -> None:
    for fault in ("error", "cut", "truncate"):
        upstream.set(fault=fault, after=9)
        async with open_page(owner) as page:
            generation = (await page.ask(session))["generation"]
            await page.attach(generation)
            reader = await page.read(Reader())
        found = await stored(generation)
        assert found.status == "interrupted", fault
        assert reader.text == found.message.text != ""
        assert reader.ended is not None
        assert reader.ended["error"]["advice"]
        assert reader.ended["error"]["request_id"], fault


async def test_429_is_tried_again_and_answered_once(
    owner: User, session: ProviderSession, running: Runner, upstream: RunningSimulator
) -> None:
    upstream.set(fault="rate_limit", retry_after=0.01, first=1)
    async with open_page(owner) as page:
        generation = (await page.ask(session))["generation"]
        await page.attach(generation)
        notice = await page.receive(lambda one: one["type"] == "event")
        assert (notice["event"]["type"], notice["event"]["attempt"]) == ("retrying", 2)
        page.kept.insert(0, notice)
        reader = await page.read(Reader())
    found = await stored(generation)
    assert (found.status, found.attempt) == ("complete", 2)
    assert reader.text == found.message.text


async def test_a_refused_key_fails_with_the_sentence_of_the_provider(
    owner: User, session: ProviderSession, running: Runner, upstream: RunningSimulator
) -> None:
    upstream.set(fault="unauthorized")
    async with open_page(owner) as page:
        generation = (await page.ask(session))["generation"]
        await page.attach(generation)
        ended = (await page.read(Reader())).ended
    assert ended is not None
    assert (ended["status"], ended["error"]["kind"]) == ("failed", "authentication_failed")
    assert ended["error"]["request_id"]
    assert (await stored(generation)).error_code == "authentication_failed"


async def test_a_deleted_session_ends_its_answer_with_a_clear_error(
    owner: User, session: ProviderSession, running: Runner, upstream: RunningSimulator
) -> None:
    upstream.set(pace=50, length=500)
    async with open_page(owner) as page:
        generation = (await page.ask(session))["generation"]
        await page.attach(generation)
        await page.read(Reader(), lambda one: one.text)
        await in_thread(sessions.delete_session, session)
        await page.receive_type("status")
    found = await stored(generation)
    assert found.error_code == "session_deleted"
    assert found.message.session_name == "personal_claude"


async def test_a_deleted_conversation_closes_its_connection(
    owner: User, session: ProviderSession, running: Runner, upstream: RunningSimulator
) -> None:
    upstream.set(pace=50, length=500)
    async with open_page(owner) as page:
        ack = await page.ask(session)
        await until(lambda: upstream.state.open_streams == 1)
        await in_thread(Message.objects.filter(conversation=ack["conversation"]).delete)
        await until(lambda: upstream.state.open_streams == 0)
        await page.send(type="attach", ref="a", generation=ack["generation"])
        assert (await page.receive_type("error"))["code"] == "not_found"
