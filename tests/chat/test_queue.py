"""Messages that wait for the answer before them, over the websocket and by what becomes of them without a page."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import pytest_asyncio
from django.contrib.auth.models import User
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from chat import runner as runner_module
from chat.models import Generation, Message, QueuedMessage
from chat.runner import Runner
from chat.services import announcements, branches, generations, release
from chat.threads import in_thread
from sessions_app.models import ProviderSession
from sessions_app.services import sessions
from tests.chat.conftest import FAST
from tests.chat.page import Frame, Page, open_page
from tests.chat.rows import new_message
from tests.chat.rows import queue as first_message
from tests.chat.stored import all_are, wait_for_status
from tests.support.simulator import RunningSimulator
from tests.support.waiting import until

pytestmark = pytest.mark.django_db(transaction=True)


@pytest_asyncio.fixture
async def page(
    owner: User, session: ProviderSession, running: Runner, upstream: RunningSimulator
) -> AsyncIterator[Page]:
    """A page whose answers go on until somebody stops them or `upstream.reset` lets the next ones be short."""
    upstream.set(pace=50, length=5000)
    async with open_page(owner) as opened:
        yield opened


async def ask_first(page: Page, session: ProviderSession, upstream: RunningSimulator) -> Frame:
    """A conversation that is being answered, and goes on until it is stopped."""
    ack = await page.ask(session, "First")
    await until(lambda: upstream.state.open_streams == 1)
    upstream.reset()
    upstream.set(pace=0)
    return ack


async def wait(page: Page, session: ProviderSession, conversation: str, text: str) -> str:
    """Queue a message; returns its id."""
    client_id = str(uuid.uuid4())
    ack = await page.ask(session, text, conversation=conversation, client_id=client_id)
    assert (ack["type"], ack["state"]) == ("ack", "queued")
    return client_id


def texts() -> list[str]:
    return [one.text for one in Message.objects.filter(role="user").order_by("pk")]


def queued() -> list[str]:
    return [one.text for one in QueuedMessage.objects.all()]


async def test_waiting_messages_go_out_in_order_after_complete_answers_also_without_a_page(
    owner: User, session: ProviderSession, running: Runner, upstream: RunningSimulator
) -> None:
    upstream.set(pace=100, length=30)
    async with open_page(owner) as page, open_page(owner) as other:
        conversation = (await page.ask(session, "First"))["conversation"]
        for text in ("Second", "Third"):
            await wait(page, session, conversation, text)
        shown = await other.state(lambda one: len(one["queue"]) == 2)
        assert [(one["text"], one["session"]["initials"], one["usable"]) for one in shown["queue"]] == [
            ("Second", "PC", True),
            ("Third", "PC", True),
        ]
        assert (shown["waits"]["code"], shown["running"]) == ("streaming", True)
    await all_are("complete", "complete", "complete")
    assert await in_thread(texts) == ["First", "Second", "Third"]
    assert await in_thread(queued) == []
    assert sum(one.path.endswith("/messages") for one in upstream.state.requests) == 3


async def test_messages_that_are_sent_at_once_keep_their_order(
    page: Page, session: ProviderSession, upstream: RunningSimulator
) -> None:
    first = await ask_first(page, session, upstream)
    wanted = [str(number) for number in range(9)]
    for text in wanted:
        ids = {"conversation": first["conversation"], "client_id": uuid.uuid4(), "session": session.pk}
        await page.send(type="send", text=text, **ids)
    await page.state(lambda one: [item["text"] for item in one["queue"]] == wanted)


async def test_a_page_is_told_when_a_waiting_message_begins(
    owner: User, session: ProviderSession, running: Runner, upstream: RunningSimulator
) -> None:
    upstream.set(pace=100, length=20)
    async with open_page(owner) as page:
        first = await page.ask(session, "First")
        client_id = await wait(page, session, first["conversation"], "Second")
        began = await page.receive(lambda one: one["type"] == "started" and one["client_id"] == client_id)
        assert (began["user_message"]["text"], began["after"]) == ("Second", first["message"])
        sent_again = await page.ask(
            session, "Second", conversation=first["conversation"], client_id=client_id
        )
        assert (sent_again["created"], sent_again["generation"]) == (False, began["generation"])


@pytest.mark.parametrize("end", ["stopped", "interrupted", "failed"])
async def test_the_queue_waits_after_an_answer_that_did_not_end_well(
    owner: User, session: ProviderSession, running: Runner, upstream: RunningSimulator, end: str
) -> None:
    faults = {"stopped": {}, "interrupted": {"fault": "cut", "after": 25}, "failed": {"fault": "bad_request"}}
    upstream.set(pace=50, length=5000, delay=0.3, **faults[end])
    async with open_page(owner) as page:
        first = await page.ask(session, "First")
        client_id = await wait(page, session, first["conversation"], "Second")
        if end == "stopped":
            await page.do("stop", generation=first["generation"])
        state = await page.state(lambda one: one["waits"] and one["waits"]["code"] == end)
        assert state["waits"]["message"].startswith("Waiting for you")
        assert await in_thread(release.release, uuid.UUID(first["conversation"])) is None
        assert await in_thread(release.releasable) == []
        upstream.reset()
        sent = await page.do("queue_send", conversation=first["conversation"], client_id=client_id)
        assert sent["state"] == "sent"
        again = await page.do("queue_send", conversation=first["conversation"], client_id=client_id)
        assert again["state"] == "sent"
        await all_are(end, "complete")
    assert await in_thread(texts) == ["First", "Second"]


async def test_a_new_message_passes_a_queue_that_waits_for_its_owner(
    page: Page, session: ProviderSession, upstream: RunningSimulator
) -> None:
    first = await ask_first(page, session, upstream)
    await wait(page, session, first["conversation"], "Later")
    await page.do("stop", generation=first["generation"])
    await wait_for_status(first["generation"], "stopped")
    ack = await page.ask(session, "Instead", conversation=first["conversation"])
    assert "generation" in ack
    await all_are("stopped", "complete", "complete")
    assert await in_thread(texts) == ["First", "Instead", "Later"]


async def test_send_now_stops_the_answer_and_goes_before_the_others(
    page: Page, session: ProviderSession, upstream: RunningSimulator
) -> None:
    first = await ask_first(page, session, upstream)
    conversation = first["conversation"]
    await wait(page, session, conversation, "Second")
    urgent = await wait(page, session, conversation, "Urgent")
    acks = await asyncio.gather(
        *(page.do("queue_send", conversation=conversation, client_id=urgent) for _ in range(3))
    )
    assert {ack["state"] for ack in acks} <= {"queued", "sent"}  # the answer needs a moment to stop
    await all_are("stopped", "complete", "complete")
    assert await in_thread(texts) == ["First", "Urgent", "Second"]


async def test_a_waiting_message_is_edited_and_taken_back(
    page: Page, session: ProviderSession, upstream: RunningSimulator
) -> None:
    first = await ask_first(page, session, upstream)
    ids = {"conversation": first["conversation"]}
    second, third = [await wait(page, session, ids["conversation"], text) for text in ("2", "3")]
    assert (await page.do("queue_edit", client_id=second, text="Better", **ids))["state"] == "queued"
    await page.state(lambda one: [item["text"] for item in one["queue"]] == ["Better", "3"])
    for _ in range(2):
        assert (await page.do("queue_delete", client_id=third, **ids))["state"] == "deleted"
    await page.do("queue_send", client_id=second, **ids)
    await all_are("stopped", "complete")
    assert await in_thread(texts) == ["First", "Better"]
    late = [
        await page.do("queue_edit", client_id=second, text="Too late", **ids),
        await page.do("queue_delete", client_id=second, **ids),
        await page.do("queue_edit", client_id=third, text="Gone", **ids),
    ]
    assert [one["code"] for one in late] == ["already_sent", "already_sent", "not_found"]
    assert await in_thread(texts) == ["First", "Better"]


async def test_what_may_not_wait_is_refused_with_a_code(
    page: Page, session: ProviderSession, upstream: RunningSimulator, settings: Settings
) -> None:
    settings.MAESTRO_MAX_QUEUED = 2
    settings.MAESTRO_MAX_PROMPT_BYTES = 100
    first = await ask_first(page, session, upstream)
    ids = {"conversation": first["conversation"]}
    second = await wait(page, session, ids["conversation"], "x" * 60)
    assert (await page.ask(session, "y" * 41, **ids))["code"] == "queue_full"
    assert (await page.ask(session, "y" * 101, **ids))["code"] == "prompt_too_large"
    assert (await page.do("queue_edit", client_id=second, text=" ", **ids))["code"] == "prompt_empty"
    assert (await page.do("queue_edit", client_id=second, text="é" * 51, **ids))["code"] == "prompt_too_large"
    await wait(page, session, ids["conversation"], "y" * 40)
    assert (await page.do("queue_edit", client_id=second, text="x" * 61, **ids))["code"] == "queue_full"
    assert (await page.ask(session, "z", **ids))["code"] == "queue_full"
    assert await in_thread(queued) == ["x" * 60, "y" * 40]


async def test_a_stranger_finds_no_queue(
    page: Page, session: ProviderSession, upstream: RunningSimulator, stranger: User
) -> None:
    first = await ask_first(page, session, upstream)
    ids = {
        "conversation": first["conversation"],
        "client_id": await wait(page, session, first["conversation"], "2"),
    }
    async with open_page(stranger) as other:
        wishes: list[tuple[str, dict[str, Any]]] = [
            ("queue_edit", {"text": "Mine"}),
            ("queue_delete", {}),
            ("queue_send", {}),
        ]
        for kind, fields in wishes:
            assert (await other.do(kind, **ids, **fields))["code"] == "not_found"
        assert (await other.do("look", conversation=ids["conversation"]))["code"] == "not_found"
    assert await in_thread(queued) == ["2"]


async def test_a_session_that_cannot_pay_holds_the_queue_until_its_owner_names_another(
    page: Page, session: ProviderSession, other_session: ProviderSession, upstream: RunningSimulator
) -> None:
    upstream.reset()
    upstream.set(pace=100, length=60)
    first = await page.ask(other_session, "First")
    client_id = await wait(page, session, first["conversation"], "Second")
    await in_thread(sessions.delete_session, session)
    state = await page.state(lambda one: one["waits"] and one["waits"]["code"] == "refused")
    assert "does not exist any more" in state["waits"]["message"]
    assert (state["queue"][0]["session"]["id"], state["queue"][0]["usable"]) == (None, False)
    assert await in_thread(release.releasable) == []
    ids = {"conversation": first["conversation"], "client_id": client_id}
    await page.do("queue_send", session=other_session.pk, **ids)
    await all_are("complete", "complete")
    assert {one.session_id for one in await in_thread(lambda: list(Generation.objects.all()))} == {
        other_session.pk
    }


async def test_two_processes_send_each_waiting_message_once(
    page: Page, session: ProviderSession, upstream: RunningSimulator
) -> None:
    others = [Runner(timing=FAST) for _ in range(2)]
    for other in others:
        other.start()
    first = await ask_first(page, session, upstream)
    wanted = [f"Number {number}" for number in range(5)]
    ids = [await wait(page, session, first["conversation"], text) for text in wanted]
    await page.do("queue_send", conversation=first["conversation"], client_id=ids[0])
    await all_are("stopped", *["complete"] * 5)
    for other in others:
        await other.shutdown(1)
    assert await in_thread(texts) == ["First", *wanted]
    assert sum(one.path.endswith("/messages") for one in upstream.state.requests) == 6


async def test_a_limit_delays_the_queue_and_the_timer_sends_it(
    page: Page, session: ProviderSession, upstream: RunningSimulator, settings: Settings
) -> None:
    settings.MAESTRO_MAX_RUNNING_PER_USER = 2
    blocking = await page.ask(session, "Another conversation")
    await until(lambda: upstream.state.open_streams == 1)
    upstream.set(pace=200, length=20)
    first = await page.ask(session, "First")
    settings.MAESTRO_MAX_RUNNING_PER_USER = 1
    await wait(page, session, first["conversation"], "Second")
    await wait_for_status(first["generation"], "complete")
    state = await page.state(lambda one: one["waits"] and one["waits"]["code"] == "complete")
    assert "fewer answers" in state["waits"]["message"]
    await page.do("stop", generation=blocking["generation"])
    await all_are("stopped", "complete", "complete")


async def test_the_next_message_does_not_wait_for_the_timer(
    owner: User, session: ProviderSession, patient: Runner, upstream: RunningSimulator
) -> None:
    upstream.set(pace=50, length=5000)
    async with open_page(owner) as page:
        first = await ask_first(page, session, upstream)
        for text in ("Second", "Third"):
            client_id = await wait(page, session, first["conversation"], text)
        await page.do("queue_send", conversation=first["conversation"], client_id=client_id)
        await all_are("stopped", "complete", "complete")
    assert patient.timing.pick_up > 1000
    assert await in_thread(texts) == ["First", "Third", "Second"]


async def test_send_now_stops_an_answer_that_another_process_writes(
    owner: User, session: ProviderSession, patient: Runner, upstream: RunningSimulator
) -> None:
    upstream.set(pace=50, length=5000)
    elsewhere = Runner(timing=FAST)
    elsewhere.start()
    started = await in_thread(first_message, owner, session, "First")
    elsewhere.wake(started.generation.pk)
    await until(lambda: upstream.state.open_streams == 1)
    upstream.reset()
    upstream.set(pace=0)
    async with open_page(owner) as page:
        conversation = str(started.conversation.pk)
        client_id = await wait(page, session, conversation, "Second")
        ack = await page.do("queue_send", conversation=conversation, client_id=client_id)
        assert ack["state"] == "queued"
        await all_are("stopped", "complete")
    await elsewhere.shutdown(1)


async def test_what_waited_when_the_process_died_goes_out_from_another(
    owner: User, session: ProviderSession, upstream: RunningSimulator
) -> None:
    dying = runner_module.install(Runner(timing=FAST))
    upstream.set(pace=100, length=20)
    async with open_page(owner) as page:
        first = await page.ask(session, "First")
        await wait(page, session, first["conversation"], "Second")
        dying.is_draining = True  # it answers to the end and sends nothing new
        await wait_for_status(first["generation"], "complete")
    assert await in_thread(queued) == ["Second"]
    await dying.shutdown(5)
    runner_module.install(Runner(timing=FAST))
    await all_are("complete", "complete")
    await runner_module.shutdown(5)


def test_nothing_goes_out_for_an_account_that_was_deactivated(owner: User, session: ProviderSession) -> None:
    conversation = waiting_behind_a_complete_answer(owner, session, "Second")
    User.objects.filter(pk=owner.pk).update(is_active=False)
    assert release.releasable() == []
    found = release.release(conversation)
    assert found is not None
    assert found.started is None
    assert queued() == ["Second"]
    assert "deactivated" in QueuedMessage.objects.get().refused_why


def waiting_behind_a_complete_answer(owner: User, session: ProviderSession, *texts: str) -> uuid.UUID:
    """The conversation, as if its process had died between the end of the answer and the next message."""
    started = first_message(owner, session, "First")
    conversation: uuid.UUID = started.conversation.pk
    for text in texts:
        generations.start(owner, new_message(session, text, conversation_id=conversation))
    Message.objects.filter(pk=started.message.pk).update(status="complete")
    Generation.objects.update(status="complete", finished_at=timezone.now())
    return conversation


def test_a_release_by_many_at_once_sends_one(owner: User, session: ProviderSession) -> None:
    """Threads with connections of their own, as processes have."""
    conversation = waiting_behind_a_complete_answer(owner, session, "Second", "Third")

    def look(_: int) -> bool:
        try:
            found = release.release(conversation)
            return found is not None and found.started is not None
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        sent = list(pool.map(look, range(12)))
    assert sum(sent) == 1
    assert texts() == ["First", "Second"]
    assert queued() == ["Third"]


@pytest.mark.parametrize("read", ["_QUEUE", "writing"])
def test_a_message_that_goes_out_while_pages_are_told_is_not_missing(
    owner: User, session: ProviderSession, monkeypatch: pytest.MonkeyPatch, read: str
) -> None:
    """Sent right after one of the reads, whichever comes first, it is waiting or being answered."""
    conversation = waiting_behind_a_complete_answer(owner, session, "Second")
    where = announcements if read == "_QUEUE" else branches
    found = getattr(where, read)

    def read_and_release(pk: uuid.UUID) -> object:
        rows = found(pk)
        release.release(conversation)
        return rows

    monkeypatch.setattr(where, read, read_and_release)
    told = announcements.state_of(conversation)
    assert told is not None
    assert told.frame.running or told.frame.queue
