"""Comparisons in the database: all of one or nothing of it, who may pay, and the choice of an answer to go on with."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from chat.models import Conversation, Generation, Message, QueuedMessage
from chat.services import (
    again,
    branches,
    columns,
    comparing,
    errors,
    generations,
    queue,
    release,
    runs,
    side_by_side,
)
from chat.services.again import Wish
from chat.services.comparing import Compared, NewComparison, Wanted
from chat.services.history import build_request
from chat.services.queue import Queued
from sessions_app.models import AuditEntry, ProviderSession
from sessions_app.services import budgets, sessions
from tests.chat.rows import QUESTION, new_message
from tests.chat.rows import queue as send
from tests.chat.test_budget_stops import spend

pytestmark = pytest.mark.django_db
NOW = timezone.now()
OTHER_MODEL = "simulator-small"


def comparison(*wanted: ProviderSession | Wanted, text: str = QUESTION, **changes: Any) -> NewComparison:
    payers = [Wanted(session_id=one.pk) if isinstance(one, ProviderSession) else one for one in wanted]
    ids = {"conversation_id": uuid.uuid4(), "client_id": uuid.uuid4(), **changes}
    return NewComparison(text=text, wanted=payers, **ids)


def compare(owner: User, *wanted: ProviderSession | Wanted, **changes: Any) -> Compared:
    return comparing.compare(owner, comparison(*wanted, **changes))


def refused(owner: User, *wanted: ProviderSession | Wanted, **changes: Any) -> errors.ChatError:
    with pytest.raises(errors.ChatError) as caught:
        compare(owner, *wanted, **changes)
    return caught.value


def finish(compared: Compared, status: str = "complete") -> list[Message]:
    """End every run; the answers, by column."""
    for column in compared.comparison.columns:
        assert runs.end_from_outside(column.newest.generation, status, None, now=NOW)
    return [column.newest for column in compared.comparison.columns]


def test_a_comparison_is_one_question_and_an_answer_for_each_payer(
    owner: User, session: ProviderSession, other_session: ProviderSession
) -> None:
    compared = compare(owner, session, other_session, Wanted(session_id=session.pk, model=OTHER_MODEL))
    asked = Message.objects.get(role="user")
    answers = list(Message.objects.filter(role="assistant").order_by("pk"))
    assert [one.parent for one in answers] == [asked] * 3
    assert [(one.column, one.session_name, one.model) for one in answers] == [
        (0, "personal_claude", "simulator-large"),
        (1, "work_claude", "simulator-large"),
        (2, "personal_claude", OTHER_MODEL),
    ]
    assert {one.comparison for one in answers} == {compared.comparison.id}
    assert [one.generation.session for one in answers] == [session, other_session, session]
    assert compared.conversation.title == QUESTION
    shown = branches.end_of(compared.conversation.pk)
    assert shown == asked, "nothing is picked"


def test_nothing_is_stored_unless_everybody_can_pay_and_the_error_says_who_cannot(
    owner: User, session: ProviderSession, other_session: ProviderSession
) -> None:
    sessions.disable_session(other_session)
    one = refused(owner, session, other_session)
    assert (one.code, "work_claude" in one.message, "personal_claude" in one.message) == (
        "session_unavailable", True, False,
    )  # fmt: skip
    sessions.disable_session(session)
    both = refused(owner, session, other_session)
    assert "work_claude" in both.message
    assert "personal_claude" in both.message
    assert not Conversation.objects.exists()
    assert not Message.objects.exists()


def test_a_budget_that_is_spent_stops_the_whole_comparison_and_says_until_when(
    owner: User, session: ProviderSession, other_session: ProviderSession
) -> None:
    budgets.set_budget(other_session, Decimal(1))
    spend(other_session, "2")
    error = refused(owner, session, other_session)
    assert (error.code, "work_claude" in error.message) == ("budget_spent", True)
    assert error.retry_at is not None
    sessions.disable_session(session)
    assert refused(owner, session, other_session).retry_at is None, "the other one does not pass by itself"
    assert not Message.objects.exists()


def test_the_same_client_id_is_one_comparison(
    owner: User, session: ProviderSession, other_session: ProviderSession
) -> None:
    ids = {"conversation_id": uuid.uuid4(), "client_id": uuid.uuid4()}
    first = compare(owner, session, other_session, **ids)
    second = compare(owner, other_session, session, text="Something else", **ids)
    assert (first.created, second.created) == (True, False)
    assert first.comparison == second.comparison
    assert Generation.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_the_same_comparison_from_many_threads_is_one(
    owner: User, session: ProviderSession, other_session: ProviderSession
) -> None:
    new = comparison(session, other_session)

    def try_to(_: int) -> uuid.UUID:
        try:
            return comparing.compare(owner, new).comparison.id
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(try_to, range(8)))) == 1
    assert Generation.objects.count() == 2


def test_an_id_that_belongs_to_another_kind_of_message_is_no_comparison(
    owner: User, session: ProviderSession, other_session: ProviderSession
) -> None:
    started = send(owner, session)
    ids = {"conversation_id": started.conversation.pk, "client_id": started.user_message.client_id}
    assert refused(owner, session, other_session, **ids).code == "already_sent"


def test_nobody_pays_twice_for_the_same(owner: User, session: ProviderSession) -> None:
    named = Wanted(session_id=session.pk, model="simulator-large")
    assert refused(owner, session, named).code == "same_payer"
    compare(owner, session, Wanted(session_id=session.pk, model=OTHER_MODEL))


def test_a_model_that_is_none_names_its_session(
    owner: User, session: ProviderSession, other_session: ProviderSession
) -> None:
    error = refused(owner, session, Wanted(session_id=other_session.pk, model="two words"))
    assert (error.code, "work_claude" in error.message) == ("model_unknown", True)


def test_a_comparison_of_four_may_run_and_five_answers_may_not(
    owner: User, session: ProviderSession, other_session: ProviderSession
) -> None:
    four = [
        Wanted(session_id=one.pk, model=model)
        for one in (session, other_session)
        for model in ("simulator-large", OTHER_MODEL)
    ]
    compared = compare(owner, *four)
    assert len(compared.comparison.columns) == 4
    assert refused(owner, session, other_session).code == "limit_running"
    generations.stop(owner.pk, compared.comparison.columns[0].newest.generation.pk)
    error = refused(owner, session, other_session)
    assert (error.code, "4 answers" in error.message) == ("limit_running", True)
    assert Message.objects.filter(role="user").count() == 1


def test_a_comparison_counts_as_so_many_sends(
    owner: User, session: ProviderSession, other_session: ProviderSession, settings: Settings
) -> None:
    settings.MAESTRO_SENDS_PER_MINUTE = 3
    settings.MAESTRO_MAX_RUNNING_PER_USER = 99
    generations.start(owner, new_message(session), now=NOW)
    generations.start(owner, new_message(session), now=NOW + timedelta(seconds=10))
    with pytest.raises(errors.TooManySends) as caught:
        comparing.compare(owner, comparison(session, other_session), now=NOW + timedelta(seconds=20))
    assert caught.value.retry_at == NOW + timedelta(seconds=60)
    comparing.compare(owner, comparison(session, other_session), now=NOW + timedelta(seconds=61))
    settings.MAESTRO_SENDS_PER_MINUTE = 1
    never = refused(owner, session, other_session)
    assert never.code == "limit_rate"


def test_strangers_and_their_sessions_are_not_there(
    owner: User, stranger: User, session: ProviderSession, other_session: ProviderSession
) -> None:
    assert refused(stranger, session, other_session).code == "session_unavailable"
    compared = compare(owner, session, other_session)
    error = refused(stranger, session, other_session, conversation_id=compared.conversation.pk)
    assert error.code == "not_found"
    answer = compared.comparison.columns[0].newest
    for user, message in ((stranger, answer.pk), (owner, 0), (owner, compared.comparison.question.pk)):
        with pytest.raises(errors.NotThere):
            comparing.pick(user, message)
    with pytest.raises(errors.NotThere):
        side_by_side.around(stranger.pk, answer.generation.pk)
    assert side_by_side.around(owner.pk, answer.generation.pk).picked is None
    assert columns.undecided(compared.conversation.pk)


def test_while_an_answer_is_being_written_nothing_is_compared(
    owner: User, session: ProviderSession, other_session: ProviderSession
) -> None:
    started = send(owner, session)
    here = {"conversation_id": started.conversation.pk}
    assert refused(owner, session, other_session, **here).code == "limit_running"
    runs.end_from_outside(started.generation, "complete", None, now=NOW)
    compared = compare(owner, session, other_session, **here)
    assert compared.comparison.question.parent == started.message


@pytest.mark.parametrize("ended", [False, True])
def test_the_next_message_waits_for_a_choice(
    owner: User, session: ProviderSession, other_session: ProviderSession, ended: bool
) -> None:
    compared = compare(owner, session, other_session)
    if ended:
        finish(compared)
    here = {"conversation_id": compared.conversation.pk}
    with pytest.raises(errors.PickFirst):
        generations.start(owner, new_message(session, "And then?", **here))
    assert refused(owner, session, other_session, **here).code == "pick_first"
    assert not QueuedMessage.objects.exists()


def test_picking_goes_on_with_one_column_and_stops_the_others(
    owner: User, session: ProviderSession, other_session: ProviderSession
) -> None:
    compared = compare(owner, session, other_session)
    first, second = (column.newest for column in compared.comparison.columns)
    picked = comparing.pick(owner, second.pk)
    assert picked.to_stop == (first.generation.pk,)
    conversation = Conversation.objects.get()
    assert (conversation.head, conversation.session, conversation.model) == (
        second, other_session, "simulator-large",
    )  # fmt: skip
    assert columns.undecided(conversation.pk) is None
    revision = conversation.revision
    assert comparing.pick(owner, second.pk).message == second
    conversation.refresh_from_db()
    assert conversation.revision == revision, "again changes nothing"


def test_the_next_turn_knows_only_the_picked_answer(
    owner: User, session: ProviderSession, other_session: ProviderSession
) -> None:
    compared = compare(owner, session, other_session)
    for number, answer in enumerate(finish(compared)):
        Message.objects.filter(pk=answer.pk).update(
            parts_json=f'[{{"type":"text","text":"Answer {number}"}}]'
        )
    comparing.pick(owner, compared.comparison.columns[1].newest.pk)
    started = send(owner, session, "And then?", conversation_id=compared.conversation.pk)
    request = build_request(
        Generation.objects.select_related("message", "session").get(pk=started.generation.pk)
    )
    texts = [part.text for message in request.messages for part in message.parts]
    assert texts == [QUESTION, "Answer 1", "And then?"]


def test_another_choice_shows_what_followed_on_it(
    owner: User, session: ProviderSession, other_session: ProviderSession
) -> None:
    compared = compare(owner, session, other_session)
    first, second = finish(compared)
    comparing.pick(owner, first.pk)
    started = send(owner, session, "And then?", conversation_id=compared.conversation.pk)
    runs.end_from_outside(started.generation, "complete", None, now=NOW)
    comparing.pick(owner, second.pk)
    assert branches.end_of(compared.conversation.pk) == second
    comparing.pick(owner, first.pk)
    assert branches.end_of(compared.conversation.pk) == started.message


def test_another_wording_and_back_leaves_the_comparison_as_it_was(
    owner: User, session: ProviderSession, other_session: ProviderSession
) -> None:
    compared = compare(owner, session, other_session)
    first, _ = finish(compared)
    question = compared.comparison.question
    edited = Message.objects.create(conversation=compared.conversation, parent=None, role="user")
    branches.show(owner, edited.pk)
    branches.show(owner, question.pk)
    found = columns.undecided(compared.conversation.pk)
    assert found is not None, "still to be picked"
    comparing.pick(owner, first.pk)
    branches.show(owner, edited.pk)
    branches.show(owner, question.pk)
    assert branches.end_of(compared.conversation.pk) == first, "and still picked"


def test_a_queue_waits_for_the_choice(
    owner: User, session: ProviderSession, other_session: ProviderSession
) -> None:
    started = send(owner, session)
    here = {"conversation_id": started.conversation.pk}
    generations.start(owner, new_message(session, "Later", **here))
    runs.end_from_outside(started.generation, "failed", None, now=NOW)
    compared = compare(owner, session, other_session, **here)
    first, _ = finish(compared)
    with pytest.raises(errors.PickFirst):
        queue.send_now(owner, started.conversation.pk, QueuedMessage.objects.get().client_id)
    QueuedMessage.objects.update(wanted_now=True)
    assert release.release(started.conversation.pk) is None
    assert release.releasable() == []
    waits = release.waits_of(
        list(QueuedMessage.objects.all()), branches.standing_of(started.conversation.pk), now=timezone.now()
    )
    assert waits is not None
    assert (waits.code, "pick" in waits.message.lower()) == ("comparison", True)
    comparing.pick(owner, first.pk)
    released = release.release(started.conversation.pk)
    assert released is not None
    assert released.started is not None
    assert released.started.user_message is not None
    assert released.started.user_message.parent == first


@pytest.mark.parametrize("how", ["retry", "continue"])
def test_an_answer_that_was_cut_off_is_mended_in_its_column(
    owner: User, session: ProviderSession, other_session: ProviderSession, how: Any
) -> None:
    compared = compare(owner, session, other_session)
    first, second = (column.newest for column in compared.comparison.columns)
    runs.end_from_outside(first.generation, "interrupted", None, now=NOW)
    Message.objects.filter(pk=first.pk).update(parts_json='[{"type":"text","text":"Half"}]')
    wish = Wish(message_id=first.pk, client_id=uuid.uuid4(), how=how, session_id=session.pk)
    mended = again.again(owner, wish)
    assert (mended.message.comparison, mended.message.column) == (compared.comparison.id, 0)
    assert mended.message.parent == (first if how == "continue" else compared.comparison.question)
    found = columns.undecided(compared.conversation.pk)
    assert found is not None
    assert [column.newest for column in found.columns] == [mended.message, second]
    with pytest.raises(errors.StillAnswering):
        again.again(owner, Wish(message_id=second.pk, client_id=uuid.uuid4(), how=how, session_id=session.pk))
    runs.end_from_outside(mended.generation, "interrupted", None, now=NOW)
    with pytest.raises(errors.NotNewest):
        again.again(owner, Wish(message_id=first.pk, client_id=uuid.uuid4(), how=how, session_id=session.pk))
    assert comparing.pick(owner, first.pk).message == mended.message, "the end of its column"


def test_a_column_does_not_wait_for_a_limit_and_a_picked_answer_may(
    owner: User, session: ProviderSession, other_session: ProviderSession
) -> None:
    compared = compare(owner, session, other_session)
    first, _ = finish(compared, "failed")
    budgets.set_budget(session, Decimal(1))
    spend(session, "2")
    wish = Wish(message_id=first.pk, client_id=uuid.uuid4(), how="retry", session_id=session.pk, wait=True)
    with pytest.raises(errors.BudgetSpent):
        again.again(owner, wish)
    comparing.pick(owner, first.pk)
    assert isinstance(again.again(owner, wish), Queued)


def test_every_payer_is_on_record(
    owner: User, session: ProviderSession, other_session: ProviderSession
) -> None:
    new = comparison(session, other_session)
    comparing.compare(owner, NewComparison(**{**vars(new), "place": "192.0.2.1, Firefox"}))
    named = AuditEntry.objects.filter(place="192.0.2.1, Firefox").values_list("session_name", flat=True)
    assert set(named) == {"personal_claude", "work_claude"}
