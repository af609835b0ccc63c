"""What one page does, the owner's other pages see: in the same process, in another, and after a pause."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.contrib.auth.models import User
from django.test import AsyncClient
from django.urls import reverse

from chat import runner as runner_module
from chat.runner import Runner
from chat.services import conversations, deleting
from chat.threads import in_thread
from sessions_app.models import ProviderSession
from tests.chat.conftest import FAST
from tests.chat.page import Reader, open_page
from tests.chat.rows import queue
from tests.chat.stored import wait_for_status
from tests.support.simulator import RunningSimulator

pytestmark = pytest.mark.django_db(transaction=True)


async def test_another_page_gets_the_message_the_answer_the_title_and_the_end(
    owner: User, session: ProviderSession, running: Runner, upstream: RunningSimulator
) -> None:
    upstream.set(pace=50)  # it lasts, else the state that is told a moment later may be that of its end
    async with open_page(owner) as page, open_page(owner) as other:
        ack = await page.ask(session, "What is the capital of France?")
        began = await other.receive_type("started")
        assert began["user_message"]["text"] == "What is the capital of France?"
        row = await other.state(lambda one: one["running"])
        assert (row["title"], row["session"]["initials"]) == ("What is the capital of France?", "PC")
        await other.attach(began["generation"])
        assert "Paris" in (await other.read(Reader())).text
        assert (await other.receive_type("status"))["status"] == "complete"
        over = await other.state(lambda one: not one["running"])
        assert over["newest"] == ack["message"]


async def test_a_new_title_and_a_deletion_reach_every_page(
    owner: User, session: ProviderSession, running: Runner
) -> None:
    started = await in_thread(queue, owner, session)
    client = AsyncClient()
    await client.aforce_login(owner)
    async with open_page(owner) as page:
        await wait_for_status(str(started.generation.pk), "complete")
        url = reverse("chat:rename", args=[started.conversation.pk])
        assert (await client.post(url, {"title": "A city"})).status_code == 302
        await page.state(lambda one: one["title"] == "A city")
        url = reverse("chat:delete", args=[started.conversation.pk])
        assert (await client.post(url)).status_code == 302
        gone = await page.state(lambda one: one["deleted"])
        assert gone["conversation"] == str(started.conversation.pk)


async def test_hints_tell_the_pages_of_another_process_without_its_timer(
    owner: User, session: ProviderSession, upstream: RunningSimulator
) -> None:
    upstream.set(pace=50, length=500)
    never = replace(FAST, watch=3600, pick_up=3600)
    here, there = runner_module.install(Runner(timing=never)), Runner(timing=never)
    there.start()
    async with open_page(owner) as page:
        await page.receive_type("ready")
        started = await in_thread(queue, owner, session)
        there.wake(started.generation.pk)
        assert (await page.receive_type("started"))["generation"] == str(started.generation.pk)
        row = await page.state(lambda one: one["running"])
        await in_thread(conversations.rename, owner, started.conversation.pk, "Elsewhere")
        there.changed(started.conversation.pk)
        await page.state(lambda one: one["title"] == "Elsewhere")
        await page.do("stop", generation=str(started.generation.pk))
        await page.state(lambda one: not one["running"])
        await in_thread(deleting.delete, owner, started.conversation.pk)
        there.changed(started.conversation.pk)
        assert (await page.state(lambda one: one["deleted"]))["conversation"] == row["conversation"]
    await there.shutdown(1)
    await here.shutdown(1)


async def test_without_any_hint_the_timer_finds_what_another_process_did(
    owner: User, session: ProviderSession, upstream: RunningSimulator
) -> None:
    """No hint: what happens here happens in the database only, as without Redis."""
    upstream.set(pace=0)
    alone = runner_module.install(Runner(timing=replace(FAST, pick_up=3600)))
    async with open_page(owner) as page:
        await page.receive_type("ready")
        started = await in_thread(queue, owner, session)  # sent to another process
        row = await page.state(lambda one: one["running"])
        await page.send(type="look", conversation=row["conversation"])
        began = await page.receive_type("started")
        assert began["generation"] == str(started.generation.pk)
        await in_thread(conversations.rename, owner, started.conversation.pk, "Elsewhere")
        await page.state(lambda one: one["title"] == "Elsewhere")
        alone.wake(started.generation.pk)
        await page.state(lambda one: not one["running"])
        await in_thread(deleting.delete, owner, started.conversation.pk)
        await page.state(lambda one: one["deleted"])
        await in_thread(deleting.restore, owner, started.conversation.pk)
        await page.state(lambda one: not one["deleted"])
    await alone.shutdown(1)


async def test_a_page_that_was_away_gets_what_it_missed_in_order(
    owner: User, session: ProviderSession, running: Runner
) -> None:
    async with open_page(owner) as page:
        first = await page.ask(session, "One")
        await wait_for_status(first["generation"], "complete")
        ids = {"conversation": first["conversation"]}
        second = await page.ask(session, "Two", **ids)
        await wait_for_status(second["generation"], "complete")
        third = await page.ask(session, "Three", **ids)
        await wait_for_status(third["generation"], "complete")
        fields = {
            "message": third["message"],
            "client_id": third["generation"],
            "how": "retry",
            "session": session.pk,
        }
        retried = await page.do("again", **fields)
        await wait_for_status(retried["generation"], "complete")
    async with open_page(owner) as back:
        await back.send(type="look", conversation=first["conversation"], after=first["message"])
        missed = [await back.receive_type("started") for _ in range(2)]
        assert [one["user_message"]["text"] for one in missed] == ["Two", "Three"]
        assert [one["generation"] for one in missed] == [second["generation"], retried["generation"]]
        assert missed[0]["after"] == first["message"]
        assert missed[1]["after"] == second["message"]
        state = await back.receive_type("conversation")
        assert state["newest"] == retried["message"]
        await back.send(type="look", conversation=first["conversation"], after=third["message"])
        only = await back.receive_type("started")
        assert (only["user_message"], only["after"]) == (None, third["user_message"])


async def test_a_page_without_a_socket_asks_what_is_running(
    owner: User, stranger: User, session: ProviderSession, patient: Runner
) -> None:
    started = await in_thread(queue, owner, session)
    url = reverse("chat:running")
    client, other = AsyncClient(), AsyncClient()
    await client.aforce_login(owner)
    await other.aforce_login(stranger)
    [row] = (await client.get(url)).json()["running"]
    assert row["id"] == str(started.conversation.pk)
    assert row["url"] == reverse("chat:conversation", args=[started.conversation.pk])
    assert (await other.get(url)).json() == {"running": []}
    patient.wake(started.generation.pk)
    await wait_for_status(str(started.generation.pk), "complete")
    assert (await client.get(url)).json() == {"running": []}
