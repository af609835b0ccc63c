"""A deleted conversation is gone from everywhere at once, can be brought back for a while, and is then removed."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from chat.models import Conversation, Generation, GenerationEvent, Message
from chat.runner import Runner
from chat.services import announcements, conversations, deleting, generations, listing, release, runs
from chat.services import queue as queues
from chat.services.again import Wish, again
from chat.services.errors import NotThere
from chat.services.turns import Started
from chat.threads import in_thread
from sessions_app.models import ProviderSession, UsageRecord
from tests.chat.page import open_page
from tests.chat.rows import new_message, queue
from tests.chat.stored import wait_for_status
from tests.support.simulator import RunningSimulator
from tests.support.waiting import wait_until

pytestmark = pytest.mark.django_db(transaction=True)
LATER = timedelta(hours=24, minutes=1)


@pytest.fixture
def started(owner: User, session: ProviderSession) -> Started:
    return queue(owner, session)


def test_it_is_hidden_from_every_service(owner: User, started: Started, session: ProviderSession) -> None:
    conversation, answer = started.conversation, started.message
    deleting.delete(owner, conversation.pk)
    assert listing.list_conversations(owner).rows == ()
    assert listing.running_now(owner.pk) == []
    assert generations.unfinished(owner.pk) == []
    assert announcements.started(started.generation.pk) is None
    wish = Wish(message_id=answer.pk, client_id=uuid.uuid4(), how="retry", session_id=session.pk)
    for attempt in (
        lambda: conversations.get(owner, conversation.pk),
        lambda: conversations.rename(owner, conversation.pk, "Still there?"),
        lambda: conversations.pin(owner, conversation.pk, wanted=True),
        lambda: conversations.archive(owner, conversation.pk, wanted=True),
        lambda: deleting.delete(owner, conversation.pk),
        lambda: generations.get(owner.pk, started.generation.pk),
        lambda: generations.start(owner, new_message(session, conversation_id=conversation.pk)),
        lambda: again(owner, wish),
        lambda: announcements.missed(owner.pk, conversation.pk, ""),
        lambda: queues.edit(owner, conversation.pk, uuid.uuid4(), "text"),
    ):
        with pytest.raises(NotThere):
            attempt()


def test_a_message_that_was_acknowledged_before_is_not_acknowledged_again(
    owner: User, session: ProviderSession
) -> None:
    new = new_message(session)
    generations.start(owner, new)
    deleting.delete(owner, new.conversation_id)
    with pytest.raises(NotThere):
        generations.start(owner, new)
    assert Message.objects.count() == 2


def test_a_run_that_waits_is_ended_and_nothing_is_sent(owner: User, started: Started) -> None:
    assert deleting.delete(owner, started.conversation.pk) == [started.generation.pk]
    started.generation.refresh_from_db()
    assert started.generation.status == "stopped"
    assert runs.claim(started.generation.pk, now=timezone.now()) is None


async def test_deleting_stops_the_answer_and_the_provider(
    owner: User, session: ProviderSession, running: Runner, upstream: RunningSimulator
) -> None:
    upstream.set(pace=20, length=2000)
    async with open_page(owner) as page:
        ack = await page.ask(session)
        await wait_for_status(ack["generation"], "running")
        client = await in_thread(_signed_in, owner)
        path = reverse("chat:delete", args=[ack["conversation"]])
        await in_thread(client.post, path)
        await page.state(lambda one: one["deleted"])
        await wait_for_status(ack["generation"], "stopped")
        await upstream.until_idle()


def _signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_a_queue_of_a_deleted_conversation_waits_and_is_there_again(
    owner: User, session: ProviderSession, started: Started
) -> None:
    ids = {"conversation_id": started.conversation.pk}
    waiting = generations.start(owner, new_message(session, "Next", **ids))
    queues.send_now(owner, started.conversation.pk, waiting.client_id)
    deleting.delete(owner, started.conversation.pk)
    assert release.releasable() == []
    assert release.release(started.conversation.pk) is None
    deleting.restore(owner, started.conversation.pk)
    assert release.releasable() == [started.conversation.pk]


def test_undo_brings_it_back_as_it_was(owner: User, started: Started) -> None:
    conversations.pin(owner, started.conversation.pk, wanted=True)
    before = Conversation.objects.get()
    deleting.delete(owner, before.pk)
    assert [one.id for one in deleting.deleted(owner)] == [before.pk]
    for _ in range(2):  # the second click changes nothing
        deleting.restore(owner, before.pk)
    after = conversations.get(owner, before.pk)
    assert (after.title, after.pinned_at, after.updated_at) == (
        before.title,
        before.pinned_at,
        before.updated_at,
    )
    assert after.revision > before.revision
    assert deleting.deleted(owner) == []


def test_it_cannot_be_brought_back_by_others_or_too_late(
    owner: User, stranger: User, started: Started
) -> None:
    conversation_id = started.conversation.pk
    deleting.delete(owner, conversation_id)
    with pytest.raises(NotThere):
        deleting.restore(stranger, conversation_id)
    assert deleting.deleted(stranger) == []
    with pytest.raises(NotThere, match="for good"):
        deleting.restore(owner, conversation_id, now=timezone.now() + LATER)
    assert deleting.deleted(owner, now=timezone.now() + LATER) == []


def test_housekeeping_removes_it_with_all_that_was_said_after_its_time(
    owner: User, session: ProviderSession, started: Started, settings: Settings
) -> None:
    kept = queue(owner, session, "Another one")
    runs.claim(started.generation.pk, now=timezone.now())
    deleting.delete(owner, started.conversation.pk)
    UsageRecord.objects.create(
        run_id=uuid.uuid4(),
        at=timezone.now(),
        owner=owner,
        session_name="paid",
        model="m",
        conversation_id=started.conversation.pk,
    )
    assert deleting.purge(now=timezone.now()) == 0
    settings.MAESTRO_KEEP_DELETED_HOURS = 1
    assert deleting.purge(now=timezone.now() + timedelta(minutes=61)) > 0
    assert list(Conversation.objects.all()) == [kept.conversation]
    assert Message.objects.exclude(conversation=kept.conversation).count() == 0
    assert Generation.objects.count() == 1
    assert UsageRecord.objects.get().conversation_id == started.conversation.pk


def test_a_long_one_is_removed_in_steps(owner: User, started: Started) -> None:
    events = [
        GenerationEvent(
            generation=started.generation,
            seq=seq,
            kind="text_delta",
            payload='{"type":"text_delta","text":"x"}',
        )
        for seq in range(2, 27)
    ]
    deleting.delete(owner, started.conversation.pk)
    GenerationEvent.objects.bulk_create(events)
    sizes = []
    while removed := deleting.purge(now=timezone.now() + LATER, at_most=10):
        sizes.append(removed)
    assert max(sizes) <= 12  # a message takes its run along
    assert len(sizes) >= 3
    assert not Conversation.objects.exists()


def test_deleting_for_good_leaves_nothing_to_bring_back(owner: User, started: Started) -> None:
    with pytest.raises(NotThere):
        deleting.erase(owner, started.conversation.pk)  # only what was deleted before
    deleting.delete(owner, started.conversation.pk)
    deleting.erase(owner, started.conversation.pk)
    assert deleting.deleted(owner) == []
    with pytest.raises(NotThere):
        deleting.restore(owner, started.conversation.pk)
    assert deleting.purge(now=timezone.now()) > 0
    assert not Conversation.objects.exists()


async def test_the_runner_removes_what_is_old(owner: User, started: Started, running: Runner) -> None:
    await in_thread(deleting.delete, owner, started.conversation.pk)
    await in_thread(deleting.erase, owner, started.conversation.pk)
    await in_thread(wait_until, lambda: not Conversation.objects.exists())


def test_the_page_of_the_archived_offers_the_undo(owner: User, started: Started) -> None:
    client = _signed_in(owner)
    conversation_id = started.conversation.pk
    answer = client.post(reverse("chat:delete", args=[conversation_id]))
    assert answer["Location"] == reverse("chat:archived")
    shown = client.get(answer["Location"]).content.decode()
    restore = reverse("chat:restore", args=[conversation_id])
    assert restore in shown
    assert client.get(reverse("chat:conversation", args=[conversation_id])).status_code == 404
    answer = client.post(restore)
    assert client.get(answer["Location"]).status_code == 200
    assert restore not in client.get(reverse("chat:archived")).content.decode()


def test_scripts_get_the_state_and_a_clear_refusal(owner: User, started: Started) -> None:
    client, accepts = _signed_in(owner), {"Accept": "application/json"}
    path = reverse("chat:delete", args=[started.conversation.pk])
    state = client.post(path, headers=accepts).json()
    assert (state["type"], state["deleted"], state["title"]) == (
        "conversation",
        True,
        started.conversation.title,
    )
    again_deleted = client.post(path, headers=accepts)
    assert (again_deleted.status_code, again_deleted.json()["code"]) == (404, "not_found")
    state = client.post(reverse("chat:restore", args=[started.conversation.pk]), headers=accepts).json()
    assert (state["deleted"], state["running"]) == (False, False)
