"""Other wordings, other versions and deletions of single messages, over the websocket."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from django.contrib.auth.models import User
from django.test import AsyncClient
from django.urls import reverse

from chat.models import Conversation, Generation, Message
from chat.runner import Runner
from chat.services import messages, thread
from chat.threads import in_thread
from sessions_app.models import ProviderSession, UsageRecord
from tests.chat.page import Frame, Page, open_page
from tests.chat.stored import stored, wait_for_status
from tests.support.simulator import RunningSimulator
from tests.support.waiting import until

pytestmark = pytest.mark.django_db(transaction=True)


@pytest_asyncio.fixture
async def page(owner: User, session: ProviderSession, running: Runner) -> AsyncIterator[Page]:
    async with open_page(owner) as opened:
        yield opened


async def turn(page: Page, session: ProviderSession, text: str, **changes: Any) -> Frame:
    """The ack of a message whose answer is complete."""
    ack = await page.ask(session, text, **changes)
    assert ack["type"] == "ack", ack
    await wait_for_status(ack["generation"], "complete")
    return ack


async def again(page: Page, session: ProviderSession, message: str, **changes: Any) -> Frame:
    frame = {"message": message, "client_id": uuid.uuid4(), "how": "retry", "session": session.pk}
    return await page.do("again", **{**frame, **changes})


def shown() -> list[str]:
    return [one.id for one in thread.messages_of(Conversation.objects.get())]


async def test_another_wording_stands_beside_the_old_one_and_is_shown(
    page: Page, owner: User, session: ProviderSession, upstream: RunningSimulator
) -> None:
    first = await turn(page, session, "One")
    ids = {"conversation": first["conversation"]}
    second = await turn(page, session, "Two", **ids)
    async with open_page(owner) as other:
        edited = await turn(page, session, "Rather this", replaces=first["user_message"], **ids)
        began = await other.receive_type("started")
        assert (began["after"], began["user_message"]["text"]) == (None, "Rather this")
        state = await other.state(lambda one: one["newest"] == edited["message"] and not one["running"])
        assert state["forks"] == [[first["user_message"], edited["user_message"]]]
        await page.do("show", message=first["user_message"])
        state = await other.state(lambda one: one["newest"] == second["message"] and one["forks"])
        assert state["forks"] == [[first["user_message"], edited["user_message"]]]
    expected = [first["user_message"], first["message"], second["user_message"], second["message"]]
    assert await in_thread(shown) == expected
    last = upstream.state.requests[-1].body.decode()
    assert "Rather this" in last
    assert "Two" not in last


async def test_a_wording_that_is_sent_twice_is_one_run(
    page: Page, owner: User, session: ProviderSession
) -> None:
    first = await turn(page, session, "One")
    ids = {"conversation": first["conversation"], "client_id": uuid.uuid4()}
    async with open_page(owner) as other:
        acks = await asyncio.gather(
            *(one.ask(session, "Two", replaces=first["user_message"], **ids) for one in (page, other, page))
        )
    assert len({ack["generation"] for ack in acks}) == 1
    assert sorted(ack["created"] for ack in acks) == [False, False, True]
    assert await in_thread(Generation.objects.count) == 2


async def test_while_an_answer_is_written_another_wording_is_refused(
    page: Page, session: ProviderSession, upstream: RunningSimulator
) -> None:
    first = await turn(page, session, "One")
    upstream.set(pace=50, length=5000)
    ids = {"conversation": first["conversation"]}
    running = await page.ask(session, "Two", **ids)
    refused = await page.ask(session, "Three", replaces=first["user_message"], **ids)
    assert refused["code"] == "limit_running"
    assert (await again(page, session, first["message"]))["code"] == "limit_running"
    await page.do("stop", generation=running["generation"])
    await wait_for_status(running["generation"], "stopped")
    assert await in_thread(Message.objects.count) == 4


async def test_only_a_message_of_the_user_in_this_conversation_can_be_reworded(
    page: Page, session: ProviderSession
) -> None:
    first, second = await turn(page, session, "One"), await turn(page, session, "Elsewhere")
    for replaces in (first["message"], second["user_message"], "nothing", "9" * 30):
        ids = {"conversation": first["conversation"], "replaces": replaces}
        assert (await page.ask(session, "Two", **ids))["code"] == "not_found", replaces
    unknown = await page.ask(session, "Two", replaces=first["user_message"])
    assert unknown["code"] == "not_found"
    assert await in_thread(Conversation.objects.count) == 2


async def test_any_complete_answer_can_be_tried_again_by_another_session(
    page: Page, session: ProviderSession, other_session: ProviderSession
) -> None:
    first = await turn(page, session, "One")
    await turn(page, session, "Two", conversation=first["conversation"])
    ack = await again(page, other_session, first["message"], model="simulator-small")
    await wait_for_status(ack["generation"], "complete")
    answer = (await stored(ack["generation"])).message
    assert (answer.parent_id, answer.session_name, answer.model) == (
        int(first["user_message"]),
        "work_claude",
        "simulator-small",
    )
    assert await in_thread(shown) == [first["user_message"], ack["message"]]


async def test_another_version_can_be_read_while_one_is_written(
    page: Page, session: ProviderSession, upstream: RunningSimulator
) -> None:
    first = await turn(page, session, "One")
    upstream.set(pace=50, length=5000)
    running = await again(page, session, first["message"])
    assert (await page.do("show", message=first["message"]))["shown"] == first["message"]
    written = [running["message"]]
    state = await page.state(lambda one: one["newest"] == first["message"] and one["writing"] == written)
    assert state["running"]
    waiting = await page.ask(session, "Later", conversation=first["conversation"])
    assert waiting["state"] == "queued"
    refused = await page.do("show", message=running["message"])
    assert refused["code"] == "messages_wait"
    upstream.reset()
    await page.do("stop", generation=running["generation"])
    began = await page.receive(lambda one: one["type"] == "started" and one["user_message"] is not None
                               and one["user_message"]["text"] == "Later")  # fmt: skip
    assert began["after"] == first["message"], "it follows what its writer saw"
    await wait_for_status(began["generation"], "complete")


async def test_a_message_goes_with_all_that_follows_once_its_number_was_said(
    page: Page, owner: User, session: ProviderSession
) -> None:
    first = await turn(page, session, "One")
    ids = {"conversation": first["conversation"]}
    await turn(page, session, "Two", **ids)
    retried = await again(page, session, first["message"])
    await wait_for_status(retried["generation"], "complete")
    await page.do("show", message=first["message"])
    asked = await page.do("remove", message=first["message"])
    assert (asked["count"], asked["removed"]) == (3, False)
    outdated = await page.do("remove", message=first["message"], count=2)
    assert (outdated["count"], outdated["removed"]) == (3, False)
    async with open_page(owner) as other:
        gone = await page.do("remove", message=first["message"], count=3)
        assert (gone["count"], gone["removed"]) == (3, True)
        state = await other.state(lambda one: one["newest"] == retried["message"])
        assert state["forks"] == []
    assert await in_thread(shown) == [first["user_message"], retried["message"]]
    assert (await page.do("remove", message=first["message"], count=3))["code"] == "not_found"
    assert await in_thread(UsageRecord.objects.count) == 3, "what it cost stays on record"


async def test_the_only_answer_and_the_first_question_can_be_deleted(
    page: Page, session: ProviderSession, upstream: RunningSimulator
) -> None:
    first = await turn(page, session, "One")
    await page.do("remove", message=first["message"], count=1)
    state = await page.state(lambda one: one["newest"] == first["user_message"])
    assert not state["running"]
    second = await turn(page, session, "Two", conversation=first["conversation"])
    assert await in_thread(shown) == [first["user_message"], second["user_message"], second["message"]]
    await page.do("remove", message=first["user_message"], count=3)
    await page.state(lambda one: one["newest"] is None)
    await turn(page, session, "Three", conversation=first["conversation"])
    assert len(await in_thread(shown)) == 2


async def test_nothing_is_deleted_below_which_an_answer_is_written(
    page: Page, session: ProviderSession, upstream: RunningSimulator
) -> None:
    first = await turn(page, session, "One")
    upstream.set(pace=50, length=5000)
    retried = await again(page, session, first["message"])
    refused = await page.do("remove", message=first["user_message"], count=3)
    assert refused["code"] == "being_written"
    assert "Stop it first" in refused["message"]
    gone = await page.do("remove", message=first["message"], count=1)
    assert gone["removed"], "nothing is written below this one"
    await page.do("stop", generation=retried["generation"])
    await wait_for_status(retried["generation"], "stopped")
    await until(lambda: upstream.state.open_streams == 0)
    assert (await page.do("remove", message=first["user_message"], count=2))["removed"]


@pytest.mark.repeats
def test_a_very_long_branch_can_be_deleted(owner: User, session: ProviderSession) -> None:
    conversation = Conversation.objects.create(owner=owner, title="Long")
    last: Message | None = None
    rows = []
    for number in range(3_000):
        last = Message(pk=10_000 + number, conversation=conversation, parent=last, role="user")
        rows.append(last)
    Message.objects.bulk_create(rows)
    assert messages.remove(owner, 10_000, count=3_000).is_done
    assert not Message.objects.exists()


async def test_the_shown_branch_is_given_as_it_is_rendered(
    page: Page, owner: User, session: ProviderSession
) -> None:
    first = await turn(page, session, "One")
    retried = await again(page, session, first["message"])
    await wait_for_status(retried["generation"], "complete")
    client = AsyncClient()
    await client.aforce_login(owner)
    answer = await client.get(reverse("chat:branch", args=[first["conversation"]]))
    text = answer.content.decode()
    assert f'data-message="{retried["message"]}"' in text
    assert f'data-message="{first["message"]}"' not in text
    assert 'id="messages"' in text
    assert "<html" not in text
