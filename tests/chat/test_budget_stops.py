"""A spent budget stops every way to an answer before anything is sent, and says so."""

from __future__ import annotations

import json
import uuid
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from chat.models import Generation, QueuedMessage
from chat.services import again, errors, generations, release
from chat.services.again import Wish
from chat.services.runs import end_from_outside
from sessions_app.models import ProviderSession, UsageRecord
from sessions_app.services import budgets
from tests.chat.rows import new_message
from tests.chat.rows import queue as send
from tests.support.simulator import RunningSimulator

pytestmark = pytest.mark.django_db


def spend(session: ProviderSession, cost: str) -> None:
    UsageRecord.objects.create(
        run_id=uuid.uuid4(),
        at=timezone.now(),  # of this month, also where the month began after the import
        owner=session.owner,
        session_id=session.pk,
        session_name=session.name,
        model="simulator-large",
        cost=Decimal(cost),
    )


def spend_all(session: ProviderSession) -> None:
    budgets.set_budget(session, Decimal(10))
    spend(session, "10")


@pytest.mark.django_db(transaction=True)
def test_a_message_is_refused_with_its_own_code(owner: User, session: ProviderSession) -> None:
    spend_all(session)
    client = Client()
    client.force_login(owner)
    new = new_message(session)
    frame = {
        "type": "send", "conversation": str(new.conversation_id), "client_id": str(new.client_id),
        "text": "Hi", "session": str(session.pk),
    }  # fmt: skip
    answer = client.post(reverse("chat:send"), json.dumps(frame), content_type="application/json")
    assert answer.status_code == 402
    assert answer.json()["code"] == "budget_spent"
    assert "personal_claude has used its budget: $10.00 of $10.00 this month" in answer.json()["message"]
    assert answer.json()["retry_at"] > timezone.now().isoformat()
    assert not Generation.objects.exists()
    budgets.set_budget(session, Decimal(20))
    assert (
        client.post(reverse("chat:send"), json.dumps(frame), content_type="application/json").status_code
        == 200
    )


def test_another_session_goes_on(
    owner: User, session: ProviderSession, other_session: ProviderSession
) -> None:
    spend_all(session)
    assert send(owner, other_session).created


def test_another_try_is_refused(owner: User, session: ProviderSession) -> None:
    started = send(owner, session)
    end_from_outside(started.generation, "failed", None, now=timezone.now())
    spend_all(session)
    wish = Wish(message_id=started.message.pk, client_id=uuid.uuid4(), how="retry", session_id=session.pk)
    with pytest.raises(errors.BudgetSpent):
        again.again(owner, wish)


def test_a_waiting_message_stays_and_says_why(owner: User, session: ProviderSession) -> None:
    first = send(owner, session)
    waiting = new_message(session, "And then?", conversation_id=first.conversation.pk)
    generations.start(owner, waiting)
    end_from_outside(first.generation, "complete", None, now=timezone.now())
    spend_all(session)
    released = release.release(first.conversation.pk)
    assert released is not None
    assert released.started is None
    row = QueuedMessage.objects.get()
    assert (row.refused_code, row.text) == ("budget_spent", "And then?")
    assert "has used its budget" in row.refused_why


def test_a_question_on_the_command_line_is_refused_and_sends_nothing(
    owner: User, session: ProviderSession, upstream: RunningSimulator
) -> None:
    spend_all(session)
    before = len(upstream.state.requests)
    with pytest.raises(CommandError, match="has used its budget"):
        call_command("ask", session.name, "Hi", model="simulator-large")
    assert len(upstream.state.requests) == before
    assert UsageRecord.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_question_on_the_command_line_counts(owner: User, session: ProviderSession) -> None:
    call_command("ask", session.name, "What is the capital of France?", model="simulator-large")
    found = UsageRecord.objects.get()
    assert (found.session_id, found.conversation_id, found.is_partial) == (session.pk, None, False)
    assert found.output_tokens


@pytest.mark.django_db(transaction=True)
def test_many_sends_at_once_overshoot_by_what_is_in_flight_and_no_more(
    owner: User, session: ProviderSession, settings: Settings
) -> None:
    settings.MAESTRO_MAX_RUNNING_PER_USER = 3
    budgets.set_budget(session, Decimal(10))
    spend(session, "9.99")

    def try_to_send(_: int) -> str:
        try:
            generations.start(owner, new_message(session))
        except errors.ChatError as error:
            return error.code
        finally:
            connection.close()
        return "sent"

    with ThreadPoolExecutor(8) as pool:
        first = list(pool.map(try_to_send, range(8)))
        assert sorted(first) == ["limit_running"] * 5 + ["sent"] * 3
        for generation in Generation.objects.all():
            end_from_outside(generation, "complete", None, now=timezone.now())
            spend(session, "5")
        assert set(pool.map(try_to_send, range(8))) == {"budget_spent"}
    assert Generation.objects.count() == 3
