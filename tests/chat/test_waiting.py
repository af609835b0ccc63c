"""Messages that met a limit of their session: they wait until it has passed, and then send themselves."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from chat.models import Conversation, Generation, Message, QueuedMessage
from chat.parts import encode_parts
from chat.runner import Runner
from chat.services import announcements, errors, generations, queue, release, thread
from chat.services.again import Wish, again
from chat.services.queue import Queued
from chat.services.runs import end_from_outside
from chat.services.turns import Started
from chat.threads import in_thread
from providers.messages import TextPart
from sessions_app.models import ProviderSession, SessionHealth, UsageRecord
from sessions_app.services import budgets, sessions
from tests.chat.page import open_page
from tests.chat.rows import QUESTION, new_message
from tests.chat.rows import queue as send
from tests.chat.stored import all_are, wait_for_status
from tests.support.simulator import RunningSimulator

pytestmark = pytest.mark.django_db(transaction=True)
NOW = timezone.now()
SOON = NOW + timedelta(minutes=5)
LATER = SOON + timedelta(seconds=1)


def limit(session: ProviderSession) -> None:
    """As an answer leaves it that the provider refused for five minutes."""
    SessionHealth.objects.filter(session=session).update(limited_until=SOON)


def spend_all(session: ProviderSession) -> None:
    budgets.set_budget(session, Decimal(10))
    UsageRecord.objects.create(
        run_id=uuid.uuid4(),
        at=NOW,
        owner=session.owner,
        session_id=session.pk,
        session_name=session.name,
        model="simulator-large",
        cost=Decimal(10),
    )


def refused(owner: User, session: ProviderSession) -> Started:
    """A question whose answer the provider refused."""
    started = send(owner, session)
    end_from_outside(started.generation, "failed", None, now=NOW)
    limit(session)
    return started


def wish(started: Started, session: ProviderSession, **changes: object) -> Wish:
    fields = {"client_id": uuid.uuid4(), "how": "retry", "wait": True, **changes}
    return Wish(message_id=started.message.pk, session_id=session.pk, **fields)  # type: ignore[arg-type]


def waiting() -> QueuedMessage:
    return QueuedMessage.objects.get()


def shown(started: Started) -> list[tuple[str, str]]:
    views = thread.messages_of(Conversation.objects.get(pk=started.conversation.pk))
    return [(view.role, view.text or view.status) for view in views]


async def test_it_sends_itself_when_the_limit_has_passed_and_no_page_is_open(
    owner: User, session: ProviderSession, running: Runner, upstream: RunningSimulator
) -> None:
    upstream.set(fault="rate_limit", retry_after=90)
    async with open_page(owner) as page:
        ack = await page.ask(session)
        await wait_for_status(ack["generation"], "failed")
        frame = {"message": ack["message"], "client_id": uuid.uuid4(), "how": "retry", "session": session.pk}
        assert (await page.do("again", wait=True, **frame))["state"] == "queued"
        assert (await page.do("again", wait=True, **frame))["state"] == "queued"
        state = await page.state(lambda one: one["queue"])
    (shown_row,) = state["queue"]
    assert (shown_row["text"], shown_row["again"], state["waits"]["code"]) == (QUESTION, True, "later")
    row = await in_thread(waiting)
    assert timedelta(seconds=80) < row.not_before - timezone.now() <= timedelta(seconds=90)
    upstream.reset()
    upstream.set(pace=0)
    assert await in_thread(Generation.objects.count) == 1

    def let_time_pass() -> None:
        SessionHealth.objects.update(limited_until=None)
        QueuedMessage.objects.update(not_before=timezone.now())

    await in_thread(let_time_pass)
    await all_are("failed", "complete")
    assert await in_thread(lambda: Message.objects.filter(role="user").count()) == 1


def test_the_other_try_stands_beside_the_answer_that_was_refused(
    owner: User, session: ProviderSession
) -> None:
    first = refused(owner, session)
    assert isinstance(again(owner, wish(first, session), now=NOW), Queued)
    assert release.releasable(now=NOW) == []
    assert release.release(first.conversation.pk, now=NOW) is None
    assert release.releasable(now=LATER) == [first.conversation.pk]
    released = release.release(first.conversation.pk, now=LATER)
    assert released is not None
    assert released.started is not None
    assert released.started.message.parent == first.user_message
    assert shown(first) == [("user", QUESTION), ("assistant", "streaming")]


def test_without_a_limit_nothing_waits(owner: User, session: ProviderSession) -> None:
    started = generations.start(owner, new_message(session, wait=True))
    assert isinstance(started, Started)
    end_from_outside(started.generation, "failed", None, now=NOW)
    assert isinstance(again(owner, wish(started, session)), Started)


def test_a_spent_budget_is_waited_for_until_the_next_month(owner: User, session: ProviderSession) -> None:
    spend_all(session)
    new = new_message(session, wait=True)
    assert isinstance(generations.start(owner, new, now=NOW), Queued)
    standing = budgets.standing(session, now=NOW)
    assert standing is not None
    assert waiting().not_before == standing.renews_at
    assert release.release(new.conversation_id, now=standing.renews_at - timedelta(seconds=1)) is None
    released = release.release(new.conversation_id, now=standing.renews_at)
    assert released is not None
    assert released.started is not None


def test_a_limit_that_is_hit_again_meanwhile_is_waited_for_again(
    owner: User, session: ProviderSession
) -> None:
    new = new_message(session, wait=True)
    limit(session)
    generations.start(owner, new, now=NOW)
    further = LATER + timedelta(minutes=1)
    SessionHealth.objects.filter(session=session).update(limited_until=further)
    released = release.release(new.conversation_id, now=LATER)
    assert released is not None
    assert released.started is None
    assert (waiting().not_before, waiting().refused_code) == (further, "")
    assert not Generation.objects.exists()


def test_a_session_that_stopped_working_meanwhile_holds_the_message_and_says_why(
    owner: User, session: ProviderSession
) -> None:
    limit(session)
    new = new_message(session, wait=True)
    generations.start(owner, new, now=NOW)
    sessions.disable_session(session)
    assert release.release(new.conversation_id, now=LATER) is not None
    assert waiting().refused_code == "session_unavailable"


def test_what_is_written_meanwhile_is_sent_at_once_and_the_other_follows_it(
    owner: User, session: ProviderSession, other_session: ProviderSession
) -> None:
    first = refused(owner, session)
    again(owner, wish(first, session), now=NOW)
    second = generations.start(
        owner, new_message(other_session, "Another thought", conversation_id=first.conversation.pk)
    )
    assert isinstance(second, Started)
    assert release.release(first.conversation.pk, now=LATER) is None  # it is being answered
    end_from_outside(second.generation, "complete", None, now=NOW)
    assert release.release(first.conversation.pk, now=LATER) is not None
    assert [text for role, text in shown(first) if role == "user"] == [QUESTION, "Another thought", QUESTION]


def test_the_rest_of_an_answer_is_refused_when_the_conversation_has_gone_on(
    owner: User, session: ProviderSession, other_session: ProviderSession
) -> None:
    first = send(owner, session)
    end_from_outside(first.generation, "interrupted", None, now=NOW)
    Message.objects.filter(pk=first.message.pk).update(parts_json=encode_parts((TextPart(text="Half"),)))
    rest = again(owner, wish(first, session, how="continue", wait=False))
    assert isinstance(rest, Started)
    end_from_outside(rest.generation, "failed", None, now=NOW)
    limit(session)
    again(owner, wish(rest, session), now=NOW)
    assert (waiting().text, waiting().parent) == ("", first.message)
    new = new_message(other_session, "Another thought", conversation_id=first.conversation.pk)
    second = generations.start(owner, new)
    assert isinstance(second, Started)
    end_from_outside(second.generation, "complete", None, now=NOW)
    release.release(first.conversation.pk, now=LATER)
    assert waiting().refused_code == "not_newest"


def test_it_goes_before_what_waits_for_an_answer_and_behind_what_waits_already(
    owner: User, session: ProviderSession, other_session: ProviderSession
) -> None:
    first = send(owner, session)
    conversation = first.conversation.pk
    generations.start(owner, new_message(session, "Follows the answer", conversation_id=conversation))
    end_from_outside(first.generation, "failed", None, now=NOW)
    limit(session)
    again(owner, wish(first, session), now=NOW)
    generations.start(
        owner, new_message(session, "Waits, too", conversation_id=conversation, wait=True), now=NOW
    )
    assert [row.text for row in QueuedMessage.objects.all()] == [QUESTION, "Waits, too", "Follows the answer"]


def test_it_is_taken_back_changed_or_sent_now_with_another_session(
    owner: User, session: ProviderSession, other_session: ProviderSession
) -> None:
    first = refused(owner, session)
    conversation = first.conversation.pk
    kept = wish(first, session)
    again(owner, kept, now=NOW)
    again(owner, taken_back := wish(first, session), now=NOW)
    queue.delete(owner, conversation, taken_back.client_id)
    assert waiting().client_id == kept.client_id
    queue.edit(owner, conversation, kept.client_id, "In other words")
    assert waiting().parent is None
    queue.send_now(owner, conversation, kept.client_id, session_id=other_session.pk)
    released = release.release(conversation, now=NOW)
    assert released is not None
    assert released.started is not None
    assert released.started.generation.session == other_session
    assert [text for role, text in shown(first) if role == "user"] == [QUESTION, "In other words"]


@pytest.mark.parametrize(
    "send_past_it",
    [
        lambda owner, session, started: again(owner, wish(started, session, how="continue")),
        lambda owner, session, started: generations.start(
            owner,
            new_message(
                session,
                conversation_id=started.conversation.pk,
                wait=True,
                replaces=started.user_message.pk,
            ),
        ),
    ],
    ids=["continue", "other words"],
)
def test_what_cannot_wait_is_still_stopped_by_a_budget(
    owner: User, session: ProviderSession, send_past_it: Callable[..., object]
) -> None:
    started = refused(owner, session)
    spend_all(session)
    with pytest.raises(errors.BudgetSpent):
        send_past_it(owner, session, started)
    assert Generation.objects.count() == 1


def test_pages_are_told_when_and_that_it_is_in_the_thread_already(
    owner: User, session: ProviderSession
) -> None:
    first = refused(owner, session)
    again(owner, wish(first, session), now=NOW)
    state = announcements.frame_of(Conversation.objects.get())
    assert [(row.not_before, row.again) for row in state.queue] == [(SOON, True)]
    assert state.waits is not None
    assert state.waits.code == "later"


def test_a_question_that_is_deleted_takes_its_waiting_try_along(
    owner: User, session: ProviderSession
) -> None:
    first = refused(owner, session)
    again(owner, wish(first, session), now=NOW)
    assert first.user_message is not None
    first.user_message.delete()
    assert not QueuedMessage.objects.exists()
